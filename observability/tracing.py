"""Which call belongs to which: W3C trace context and spans.

Whether a trace is kept is decided before its first span is made, since a span that nobody
will read costs as much as one that is read. A request that failed or was slow is kept whatever
was decided, with what ran inside it.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct
from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
)

from observability.exporting import Bounded, Dropped, Said, Wire, sending
from observability.stretch import Origin, Stretch
from observability.trace_context import (
    SAMPLED,
    UNSAMPLED,
    parse_traceparent,
    parse_tracestate,
    told_of,
)
from observability.untraced import Note, Untraced

_ids = RandomIdGenerator()
# Who calls may ask for traces to be kept, but does not fill the store of them.
_ASKED_PER_SECOND = 10
_FLAGS = {True: "01", False: "00"}
# A span's name, and what it says of its request.
Told = tuple[str, Mapping[str, str | int]]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """How many traces are kept, and where they are sent; without an address they are dropped.

    Requests that fail, and those that take longer than `slow_ms`, are kept beyond the ratio.
    A run that waited longer than `longest_wait_s` goes on in a new trace, linked to the one before.
    """

    sample_ratio: Annotated[float, Meta(ge=0, le=1)] = 0.01
    slow_ms: Annotated[int, Meta(ge=0)] = 2_000
    longest_wait_s: Annotated[int, Meta(ge=0)] = 900
    otlp_endpoint: str | None = None
    otlp_protocol: Wire = Wire.HTTP


class Tracing:
    """The spans of one process, sent by batches, or at once to an exporter that is handed in.

    `dropped` is told why how many spans were lost, `said` what is wrong with their receiver.
    """

    def __init__(
        self,
        config: Config | None = None,
        exporter: SpanExporter | None = None,
        dropped: Dropped = lambda _, __: None,
        said: Said = lambda _: None,
    ) -> None:
        config = config or Config()
        self._processor = _processor(config, exporter, dropped, said)
        self._resource = Resource({"service.name": "strata"})
        root = TraceIdRatioBased(config.sample_ratio) if self._processor else ALWAYS_OFF
        self._provider = TracerProvider(
            sampler=ParentBased(root), resource=self._resource, shutdown_on_exit=False
        )
        if self._processor:
            self._provider.add_span_processor(self._processor)
        self.slow_ns = config.slow_ms * 1_000_000
        self._longest_wait = timedelta(seconds=config.longest_wait_s)
        self._bound = TraceIdRatioBased.get_bound_for_rate(config.sample_ratio)
        self._tracer = self._provider.get_tracer("strata")
        self._second, self._asked = 0, 0

    @contextmanager
    def span(
        self,
        name: str,
        attributes: Mapping[str, str | int | bool] | None = None,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Iterator[Span]:
        """Run a block as a span under the current one; an error is noted and rises.

        In a trace that is not kept the current span stays, and it is only noted what ran.
        """
        here = trace.get_current_span()
        if isinstance(here, Untraced):
            with here.noting(name, kind, attributes or {}):
                yield here
            return
        if _is_unkept(here.get_span_context()):
            yield here
            return
        span = self._tracer.start_span(name, kind=kind, attributes=attributes)
        with _ending(span):
            yield span

    def stretch(self, origin: Origin, *, since: datetime) -> Stretch:
        """Return the trace of a run that was accepted at a moment."""
        return Stretch(origin, since=since, longest_wait=self._longest_wait)

    @contextmanager
    def step(
        self, name: str, attributes: Mapping[str, str | int | bool], stretch: Stretch
    ) -> Iterator[Callable[[str], None]]:
        """Run a block as a step of a run, in the trace that its stretch stands in.

        It yields what is told the kind of an error that does not rise out of the block. One that
        failed is kept with what ran inside, whatever was decided for its trace.
        """
        parent, links = stretch.parent, stretch.links()
        above = trace.set_span_in_context(NonRecordingSpan(parent), Context()) if parent else None
        span = self._tracer.start_span(name, above or Context(), attributes=attributes, links=links)
        own = span.get_span_context()
        stretch.begun_by(own)
        if span.is_recording():
            with _ending(span):
                yield lambda kind: _fail(span, kind)
            return
        inside = Untraced(own)
        token = context.attach(trace.set_span_in_context(inside))
        try:
            with inside.noting(name, SpanKind.INTERNAL, attributes):
                yield inside.failed
        finally:
            context.detach(token)
            if inside.has_failed:
                step, *rest = inside.notes
                step.links = links
                kept = self.keep(step, own.trace_id, parent, own_id=own.span_id)
                self.keep_inside(kept, rest)

    def begin(self, traceparent: str | None, tracestate: str | None = None) -> "ServerSpan":
        """Begin the span of a request from outside; headers that are unreadable are dropped."""
        parent = parse_traceparent(traceparent) if traceparent else None
        if parent is None:
            trace_id = _ids.generate_trace_id()
            keep = trace_id & TraceIdRatioBased.TRACE_ID_LIMIT < self._bound
        else:
            trace_id = parent.trace_id
            keep = parent.trace_flags.sampled and self._may_ask()
        keep = keep and self._processor is not None
        flags = SAMPLED if keep else UNSAMPLED
        state = parse_tracestate(tracestate) if parent and tracestate else None
        own = SpanContext(trace_id, _ids.generate_span_id(), False, flags, state)
        return ServerSpan(self, own, parent)

    def _may_ask(self) -> bool:
        """Count a caller's wish for a trace, and return whether it is one of the first few."""
        second = int(time.monotonic())
        self._asked = self._asked + 1 if second == self._second else 1
        self._second = second
        return self._asked <= _ASKED_PER_SECOND

    def keep(
        self, note: Note, trace_id: int, parent: SpanContext | None, *, own_id: int | None = None
    ) -> SpanContext:
        """Send something that ended as a span, if spans are sent anywhere, and return which."""
        own = _kept(trace_id, own_id or _ids.generate_span_id())
        attributes = note.attributes
        if note.error is not None:
            attributes = {**attributes, "error.type": note.error}
        if self._processor is not None:
            self._processor.on_end(
                ReadableSpan(
                    note.name,
                    own,
                    parent=parent,
                    resource=self._resource,
                    attributes=attributes,
                    kind=note.kind,
                    links=note.links,
                    status=Status(StatusCode.UNSET if note.error is None else StatusCode.ERROR),
                    start_time=note.began,
                    end_time=note.ended,
                )
            )
        return own

    def keep_inside(self, outer: SpanContext, notes: Iterable[Note]) -> None:
        """Send what ran inside of something that was sent."""
        for note in notes:
            # What still runs is not waited for.
            note.ended = note.ended or time.time_ns()
            self.keep(note, outer.trace_id, outer)

    @property
    def sends(self) -> bool:
        """Whether spans are sent anywhere."""
        return self._processor is not None

    def flush(self) -> None:
        """Send what is waiting."""
        self._provider.force_flush()

    def close(self) -> None:
        """Send what is waiting and stop."""
        self._provider.shutdown()


class ServerSpan:
    """The span of one inbound request: current while it runs, written down when it ends.

    A trace that is `sampled` is kept, whatever comes of it.
    """

    __slots__ = (
        "_inside",
        "_kept",
        "_own",
        "_parent",
        "_started",
        "_token",
        "_tracing",
        "sampled",
        "trace_id",
        "traceparent",
    )

    def __init__(self, tracing: Tracing, own: SpanContext, parent: SpanContext | None) -> None:
        self._tracing, self._own, self._parent = tracing, own, parent
        self.sampled = self._kept = own.trace_flags is SAMPLED
        self._started = time.time_ns()
        self.trace_id = f"{own.trace_id:032x}"
        self.traceparent = f"00-{self.trace_id}-{own.span_id:016x}-{_FLAGS[self.sampled]}"
        self._inside = None if self.sampled or not tracing.sends else Untraced(own)
        span = self._inside or NonRecordingSpan(own)
        self._token = context.attach(trace.set_span_in_context(span))

    def is_kept(self, *, failed: bool) -> bool:
        """Whether the request is kept when it ends now, for somebody to look at."""
        slow = time.time_ns() - self._started >= self._tracing.slow_ns
        self._kept = self._kept or failed or slow
        return self._kept and self._tracing.sends

    def end(self, told: Callable[[], Told], *, failed: bool) -> None:
        """End the request; its span is kept when it was sampled, when it failed or was slow.

        What there is to tell of the request is asked only then.
        """
        context.detach(self._token)
        ended = time.time_ns()
        if not self.is_kept(failed=failed):
            return
        name, attributes = told()
        error = str(attributes.get("http.response.status_code", "failed")) if failed else None
        request = Note(name, SpanKind.SERVER, attributes, self._started, ended, error)
        own = self._tracing.keep(
            request, self._own.trace_id, self._parent, own_id=self._own.span_id
        )
        if self._inside is not None:
            self._tracing.keep_inside(own, self._inside.notes)


def _kept(trace_id: int, span_id: int) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=SAMPLED)


@contextmanager
def _ending(span: Span) -> Iterator[None]:
    """Run a block in a span that ends with it; an error is noted and rises."""
    with trace.use_span(
        span, end_on_exit=True, record_exception=False, set_status_on_exception=False
    ):
        try:
            yield
        except BaseException as error:
            _fail(span, type(error).__name__)
            raise


def _fail(span: Span, kind: str) -> None:
    # Only its kind: an error's text may hold what a trace must not.
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))


def _is_unkept(here: SpanContext) -> bool:
    return here.is_valid and not here.trace_flags.sampled


def current_trace_id() -> str | None:
    """Return the trace id of what is running now, for audit entries and problem documents."""
    here = trace.get_current_span().get_span_context()
    return f"{here.trace_id:032x}" if here.is_valid else None


def exemplar() -> dict[str, str] | None:
    """Return the trace that a timing is an example of, if it is kept to be looked at."""
    here = trace.get_current_span().get_span_context()
    return {"trace_id": f"{here.trace_id:032x}"} if here.trace_flags.sampled else None


def trace_headers() -> dict[str, str]:
    """Return the headers that tell a system which trace its request belongs to."""
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return {}
    state = here.trace_state
    return {"traceparent": told_of(here)} | ({"tracestate": state.to_header()} if state else {})


def _processor(
    config: Config, exporter: SpanExporter | None, dropped: Dropped, said: Said
) -> SpanProcessor | None:
    if exporter:
        return SimpleSpanProcessor(exporter)
    if config.otlp_endpoint is None:
        return None
    return Bounded(sending(config.otlp_endpoint, config.otlp_protocol), dropped, said=said)

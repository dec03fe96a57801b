"""Which call belongs to which: W3C trace context and spans.

Whether a trace is kept is decided before its first span is made, since a span that nobody
will read costs as much as one that is read. A request that failed or was slow is kept whatever
was decided, with what ran inside it.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

from msgspec import Meta, Struct
from opentelemetry import context, trace
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
    TraceFlags,
    TraceState,
)

from observability.exporting import Bounded, Dropped, Said, Wire, sending
from observability.untraced import Note, Untraced

_ids = RandomIdGenerator()
_TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?\Z"
)
_MEMBER = re.compile(
    r"([a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
    r"=[ -+\--<>-~]{0,255}[!-+\--<>-~]\Z"
)
# Of what others note along a trace: as much as W3C asks everybody to carry, and nothing more.
_LONGEST_STATE, _MOST_MEMBERS = 512, 32
# Who calls may ask for traces to be kept, but does not fill the store of them.
_ASKED_PER_SECOND = 10
_SAMPLED, _UNSAMPLED = TraceFlags(TraceFlags.SAMPLED), TraceFlags(TraceFlags.DEFAULT)
_FLAGS = {True: "01", False: "00"}
# A span's name, and what it says of its request.
Told = tuple[str, Mapping[str, str | int]]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """How many traces are kept, and where they are sent; without an address they are dropped.

    Requests that fail, and those that take longer than `slow_ms`, are kept beyond the ratio.
    """

    sample_ratio: Annotated[float, Meta(ge=0, le=1)] = 0.01
    slow_ms: Annotated[int, Meta(ge=0)] = 2_000
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
        with self._tracer.start_as_current_span(
            name,
            kind=kind,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                _fail(span, type(error).__name__)
                raise

    @contextmanager
    def step(
        self, name: str, attributes: Mapping[str, str | int | bool], traceparent: str | None
    ) -> Iterator[Callable[[str], None]]:
        """Run a block in the trace that a traceparent names, as work that was started there.

        It yields what is told the kind of an error that does not rise out of the block. One that
        failed is kept with what ran inside, whatever was decided for its trace.
        """
        parent = parse_traceparent(traceparent) if traceparent else None
        if parent is None or parent.trace_flags.sampled or not self.sends:
            with under(traceparent), self.span(name, attributes) as span:
                yield lambda kind: _fail(span, kind)
            return
        inside = Untraced(parent)
        token = context.attach(trace.set_span_in_context(inside))
        try:
            with inside.noting(name, SpanKind.INTERNAL, attributes):
                yield inside.failed
        finally:
            context.detach(token)
            if inside.has_failed:
                step, *rest = inside.notes
                self.keep_inside(self.keep(step, parent.trace_id, parent), rest)

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
        flags = _SAMPLED if keep else _UNSAMPLED
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
        self.sampled = self._kept = own.trace_flags is _SAMPLED
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
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=_SAMPLED)


def parse_traceparent(text: str) -> SpanContext | None:
    """Return the caller's trace context, or None when the header is not a valid one."""
    form = _TRACEPARENT.match(text)
    if form is None or form["version"] == "ff" or (form["version"] == "00" and form["more"]):
        return None
    trace_id, span_id, flags = (int(form[part], 16) for part in ("trace", "span", "flags"))
    found = SpanContext(
        trace_id, span_id, is_remote=True, trace_flags=_SAMPLED if flags & 1 else _UNSAMPLED
    )
    return found if found.is_valid else None


def parse_tracestate(text: str) -> TraceState | None:
    """Return what others noted along the trace, or None when it is not well formed or too much."""
    if len(text) > _LONGEST_STATE:
        return None
    members = [each.strip(" \t") for each in text.split(",") if each.strip(" \t")]
    if len(members) > _MOST_MEMBERS or not all(_MEMBER.match(each) for each in members):
        return None
    pairs = dict(each.split("=", 1) for each in members)
    return TraceState(list(pairs.items())) if len(pairs) == len(members) else None


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


def traceparent() -> str | None:
    """Return the header that tells a system which trace its request belongs to."""
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return None
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{int(here.trace_flags):02x}"


def trace_headers() -> dict[str, str]:
    """Return the headers that tell a system which trace its request belongs to."""
    parent = traceparent()
    if parent is None:
        return {}
    state = trace.get_current_span().get_span_context().trace_state
    return {"traceparent": parent} | ({"tracestate": state.to_header()} if state else {})


def _processor(
    config: Config, exporter: SpanExporter | None, dropped: Dropped, said: Said
) -> SpanProcessor | None:
    if exporter:
        return SimpleSpanProcessor(exporter)
    if config.otlp_endpoint is None:
        return None
    return Bounded(sending(config.otlp_endpoint, config.otlp_protocol), dropped, said=said)


@contextmanager
def under(traceparent: str | None) -> Iterator[None]:
    """Run a block in the trace that a traceparent names, as work that was started there."""
    parent = parse_traceparent(traceparent) if traceparent else None
    if parent is None:
        yield
        return
    token = context.attach(trace.set_span_in_context(NonRecordingSpan(parent)))
    try:
        yield
    finally:
        context.detach(token)

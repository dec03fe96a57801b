"""Which call belongs to which: W3C trace context and spans.

Whether a trace is kept is decided before its first span is made, since a span that nobody
will read costs as much as one that is read. A failure is kept whatever was decided.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct
from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
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
)

_ids = RandomIdGenerator()
_TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?\Z"
)
# Who calls may ask for traces to be kept, but does not fill the store of them.
_ASKED_PER_SECOND = 10
_SAMPLED, _UNSAMPLED = TraceFlags(TraceFlags.SAMPLED), TraceFlags(TraceFlags.DEFAULT)
_FLAGS = {True: "01", False: "00"}
# A span's name, and what it says of its request.
Told = tuple[str, Mapping[str, str | int]]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """How many traces are kept, and where they are sent; without an address they are dropped."""

    sample_ratio: float = 0.01
    otlp_endpoint: str | None = None


class Tracing:
    """The spans of one process, sent by batches, or at once to an exporter that is handed in."""

    def __init__(self, config: Config | None = None, exporter: SpanExporter | None = None) -> None:
        config = config or Config()
        self._processor = _processor(config, exporter)
        self._resource = Resource({"service.name": "strata"})
        root = TraceIdRatioBased(config.sample_ratio) if self._processor else ALWAYS_OFF
        self._provider = TracerProvider(
            sampler=ParentBased(root), resource=self._resource, shutdown_on_exit=False
        )
        if self._processor:
            self._provider.add_span_processor(self._processor)
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

        In a trace that is not kept the current span stays: nobody would read another.
        """
        here = trace.get_current_span()
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
                # Only its name: an error's text may hold what a trace must not.
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    def begin(self, traceparent: str | None) -> "ServerSpan":
        """Begin the span of a request from outside; a traceparent that is unreadable is dropped."""
        parent = parse_traceparent(traceparent) if traceparent else None
        if parent is None:
            trace_id = _ids.generate_trace_id()
            keep = trace_id & TraceIdRatioBased.TRACE_ID_LIMIT < self._bound
        else:
            trace_id = parent.trace_id
            keep = parent.trace_flags.sampled and self._may_ask()
        keep = keep and self._processor is not None
        flags = _SAMPLED if keep else _UNSAMPLED
        own = SpanContext(trace_id, _ids.generate_span_id(), is_remote=False, trace_flags=flags)
        return ServerSpan(self, own, parent)

    def _may_ask(self) -> bool:
        """Count a caller's wish for a trace, and return whether it is one of the first few."""
        second = int(time.monotonic())
        self._asked = self._asked + 1 if second == self._second else 1
        self._second = second
        return self._asked <= _ASKED_PER_SECOND

    def keep(self, span: ReadableSpan) -> None:
        """Send a finished span, if spans are sent anywhere."""
        if self._processor:
            self._processor.on_end(span)

    @property
    def resource(self) -> Resource:
        """What the spans say about this process."""
        return self._resource

    def close(self) -> None:
        """Send what is waiting and stop."""
        self._provider.shutdown()


class ServerSpan:
    """The span of one inbound request: current while it runs, written down when it ends.

    A trace that is `sampled` is kept, whatever comes of it.
    """

    __slots__ = (
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
        self.sampled = own.trace_flags is _SAMPLED
        self._started = time.time_ns()
        self.trace_id = f"{own.trace_id:032x}"
        self.traceparent = f"00-{self.trace_id}-{own.span_id:016x}-{_FLAGS[self.sampled]}"
        self._token = context.attach(trace.set_span_in_context(NonRecordingSpan(own)))

    def end(self, told: Callable[[], Told], *, failed: bool) -> None:
        """End the request; its span is kept when it was sampled, or when it failed.

        What there is to tell of the request is asked only then.
        """
        context.detach(self._token)
        if not (failed or self.sampled):
            return
        name, attributes = told()
        kept = SpanContext(
            self._own.trace_id, self._own.span_id, is_remote=False, trace_flags=_SAMPLED
        )
        self._tracing.keep(
            ReadableSpan(
                name,
                kept,
                parent=self._parent,
                resource=self._tracing.resource,
                attributes=attributes,
                kind=SpanKind.SERVER,
                status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
                start_time=self._started,
                end_time=time.time_ns(),
            )
        )


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


def _is_unkept(here: SpanContext) -> bool:
    return here.is_valid and not here.trace_flags.sampled


def current_trace_id() -> str | None:
    """Return the trace id of what is running now, for audit entries and problem documents."""
    here = trace.get_current_span().get_span_context()
    return f"{here.trace_id:032x}" if here.is_valid else None


def traceparent() -> str | None:
    """Return the header that tells a system which trace its request belongs to."""
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return None
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{int(here.trace_flags):02x}"


def _processor(config: Config, exporter: SpanExporter | None) -> SpanProcessor | None:
    if exporter:
        return SimpleSpanProcessor(exporter)
    if config.otlp_endpoint is None:
        return None
    # Here, not above: it loads an HTTP client that most processes never need.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return BatchSpanProcessor(OTLPSpanExporter(endpoint=config.otlp_endpoint))


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

"""Where traces are sent may hang or refuse: no request waits, and what is lost is counted."""

import threading
from collections import Counter
from collections.abc import Sequence
from time import perf_counter

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, TraceFlags

from observability.exporting import Bounded
from observability.tracing import Config, Tracing

SPAN = ReadableSpan(
    "GET /x", SpanContext(1, 1, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
)


class Hanging(SpanExporter):
    """A receiver that takes a batch and says nothing until it is let go."""

    def __init__(self) -> None:
        self.go, self.gave_way = threading.Event(), threading.Event()
        self.taking = SpanExportResult.SUCCESS

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Wait."""
        self.go.wait(10)
        return self.taking

    def shutdown(self) -> None:
        """Note that nothing more will come."""
        self.gave_way.set()


class Refusing(SpanExporter):
    """A receiver that takes nothing."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Refuse."""
        return SpanExportResult.FAILURE


def test_a_receiver_that_hangs_holds_up_no_request_and_its_spans_are_counted() -> None:
    """The queue is bounded, and the span that does not fit is lost at once."""
    lost: Counter[str] = Counter()
    receiver = Hanging()
    spans = Bounded(receiver, lambda why, count: lost.update({why: count}), most=8, pause_ms=1)

    began = perf_counter()
    for _ in range(1_000):
        spans.on_end(SPAN)
    took = perf_counter() - began

    receiver.go.set()
    spans.shutdown()
    assert took < 2
    assert lost["queue_full"] >= 1_000 - 8
    assert set(lost) == {"queue_full"}


def test_a_receiver_that_hangs_holds_up_no_end_and_what_it_has_is_counted_once() -> None:
    """Also when it gives way after the end."""
    lost: Counter[str] = Counter()
    receiver = Hanging()
    spans = Bounded(receiver, lambda why, count: lost.update({why: count}), last_words_seconds=0.1)
    for _ in range(3):
        spans.on_end(SPAN)

    began = perf_counter()
    spans.shutdown()
    took = perf_counter() - began

    receiver.taking = SpanExportResult.FAILURE
    receiver.go.set()
    assert receiver.gave_way.wait(10)
    assert took < 5
    assert lost == {"not_taken": 3}


def test_spans_that_are_not_taken_are_counted_and_leave_room_for_the_next() -> None:
    """A receiver that refuses does not fill the queue."""
    lost: Counter[str] = Counter()
    spans = Bounded(Refusing(), lambda why, count: lost.update({why: count}), most=8)

    for _ in range(3):
        for _ in range(8):
            spans.on_end(SPAN)
        spans.force_flush()
    spans.shutdown()

    assert lost == {"not_taken": 24}


def test_a_slow_request_is_kept_though_its_trace_is_not() -> None:
    """What took longer than it may is looked at, whatever the ratio."""
    kept = InMemorySpanExporter()
    quick = Tracing(Config(sample_ratio=0.0, slow_ms=60_000), kept)
    strict = Tracing(Config(sample_ratio=0.0, slow_ms=0), kept)

    quick.begin(None).end(lambda: ("GET /quick", {}), failed=False)
    strict.begin(None).end(lambda: ("GET /slow", {}), failed=False)

    assert [span.name for span in kept.get_finished_spans()] == ["GET /slow"]

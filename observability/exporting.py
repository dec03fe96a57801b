"""How spans leave: by batches, out of a bounded queue, and never at the cost of a request."""

import threading
from collections.abc import Callable, Sequence

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

QUEUE = 2048
# Told why how many spans were lost.
Dropped = Callable[[str, int], None]


class Bounded(SpanProcessor):
    """Hand finished spans to a thread that sends them; what does not fit is counted, not kept."""

    def __init__(
        self,
        exporter: SpanExporter,
        dropped: Dropped,
        *,
        most: int = QUEUE,
        pause_ms: int = 5_000,
    ) -> None:
        self._dropped, self._most = dropped, most
        self._waiting, self._lock = 0, threading.Lock()
        self._batches = BatchSpanProcessor(
            _Counted(exporter, self._left, dropped),
            # Room for more than we let in: the library's own dropping writes a line for each.
            max_queue_size=2 * most,
            max_export_batch_size=min(512, most),
            schedule_delay_millis=pause_ms,
        )

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span along, or count it as lost."""
        if not (span.context and span.context.trace_flags.sampled):
            return
        with self._lock:
            fits = self._waiting < self._most
            self._waiting += fits
        if fits:
            self._batches.on_end(span)
        else:
            self._dropped("queue_full", 1)

    def shutdown(self) -> None:
        """Send what waits, and stop."""
        self._batches.shutdown()  # type: ignore[no-untyped-call]  # the library's

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self._batches.force_flush(timeout_millis)

    def _left(self, count: int) -> None:
        with self._lock:
            self._waiting -= count


class _Counted(SpanExporter):
    """An exporter whose failures are counted; a batch gives its places back when it is gone."""

    def __init__(
        self, exporter: SpanExporter, left: Callable[[int], None], dropped: Dropped
    ) -> None:
        self._exporter, self._left, self._dropped = exporter, left, dropped

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch."""
        result = SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        finally:
            self._left(len(spans))
            if result is not SpanExportResult.SUCCESS:
                self._dropped("not_taken", len(spans))
        return result

    def shutdown(self) -> None:
        """Close the exporter."""
        self._exporter.shutdown()

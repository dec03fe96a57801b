"""How spans leave: by batches, out of a bounded queue, and never at the cost of a request."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from typing import Protocol

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

QUEUE = 2048
# How long an end is held up by a receiver that does not take what is left.
LAST_WORDS_SECONDS = 5.0
# Told why how many spans were lost.
Dropped = Callable[[str, int], None]
# Told what the library says of a receiver that does not take what it is sent.
Said = Callable[[str], None]
_LIBRARY = "opentelemetry"


class Gone(Protocol):
    """Told how many spans left the queue, and whether somebody has them."""

    def __call__(self, count: int, *, taken: bool) -> None:
        """Count them."""


class Wire(StrEnum):
    """How a receiver is spoken to."""

    HTTP = "http"
    GRPC = "grpc"


def sending(endpoint: str, wire: Wire, timeout_seconds: float | None = None) -> SpanExporter:
    """Return what sends spans to a receiver."""
    # Here, not above: each loads a client that most processes never need.
    if wire is Wire.GRPC:
        from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc

        return grpc.OTLPSpanExporter(endpoint=endpoint, timeout=timeout_seconds)
    from opentelemetry.exporter.otlp.proto.http import trace_exporter as http

    return http.OTLPSpanExporter(endpoint=endpoint, timeout=timeout_seconds)


def refusal(endpoint: str, wire: Wire, patience_seconds: float) -> str | None:
    """Send a receiver no spans at all, and return what is wrong if it does not take them."""
    said: list[str] = []
    with _hearing(said.append):
        exporter = sending(endpoint, wire, patience_seconds)
        result = exporter.export([])
        exporter.shutdown()
    if result is SpanExportResult.SUCCESS:
        return None
    return said[-1] if said else "it does not take spans"


class Bounded(SpanProcessor):
    """Hand finished spans to a thread that sends them; what does not fit is counted, not kept."""

    def __init__(
        self,
        exporter: SpanExporter,
        dropped: Dropped,
        *,
        said: Said = lambda _: None,
        most: int = QUEUE,
        pause_ms: int = 5_000,
        last_words_seconds: float = LAST_WORDS_SECONDS,
    ) -> None:
        self._dropped, self._most, self._last_words = dropped, most, last_words_seconds
        self._waiting, self._lock = 0, threading.Lock()
        self._heard = ExitStack()
        self._heard.enter_context(_hearing(said))
        self._batches = BatchSpanProcessor(
            _Counted(exporter, self._gone),
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
        """Send what waits, and stop; what is not taken soon is lost, and counted."""
        # The library waits half a minute for a receiver that hangs, and counts nothing.
        ending = threading.Thread(target=self._batches.shutdown, daemon=True)
        ending.start()
        ending.join(self._last_words)
        self._gone(self._waiting, taken=False)
        self._heard.close()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self._batches.force_flush(timeout_millis)

    def _gone(self, count: int, *, taken: bool) -> None:
        """Give places back, each once: what was given up is not given up again."""
        with self._lock:
            count = min(count, self._waiting)
            self._waiting -= count
        if count and not taken:
            self._dropped("not_taken", count)


class _Counted(SpanExporter):
    """An exporter whose failures are counted; a batch gives its places back when it is gone."""

    def __init__(self, exporter: SpanExporter, gone: Gone) -> None:
        self._exporter, self._gone = exporter, gone

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch."""
        result = SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        finally:
            self._gone(len(spans), taken=result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        """Close the exporter."""
        self._exporter.shutdown()


class _Heard(logging.Handler):
    """Hands on what the library gives up about; what it tries again is its own affair."""

    def __init__(self, said: Said) -> None:
        super().__init__(logging.ERROR)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a line on."""
        self._said(record.getMessage())


@contextmanager
def _hearing(said: Said) -> Iterator[None]:
    """Hear what the library says, instead of letting it write among our own lines."""
    library, heard = logging.getLogger(_LIBRARY), _Heard(said)
    library.addHandler(heard)
    library.propagate = False
    try:
        yield
    finally:
        library.removeHandler(heard)

"""What is written down while running: one JSON object a line, with no secret in it.

A line cannot be forged from what a caller sent, since every control character is escaped,
and a value that is a `Secret` is never written, whatever its field is called.
"""

import contextlib
import io
import re
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from traceback import extract_tb
from typing import BinaryIO, Protocol, cast

import msgspec
import structlog
from msgspec import Struct
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from observability.behind import Behind
from observability.repeats import Repeats
from observability.tracing import current_trace_id

HIDDEN = "[hidden]"
_FLUSH_BYTES, _FLUSH_SECONDS = 16_384, 1.0
# What a text may hold that nobody should read: credentials, tokens, passwords in addresses.
_HIDDEN = re.compile(
    r"(?i)\b(?:bearer|basic|dpop)\s+[A-Za-z0-9._~+/=-]+"
    r"|\beyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*"
    r"|(?<=://)[^/\s@]+(?=@)"
    r"|(?<![a-z_])(?:[a-z_]*secret|[a-z_]*token|password|api_?key|assertion|cookie)"
    r"[\"']?\s*[=:]\s*[\"']?[^\s\"'&,;)]+"
)
_MOST_LETTERS = 4_000
_SECRET_FIELDS = frozenset({"authorization", "cookie", "set-cookie", "password", "client_secret"})
# C0 is escaped by JSON itself; these are not, and some terminals and viewers obey them.
_UNSEEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_encoder = msgspec.json.Encoder(enc_hook=repr)


class Secret:
    """A value that may be used and never shown."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, to use it."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN


class Written(Protocol):
    """What lines are written to."""

    def write(self, lines: bytes, /) -> int | None:
        """Write lines, or a part of them, and return how much."""

    def flush(self) -> object:
        """Hand on what is written."""

    def close(self) -> object:
        """Close what it is."""


class _Sink:
    """Where lines go; what a full disk does not take is counted, and told once there is room.

    A lost line stops nothing: what must not be lost is in the audit.
    """

    def __init__(self, stream: Written) -> None:
        self._stream, self._lost, self._within_line = stream, 0, False
        self._one_at_a_time, self._counting = threading.Lock(), threading.Lock()

    def write(self, lines: bytes) -> None:
        """Write whole lines, or count them."""
        with self._one_at_a_time:
            lost = self._lost
            try:
                self._write_all(_told(lost) + lines)
                self._stream.flush()
            except OSError:
                self._count(lines.count(b"\n"))
            else:
                self._count(-lost)

    def lose(self, lines: bytes) -> None:
        """Count what was never handed over."""
        self._count(lines.count(b"\n"))

    def flush(self) -> None:
        """Do nothing: every write is one to the end."""

    def _write_all(self, lines: bytes) -> None:
        """Write everything, behind the half line that a full disk may have left."""
        rest = b"\n" + lines if self._within_line else lines
        while rest:
            taken = self._stream.write(rest) or 0
            if not taken:
                raise BlockingIOError
            self._within_line = rest[taken - 1 : taken] != b"\n"
            rest = rest[taken:]

    def _count(self, more: int) -> None:
        with self._counting:
            self._lost += more


def _told(lost: int) -> bytes:
    """Return the line that says that lines are missing, if any are."""
    if not lost:
        return b""
    told = {"at": datetime.now(UTC), "event": "log lost", "times": lost}
    return _encoder.encode(told) + b"\n"


class AccessLine(Struct, frozen=True, kw_only=True):
    """One request as it is written down: by its route, never by its path."""

    at: datetime
    method: str
    route: str
    status: int
    ms: float
    trace_id: str
    client_id: str | None
    event: str = "request"


class Logs:
    """The log of one process: lines of events at once, lines of requests by the buffer.

    The buffer is written behind, so that no request waits for a disk.
    """

    def __init__(self, stream: Written | None = None) -> None:
        self._given = stream
        self._sink = _Sink(stream or _standard_output())
        self._behind = Behind(self._sink.write, self._sink.lose)
        self._repeats = Repeats(time.monotonic)
        self._buffer = bytearray()
        self._flushed_at = time.monotonic()
        self.events: FilteringBoundLogger = structlog.wrap_logger(
            structlog.BytesLogger(cast(BinaryIO, self._sink)),
            processors=[structlog.processors.add_log_level, self._repeats, _stamp, _render],
            wrapper_class=structlog.make_filtering_bound_logger("info"),
        )

    def request(self, line: AccessLine) -> None:
        """Write down a request, when the buffer is full or a second old."""
        _encoder.encode_into(line, self._buffer, -1)
        self._buffer += b"\n"
        now = time.monotonic()
        if len(self._buffer) > _FLUSH_BYTES or now - self._flushed_at > _FLUSH_SECONDS:
            self._hand_over()
            self._flushed_at = now

    def failure(self, error: BaseException) -> None:
        """Write down a mistake of ours: what it was, and through which lines it rose."""
        path = [f"{at.filename}:{at.lineno} {at.name}" for at in extract_tb(error.__traceback__)]
        self.events.error("failure", error=type(error).__name__, says=str(error), path=path)

    def flush(self) -> None:
        """Write what is in the buffer, and how often the same lines were left out."""
        self._hand_over()
        self._behind.drain()
        for each in self._repeats.left_out():
            self.events.info("log repeated", of=each.of, times=each.times)

    def _hand_over(self) -> None:
        if self._buffer:
            self._behind.put(bytes(self._buffer))
            self._buffer.clear()

    def close(self) -> None:
        """Write what is in the buffer, and close the stream that was given; no other is ours."""
        self.flush()
        if self._given is not None:
            with contextlib.suppress(OSError):
                self._given.close()


def _standard_output() -> Written:
    """Return what nothing is kept in that it does not take now."""
    stream = sys.stdout.buffer
    return cast(Written, stream.raw) if isinstance(stream, io.BufferedWriter) else stream


def _stamp(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {"at": datetime.now(UTC), "trace_id": current_trace_id(), **event}


def _render(_: WrappedLogger, __: str, event: EventDict) -> bytes:
    shown = {key: _shown(key, value) for key, value in event.items()}
    line = _encoder.encode(shown).decode()
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", line).encode()


def _shown(key: str, value: object) -> object:
    """Return a value as it may be written."""
    if isinstance(value, Secret) or key.lower() in _SECRET_FIELDS:
        return HIDDEN
    if isinstance(value, str):
        cut = value if len(value) <= _MOST_LETTERS else f"{value[:_MOST_LETTERS]}... ({len(value)})"
        return _HIDDEN.sub(HIDDEN, cut)
    if isinstance(value, Mapping):
        return {str(inner): _shown(str(inner), held) for inner, held in value.items()}
    if isinstance(value, list | tuple):
        return [_shown("", held) for held in value]
    return value

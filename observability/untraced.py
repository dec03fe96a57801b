"""What ran inside a request whose trace is not kept, noted until it is known how it ended.

Most requests end well and in time, and nobody will read of them: a note costs a fraction of a
span. The notes of one that failed or was slow become its spans after all.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import time_ns

from msgspec import Struct
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind

MOST_NOTES = 128


class Note(Struct):
    """One thing that ran: when, in nanoseconds since 1970, and what kind of error ended it."""

    name: str
    kind: SpanKind
    attributes: Mapping[str, str | int | bool]
    began: int
    ended: int = 0
    error: str | None = None
    links: Sequence[Link] = ()


class Untraced(NonRecordingSpan):
    """The span of a request whose trace is not kept, with notes of the first things inside."""

    def __init__(self, own: SpanContext) -> None:
        super().__init__(own)
        self.notes: list[Note] = []

    @property
    def has_failed(self) -> bool:
        """Whether the first thing that was noted failed."""
        return self.notes[0].error is not None

    def failed(self, kind: str) -> None:
        """Note that the first thing failed, though nothing rises out of it."""
        self.notes[0].error = kind

    @contextmanager
    def noting(
        self, name: str, kind: SpanKind, attributes: Mapping[str, str | int | bool]
    ) -> Iterator["Untraced"]:
        """Note what runs inside, as long as there is room."""
        if len(self.notes) >= MOST_NOTES:
            yield self
            return
        note = Note(name, kind, attributes, began=time_ns())
        self.notes.append(note)
        try:
            yield self
        except BaseException as error:
            note.error = type(error).__name__
            raise
        finally:
            note.ended = time_ns()

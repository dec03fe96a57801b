"""Which trace a run's steps are told in: the one that it began in, until it waited for long.

A trace that goes on for days is read by nobody. Work that goes on after a long wait begins a
new one, linked to the one before.
"""

from datetime import datetime, timedelta

from msgspec import Struct
from opentelemetry import trace
from opentelemetry.trace import Link, SpanContext

from observability.trace_context import parse_traceparent, parse_tracestate, told_of


class Origin(Struct, frozen=True):
    """Where in which trace some work began, what others noted along it, and what it goes on with.

    `follows` is where the trace stood that this one is linked to.
    """

    traceparent: str | None = None
    tracestate: str | None = None
    follows: str | None = None


class Stretch:
    """The steps of a run that are told as one trace; the first one tells what they go on with."""

    def __init__(self, origin: Origin, *, since: datetime, longest_wait: timedelta) -> None:
        self.parent = _context(origin.traceparent, origin.tracestate)
        before = _context(origin.follows)
        self._links = [before] if before else []
        self._at_work, self._longest_wait = since, longest_wait

    def goes_on(self, now: datetime) -> None:
        """Begin a new trace if the run waited for long."""
        if self.parent is not None and now - self._at_work > self._longest_wait:
            self._links.append(self.parent)
            self.parent = None
        self._at_work = now

    def rests(self, now: datetime) -> None:
        """Know that the run waits from now on."""
        self._at_work = now

    def begun_by(self, step: SpanContext) -> None:
        """Let the following steps hang below the first one of a new trace."""
        self.parent = self.parent or step

    def links(self) -> list[Link]:
        """Return the traces that the next step goes on with; each is told once."""
        links = [Link(each) for each in self._links]
        self._links = []
        return links

    @property
    def origin(self) -> Origin:
        """Return where work begins that follows from this."""
        if self.parent is None:
            return Origin()
        return Origin(told_of(self.parent), self.parent.trace_state.to_header() or None)


def here() -> Origin:
    """Return where work begins that is set going now."""
    current = trace.get_current_span().get_span_context()
    if not current.is_valid:
        return Origin()
    return Origin(told_of(current), current.trace_state.to_header() or None)


def _context(traceparent: str | None, tracestate: str | None = None) -> SpanContext | None:
    parent = parse_traceparent(traceparent) if traceparent else None
    state = parse_tracestate(tracestate) if tracestate else None
    if parent is None or state is None:
        return parent
    return SpanContext(parent.trace_id, parent.span_id, True, parent.trace_flags, state)

"""How long each layer itself was at work: what it called in other layers is taken off.

What ran at the same time inside is taken off once. Sums are kept as plain numbers, and shown
when somebody looks, so that a request pays for little more than reading the clock.
"""

from collections.abc import Callable
from contextvars import ContextVar, Token
from time import perf_counter


class Span:
    """One piece of a layer's work, and how much of it was covered by what ran inside."""

    __slots__ = ("_busy", "_busy_since", "began", "covered", "outer", "token")

    def __init__(self, outer: "Span | None", began: float) -> None:
        self.outer, self.began = outer, began
        self.covered, self._busy, self._busy_since = 0.0, 0, 0.0
        self.token: Token[Span | None] | None = None

    def covers(self, now: float) -> None:
        """Know that something inside began."""
        if self._busy == 0:
            self._busy_since = now
        self._busy += 1

    def uncovers(self, now: float) -> None:
        """Know that something inside ended."""
        self._busy -= 1
        if self._busy == 0:
            self.covered += now - self._busy_since

    def own(self, now: float) -> float:
        """Return how long it was at work itself; what still runs inside is not waited for."""
        covered = self.covered + (now - self._busy_since if self._busy else 0.0)
        return now - self.began - covered


_now: ContextVar[Span | None] = ContextVar("own_time", default=None)


class OwnTimes:
    """Adds up the seconds of each layer, by a clock that only goes forward."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self.seconds = {"experience": 0.0, "process": 0.0, "system": 0.0, "governance": 0.0}

    def enter(self) -> Span:
        """Begin a piece of work inside of whatever is running now."""
        outer, now = _now.get(), self._clock()
        if outer is not None:
            outer.covers(now)
        span = Span(outer, now)
        span.token = _now.set(span)
        return span

    def gives(self, span: Span, layer: str, seconds: float) -> None:
        """Count a part of a piece of work for another layer."""
        span.covered += seconds
        self.seconds[layer] += seconds

    def leave(self, span: Span, layer: str) -> float:
        """End a piece of work, count it for its layer, and return how long it was in all."""
        now = self._clock()
        if span.token is not None:
            _now.reset(span.token)
        self.seconds[layer] += span.own(now)
        if span.outer is not None:
            span.outer.uncovers(now)
        return now - span.began

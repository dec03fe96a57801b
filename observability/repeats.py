"""The same line again and again is written a few times, and then counted."""

from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct
from structlog import DropEvent
from structlog.typing import EventDict, WrappedLogger

# So many are written in a minute, and so many different lines are remembered. [P]
WRITTEN, SECONDS, MOST_LINES = 5, 60.0, 1_000
_TOLD_APART = frozenset({"at", "trace_id"})


class _Seen:
    """One line: since when it is counted, how often it came, and how often it was left out."""

    def __init__(self, since: float) -> None:
        self.since, self.times, self.left_out = since, 0, 0


class LeftOut(Struct, frozen=True):
    """A line that was left out, and how often."""

    of: str
    times: int


class Repeats:
    """Lets the first of the same lines through in every minute, and says how many it did not."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        """Return a line to be written, or raise `DropEvent`."""
        same = repr(sorted((k, repr(v)) for k, v in event.items() if k not in _TOLD_APART))
        now, told = self._clock(), dict[str, int]()
        seen = self._seen.get(same)
        if seen is None or now - seen.since > SECONDS:
            told = {"repeated": seen.left_out} if seen and seen.left_out else {}
            seen = self._seen[same] = _Seen(now)
            if len(self._seen) > MOST_LINES:
                self._seen.popitem(last=False)
        seen.times += 1
        if seen.times > WRITTEN:
            seen.left_out += 1
            raise DropEvent
        return {**event, **told}

    def left_out(self) -> list[LeftOut]:
        """Return what was left out and is not told yet, and count it as told."""
        found = [LeftOut(same, each.left_out) for same, each in self._seen.items()]
        for each in self._seen.values():
            each.left_out = 0
        return [each for each in found if each.times]

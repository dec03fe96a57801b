"""The overlap of one look at a feed with the ones before it.

A system may number a change before it commits it, so that it shows behind one with a higher
number. So now and then a look begins a little before where the last one ended; what this
program told already is left out, and what it told before it was started anew starts nothing
twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from system_apis.canonical.record import Change

OVERLAP = 64
LOOK_BACK_EVERY = timedelta(hours=1)
_Line = tuple[str, str, int]


class Window:
    """What of one feed was told lately."""

    def __init__(self, now: datetime) -> None:
        self._looked_back_at = now
        self._told: dict[_Line, int] = {}

    def begin(self, position: int, now: datetime) -> int:
        """Return where a look begins: where the last one ended, or now and then before that."""
        if now - self._looked_back_at < LOOK_BACK_EVERY:
            return position
        self._looked_back_at = now
        return max(0, position - OVERLAP)

    def untold(self, changes: Sequence[Change]) -> list[Change]:
        """Return the changes that were not told."""
        return [each for each in changes if _line(each) not in self._told]

    def told(self, changes: Sequence[Change], position: int) -> None:
        """Remember what was told, for as long as a look may come upon it again."""
        self._told |= {_line(each): each.sequence for each in changes}
        oldest = position - OVERLAP
        self._told = {line: place for line, place in self._told.items() if place > oldest}


def _line(change: Change) -> _Line:
    return change.record_type, change.id, change.version

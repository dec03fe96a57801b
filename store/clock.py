"""The two clocks: the wall clock, and the clock that the business lives by.

No other code asks the system for the time. See `docs/decisions/0005-two-clocks.md`.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from msgspec import Struct


def wall_clock() -> datetime:
    """Return the time of tokens, limits and audit, in UTC."""
    return datetime.now(UTC)


class BusinessClock:
    """The time of due dates, periods and escalations: the wall clock, unless an operator sets it.

    A set clock runs on from the moment it was set to.
    """

    def __init__(self, wall: Callable[[], datetime] = wall_clock) -> None:
        self._wall = wall
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the business time, in UTC."""
        return self._wall() + self._ahead

    def set(self, moment: datetime) -> None:
        """Let the business time be this moment now."""
        self._ahead = moment - self._wall()


class Clocks(Struct, frozen=True):
    """The business time of what people see, and the wall time of how long the program took."""

    business: Callable[[], datetime]
    wall: Callable[[], datetime]

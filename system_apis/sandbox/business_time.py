"""The sandbox firm's own time: the wall clock, until an operator sets it; it outlives a restart."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from store.clock import BusinessClock, wall_clock


class _Ahead(Struct, frozen=True):
    """How far the business time is ahead of the wall clock."""

    ahead: timedelta


class SandboxClock:
    """The time by which facts arrive in the firm's systems."""

    def __init__(self, path: Path, begins: datetime | None = None) -> None:
        """Go on from the time that was kept, else begin at a moment, else now."""
        self._path = path
        self._clock = BusinessClock()
        if path.exists():
            kept = msgspec.json.decode(path.read_bytes(), type=_Ahead)
            self._clock.set(wall_clock() + kept.ahead)
        elif begins is not None:
            self.set(begins)

    def now(self) -> datetime:
        """Return the business time, in UTC."""
        return self._clock.now()

    def set(self, moment: datetime) -> None:
        """Let the business time be this moment now, and run on from it."""
        self._clock.set(moment)
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(_Ahead(moment - wall_clock())))
        fresh.replace(self._path)


def stamp(moment: datetime) -> str:
    """Return a moment as text of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

"""When something that is used up runs out, by how fast it was used lately; in whole numbers."""

from collections import deque

from msgspec import Struct

# A reading a minute, for as long as what was used lately says something of what comes. [P]
EVERY_SECONDS, LATELY_SECONDS = 60, 1_800


class Reading(Struct, frozen=True):
    """How much was used up at a moment, in seconds."""

    at: int
    used: int


class Pace:
    """Remembers how much was used up in the last half hour."""

    def __init__(self) -> None:
        self._readings: deque[Reading] = deque(maxlen=LATELY_SECONDS // EVERY_SECONDS + 1)

    def note(self, at: float, used: int) -> None:
        """Remember how much is used up now, if a minute went by; less than before begins anew."""
        last = self._readings[-1] if self._readings else None
        if last is not None and used < last.used:
            self._readings.clear()
        elif last is not None and at - last.at < EVERY_SECONDS:
            return
        self._readings.append(Reading(int(at), used))

    def forget(self) -> None:
        """Begin anew, because it is only known now how much is used up."""
        self._readings.clear()

    def runs_out_at(self, at: float, used: int, most: int) -> int | None:
        """Return when all is used up if it goes on so, or None when nothing was used lately."""
        now = int(at)
        if used >= most:
            return now
        since = self._since(now - LATELY_SECONDS)
        if since is None:
            return None
        elapsed, spent = now - max(since.at, now - LATELY_SECONDS), used - since.used
        if elapsed < EVERY_SECONDS or spent <= 0:
            return None
        return now + (most - used) * elapsed // spent

    def _since(self, lately: int) -> Reading | None:
        """Return what was used up when the last while began, or first known in it."""
        readings = tuple(self._readings)
        before = [each for each in readings if each.at <= lately]
        return before[-1] if before else next(iter(readings), None)

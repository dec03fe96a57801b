"""One at a time for each person: what they hand in at once is judged beside each other."""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """A lock for everybody who hands something in, as long as anybody waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, person: str) -> asyncio.Lock:
        """Return the lock of a person, by number."""
        return self._locks.setdefault(person, asyncio.Lock())

"""Counts in this process: exact, since nothing else runs while they are taken.

Memory is bounded. Each book has two generations: when the younger is full, the older is
forgotten, so that whoever keeps calling is remembered however many strangers come by.
Months are kept in a book of their own, which the many short windows do not push out.
(The library's own memory walks over every key at every call.)
"""

from itertools import count as numbered

from governance.counting.asks import Ask, Count, Slots, Taken

GENERATION = 50_000
_LONG_SECONDS = 2 * 86_400


class LocalCounts:
    """The counts of one process; implements `asks.Counts`."""

    def __init__(self) -> None:
        self._short, self._long = _Book(), _Book()
        self._slots: dict[str, set[str]] = {}
        self._names = numbered()

    def __len__(self) -> int:
        return len(self._short) + len(self._long) + len(self._slots)

    async def take(self, ask: Ask) -> Taken:
        """Count an ask if every part of it has room."""
        return self.take_now(ask)

    def take_now(self, ask: Ask) -> Taken:
        """Count an ask if every part of it has room, without waiting for anything."""
        cost, short = ask.cost, None
        found: list[int] = []
        for each in ask.counts:
            now = self.count_of(each)
            if now + cost > each.most and short is None:
                short = len(found)
            found.append(now)
        held = self._held(ask.slots)
        if short is None and ask.slots is not None and held >= ask.slots.most:
            short = len(found)
        if short is None:
            for place, each in enumerate(ask.counts):
                found[place] += cost
                self._book(each).put(each.key, found[place])
        return self._taken(ask.slots, short, found, held)

    def give_back(self, slots: Slots, slot: str) -> None:
        """Let another call have the slot."""
        held = self._slots.get(slots.key)
        if held is not None:
            held.discard(slot)
            if not held:
                del self._slots[slots.key]

    async def set(self, count: Count, to: int) -> None:
        """Say what a count has come to."""
        self.set_now(count, to)

    def set_now(self, count: Count, to: int) -> None:
        """Say what a count has come to, without waiting for anything."""
        self._book(count).put(count.key, to)

    def count_of(self, count: Count) -> int:
        """Return what a count has come to."""
        return self._book(count).of(count.key)

    def _taken(
        self, slots: Slots | None, short: int | None, counted: list[int], held: int
    ) -> Taken:
        if slots is None:
            return Taken(short, tuple(counted))
        if short is not None:
            return Taken(short, (*counted, held))
        slot = str(next(self._names))
        self._slots.setdefault(slots.key, set()).add(slot)
        return Taken(None, (*counted, held + 1), slot)

    def _held(self, slots: Slots | None) -> int:
        return len(self._slots.get(slots.key, ())) if slots is not None else 0

    def _book(self, count: Count) -> "_Book":
        return self._long if count.seconds > _LONG_SECONDS else self._short


class _Book:
    def __init__(self) -> None:
        self._younger: dict[str, int] = {}
        self._older: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._younger) + len(self._older)

    def of(self, key: str) -> int:
        """Return what a key has come to."""
        found = self._younger.get(key)
        return self._older.get(key, 0) if found is None else found

    def put(self, key: str, count: int) -> None:
        """Say what a key has come to."""
        younger = self._younger
        if key not in younger:
            self._older.pop(key, None)
            if len(younger) >= GENERATION:
                self._older, self._younger = younger, {}
        self._younger[key] = count

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
        counted = []
        for place, each in enumerate(ask.counts):
            now = self._book(each).of(each.key)
            counted.append(now)
            if now + cost > each.most and short is None:
                short = place
        held = self._held(ask.slots)
        if short is None and ask.slots is not None and held >= ask.slots.most:
            short = len(counted)
        if short is None:
            counted = [self._book(each).add(each.key, cost) for each in ask.counts]
        return self._taken(ask.slots, short, counted, held)

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
        book = self._book(count)
        book.add(count.key, to - book.of(count.key))

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

    def add(self, key: str, cost: int) -> int:
        """Add to a key and return what it has come to."""
        found = self._younger.get(key)
        if found is None:
            found = self._older.pop(key, 0)
            if len(self._younger) >= GENERATION:
                self._older, self._younger = self._younger, {}
        self._younger[key] = found + cost
        return found + cost

"""What one call asks of the counts, and what it is told: everything in one step, or nothing."""

from typing import Protocol

from msgspec import Struct


class Count(Struct, frozen=True):
    """One count: how far it may go, and for how many seconds it is remembered."""

    key: str
    most: int
    seconds: int


class Slots(Struct, frozen=True):
    """Places for calls that run at the same time; one that is never given back expires."""

    key: str
    most: int
    lease_seconds: int = 60


class Ask(Struct, frozen=True):
    """All that one call uses up: `cost` of every count, and a slot if there are slots."""

    counts: tuple[Count, ...]
    cost: int = 1
    slots: Slots | None = None


class Taken(Struct, frozen=True):
    """What came of an ask: when a part of it was short, nothing was counted.

    `short` is the place of that part, the slots after the counts; `counted` says what every
    part has come to; `slot` is to be given back.
    """

    short: int | None
    counted: tuple[int, ...]
    slot: str | None = None


class StoreAway(Exception):
    """The store of the counts did not answer in time, or could not do what it was asked."""


class Counts(Protocol):
    """Where calls are counted."""

    async def take(self, ask: Ask) -> Taken:
        """Count an ask if every part of it has room; raise `StoreAway` if that is not known."""

    def give_back(self, slots: Slots, slot: str) -> None:
        """Let another call have the slot."""

    async def set(self, count: Count, to: int) -> None:
        """Say what a count has come to, as somebody says who knows better."""

"""Figures of paired rounds: a median with its range, and the ratio of two sides."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")


class Spread(Struct, frozen=True):
    """One figure over the rounds."""

    median: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        """Show the median with its range."""
        return f"{short(self.median)} ({short(self.lowest)} to {short(self.highest)})"


class Ratio(Struct, frozen=True):
    """One side's figure over another's, each pair from the same round."""

    of: str
    over: str
    figure: str
    value: Spread

    def __str__(self) -> str:
        """Show which is divided by which."""
        return f"{self.of} / {self.over}, {self.figure}: {self.value}"


def spread(values: Iterable[float]) -> Spread:
    """Return the median and the range of a figure."""
    known = list(values)
    return Spread(median(known), min(known), max(known))


def paired(of: Sequence[float], over: Sequence[float]) -> Spread:
    """Return the ratio of two sides, round by round."""
    return spread(one / other for one, other in zip(of, over, strict=True))


def short(value: float) -> str:
    """Return a figure with three digits that mean something."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def turned(items: Sequence[T], by: int) -> list[T]:
    """Return the items beginning with another one each round, so that none is always first."""
    start = by % len(items)
    return [*items[start:], *items[:start]]

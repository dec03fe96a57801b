"""How figures of our own are worked out: shares, medians, ranks. Rounded half-up, at the end.

Of nothing there is no share: it is None, and not 0 (domain handbook, 4).
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

_SHARE, _HUNDREDTH = Decimal("0.0001"), Decimal("0.01")


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Return a part of a whole with four decimals, or None of nothing."""
    if not whole:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(_SHARE, ROUND_HALF_UP)


def hundredths(value: Decimal) -> Decimal:
    """Return a figure with two decimals."""
    return value.quantize(_HUNDREDTH, ROUND_HALF_UP)


def mean(values: Sequence[Decimal]) -> Decimal | None:
    """Return the mean of some values, or None of none."""
    return sum(values, start=Decimal(0)) / len(values) if values else None


def median(values: Sequence[Decimal]) -> Decimal | None:
    """Return the middle value, or the mean of the two middle ones, or None of none."""
    ordered = sorted(values)
    return mean(ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1])


def nearest_rank(values: Sequence[Decimal], percent: int) -> Decimal | None:
    """Return the smallest value that so many percent are not above, or None of none."""
    if not values:
        return None
    rank = (Decimal(percent) * len(values) / 100).to_integral_value(ROUND_CEILING)
    return sorted(values)[max(int(rank), 1) - 1]

"""Exact amounts: minor units, rounding, and how they are written."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

DIGITS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}


def halves(amount: Fraction, currency: str, *, even: bool) -> Fraction:
    """Round to whole minor units; a half goes to the even neighbour, or away from zero."""
    unit = 10 ** DIGITS.get(currency, 2)
    scaled = abs(amount) * unit
    whole, rest = divmod(scaled, 1)
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (not even or whole % 2 == 1))
    size = Fraction(int(whole) + up, unit)
    return size if amount >= 0 else -size


def money(amount: Fraction, currency: str) -> str:
    """Write an amount of whole minor units."""
    digits = DIGITS.get(currency, 2)
    units = amount * 10**digits
    if units.denominator != 1:
        raise ValueError(f"{amount} {currency} is not in whole minor units")
    return f"{Decimal(int(units)).scaleb(-digits):f}"


def as_of(amount: Fraction) -> str:
    """Write a quantity in full."""
    return f"{Decimal(amount.numerator) / Decimal(amount.denominator):f}"


def share(part: Fraction, step: Decimal) -> str:
    """Write a share, rounded half-up to a step."""
    value = Decimal(part.numerator) / Decimal(part.denominator)
    return f"{value.quantize(step, ROUND_HALF_UP):f}"

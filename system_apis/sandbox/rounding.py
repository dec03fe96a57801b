"""Minor units and rounding as the sandbox's systems know them, apart from Strata's own."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}


def base_unit(currency: str) -> int:
    """Return how many of the smallest units make one: 100 for USD, 1 for JPY, 1000 for KWD."""
    digits: int = get_currency_precision(currency)
    return int(Decimal(10).scaleb(digits - 1))


def rounded(value: Decimal, currency: str, rounding: str) -> Decimal:
    """Return a value in whole minor units, rounded as the ledger does."""
    unit = Decimal(1) / base_unit(currency)
    return value.quantize(unit, rounding=_MODES[rounding])

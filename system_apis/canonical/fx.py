"""Exchange rates: what one currency is worth in another, and by which kind of rate."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.money import Currency, Money, Rounding, minor_unit

_MOST_DECIMALS = 10


class RateType(StrEnum):
    """Which rate of a pair of currencies it is."""

    SPOT = "spot"
    MONTH_AVERAGE = "month_avg"
    CLOSING = "closing"
    CONTRACT = "contract"


class FxRate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One unit of `base` is worth `rate` units of `quote` (domain handbook, 1.2)."""

    base: Currency
    quote: Currency
    rate: Decimal
    rate_type: RateType
    date: date
    source: str | None = None

    def __post_init__(self) -> None:
        if self.base == self.quote:
            raise ValueError("an exchange rate is between two currencies")
        if not self.rate.is_finite() or self.rate <= 0:
            raise ValueError("an exchange rate is more than nothing")
        exponent = self.rate.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > _MOST_DECIMALS:
            raise ValueError("an exchange rate has ten decimals at most")
        minor_unit(self.base)
        minor_unit(self.quote)

    def convert(self, amount: Money, rounding: Rounding = Rounding.HALF_UP) -> Money:
        """Return an amount of either currency in the other; the inverse is never kept."""
        if amount.currency == self.base:
            return Money.of(amount.value * self.rate, self.quote, rounding)
        if amount.currency == self.quote:
            return Money.of(amount.value / self.rate, self.base, rounding)
        raise ValueError(f"{amount.currency} is neither {self.base} nor {self.quote}")


class FxRates(Struct, frozen=True, forbid_unknown_fields=True):
    """The exchange rates of a firm: one for each pair, kind and day, whichever way round."""

    rates: tuple[FxRate, ...] = ()

    def __post_init__(self) -> None:
        pairs = [
            (frozenset({each.base, each.quote}), each.rate_type, each.date) for each in self.rates
        ]
        if len(set(pairs)) != len(pairs):
            raise ValueError("a pair of currencies has one rate of a kind on a day")

    def of(self, base: str, quote: str, rate_type: RateType, on: date) -> FxRate | None:
        """Return the rate between two currencies on a day, if there is one."""
        pair = {base, quote}
        return next(
            (
                each
                for each in self.rates
                if {each.base, each.quote} == pair
                and (each.rate_type, each.date) == (rate_type, on)
            ),
            None,
        )

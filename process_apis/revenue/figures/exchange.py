"""What an amount of a month is in another currency, with the rate that said so. Pure decisions.

Every rate is to the firm's reporting currency; two others meet there.
"""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.revenue.records import Rate
from system_apis.canonical.fx import FxRate, FxRates, RateType
from system_apis.canonical.money import Money


class Exchange(Struct, frozen=True):
    """The firm's exchange rates, each between some currency and the reporting currency."""

    reporting: str
    rates: FxRates

    def rate(self, base: str, quote: str, kind: RateType, on: date) -> Rate | None:
        """Return the rate of two currencies as it was told last by a day, if it was told."""
        if base == quote:
            return Rate(rate=Decimal(1), rate_type=kind, rate_date=on)
        one, other = self._to_reporting(base, kind, on), self._to_reporting(quote, kind, on)
        if one is None or other is None:
            return None
        days = min(one.rate_date, other.rate_date)
        return Rate(rate=one.rate / other.rate, rate_type=kind, rate_date=days)

    def average(self, amount: Money, quote: str, on: date) -> Decimal | None:
        """Return an amount in another currency at the month's average rate, not rounded."""
        return self.average_of(amount.value, amount.currency, quote, on)

    def average_of(self, value: Decimal, base: str, quote: str, on: date) -> Decimal | None:
        """Return the same of a value that is not rounded yet."""
        found = self.rate(base, quote, RateType.MONTH_AVERAGE, on)
        return None if found is None else found.worth(value)

    def closing(self, amount: Money, quote: str, on: date) -> Decimal | None:
        """Return an amount in another currency at the closing rate, not rounded."""
        found = self.rate(amount.currency, quote, RateType.CLOSING, on)
        return None if found is None else found.worth(amount.value)

    def _to_reporting(self, base: str, kind: RateType, on: date) -> Rate | None:
        if base == self.reporting:
            return Rate(rate=Decimal(1), rate_type=kind, rate_date=on)
        pair = {base, self.reporting}
        told = [
            each
            for each in self.rates.rates
            if {each.base, each.quote} == pair and each.rate_type is kind and each.date <= on
        ]
        if not told:
            return None
        last = max(told, key=lambda each: each.date)
        return Rate(rate=_towards(last, base), rate_type=kind, rate_date=last.date)


def _towards(found: FxRate, base: str) -> Decimal:
    return found.rate if found.base == base else 1 / found.rate

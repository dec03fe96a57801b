"""Amounts in another currency are what fractions make of them, though rates are cut somewhere."""

from datetime import date
from fractions import Fraction
from random import Random
from typing import NamedTuple

from process_apis.revenue.figures.exchange import Exchange
from system_apis.canonical.fx import FxRate, FxRates, RateType
from system_apis.canonical.money import Money
from tests.firms.amounts import halves
from tests.proof.revenue.drawn import CURRENCIES, an_amount
from tests.proof.revenue.told import number
from tests.proof.seeds import Case, from_each_seed, holds

LATER, EARLIER, LAST = date(2026, 10, 20), date(2026, 9, 30), date(2026, 10, 31)


class Quoted(NamedTuple):
    """A rate between a currency and the reporting one, told the one way or the other."""

    currency: str
    average: Fraction
    closing: Fraction
    towards_reporting: bool


class Amount(NamedTuple):
    """An amount that is to be told in another currency."""

    value: Fraction
    currency: str
    other: str
    reporting: str


def _drawn(chance: Random) -> Case:
    reporting = chance.choice(CURRENCIES)
    quoted = tuple(
        Quoted(each, _rate(chance), _rate(chance), chance.random() < 0.5)
        for each in CURRENCIES
        if each != reporting
    )
    one, other = chance.choice(CURRENCIES), chance.choice(CURRENCIES)
    return Amount(an_amount(chance, one), one, other, reporting), *quoted


def _rate(chance: Random) -> Fraction:
    return Fraction(chance.randint(1, chance.choice((9, 400))), chance.choice((1, 10, 100)))


@from_each_seed
def test_an_amount_is_worth_the_same_to_the_unit(seed: int) -> None:
    """At the average and the closing rate, by the reporting currency where neither is that."""

    def promise(amount: Amount, *quoted: Quoted) -> None:
        exchange = Exchange(amount.reporting, FxRates(tuple(_told(amount, quoted))))
        money = Money.of(number(amount.value), amount.currency)
        for name, way in (("average", exchange.average), ("closing", exchange.closing)):
            worth = {amount.reporting: Fraction(1)} | {
                each.currency: getattr(each, name)
                if each.towards_reporting
                else 1 / getattr(each, name)
                for each in quoted
            }
            exact = amount.value * worth[amount.currency] / worth[amount.other]
            found = way(money, amount.other, LAST)
            assert found is not None
            told = Money.of(found, amount.other)
            assert Fraction(told.amount) == halves(exact, amount.other, even=False)

    holds(promise, _drawn, seed=seed, times=3000)


def _told(amount: Amount, quoted: tuple[Quoted, ...]) -> list[FxRate]:
    """Return the rates, after others of each kind that held before them."""
    found = []
    for each in quoted:
        pair = (each.currency, amount.reporting)
        base, quote = pair if each.towards_reporting else pair[::-1]
        kinds = ((RateType.MONTH_AVERAGE, each.average), (RateType.CLOSING, each.closing))
        for kind, rate in kinds:
            for day, value in ((EARLIER, rate + 1), (LATER, rate)):
                found.append(
                    FxRate(base=base, quote=quote, rate=number(value), rate_type=kind, date=day)
                )
    return found

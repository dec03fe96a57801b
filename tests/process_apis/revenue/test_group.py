"""The firm's month in one currency: average rates for what it earned, closing for what comes."""

from datetime import date
from decimal import Decimal

from msgspec import UNSET
from msgspec.structs import replace

from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.figures.standing import standing
from process_apis.revenue.group import GroupCosts, GroupFigures, group
from process_apis.revenue.records import Costs, Lost, ProjectStanding
from system_apis.canonical.fx import FxRate, FxRates, RateType
from system_apis.canonical.money import Money
from system_apis.restricted import shown_with
from tests.process_apis.revenue_facts import OCTOBER, fixed, judged, usd


def _rate(kind: RateType, rate: str, on: date = OCTOBER) -> FxRate:
    return FxRate(base="EUR", quote="USD", rate=Decimal(rate), rate_type=kind, date=on)


EXCHANGE = Exchange(
    "USD",
    FxRates((_rate(RateType.MONTH_AVERAGE, "1.10"), _rate(RateType.CLOSING, "1.12"))),
)


def _in_euro(seen: ProjectStanding) -> ProjectStanding:
    def euro(amount: Money | None) -> Money | None:
        return amount and replace(amount, currency="EUR")

    costs = seen.costs
    assert isinstance(costs, Costs)
    names = ("revenue", "fee_revenue", "list_value", "backlog")
    lost = Lost(**{name: euro(getattr(seen.leakage, name)) for name in Lost.__struct_fields__})
    paid = replace(costs, total_cost=euro(costs.total_cost))
    told = {name: euro(getattr(seen, name)) for name in names}
    return replace(seen, currency="EUR", leakage=lost, costs=paid, **told)


HERE = standing(judged(fixed()))
THERE = _in_euro(HERE)


def _group(*seen: ProjectStanding, exchange: Exchange = EXCHANGE) -> GroupFigures:
    return group(seen, exchange, "2026-10")


def test_what_was_earned_is_told_at_average_and_what_comes_at_closing_rates() -> None:
    """3,000 dollars and 3,000 euro earned; 9,000 of each are to come."""
    told = _group(HERE, THERE)

    assert told.revenue == usd("6300")
    assert told.backlog_at_closing == usd("19080")
    assert isinstance(told.costs, GroupCosts)
    assert (told.costs.cost, told.costs.margin_pct) == (usd("4200"), Decimal("0.3333"))
    assert told.projects == ("P-1", "P-1")


def test_leakage_is_a_share_of_what_could_have_been_earned() -> None:
    """100 lost beside 3,000 earned are 3.23 percent."""
    lost = replace(HERE.leakage, over_cap=usd("100"))

    told = _group(replace(HERE, leakage=lost))

    assert (told.leakage, told.leakage_rate) == (usd("100"), Decimal("0.0323"))


def test_what_one_person_cost_is_not_told_as_the_firms_cost() -> None:
    """Two projects of the same one person are still one person's."""
    told = _group(HERE, HERE)

    assert shown_with(frozenset(), told).costs is UNSET
    assert shown_with(frozenset({"system:psa:read_cost"}), told) == told


def test_a_figure_that_has_no_rate_is_absent() -> None:
    """Nobody adds euro to dollars, or guesses what they are worth."""
    told = _group(HERE, THERE, exchange=Exchange("USD", FxRates()))

    assert (told.revenue, told.backlog_at_closing, told.realization) == (None, None, None)


def test_of_no_projects_the_sums_are_nothing_and_the_shares_absent() -> None:
    """Nothing divided by nothing is not nothing."""
    told = _group()

    assert (told.revenue, told.realization, told.leakage_rate) == (usd("0"), None, None)


def test_the_rate_of_the_day_is_the_last_one_told_by_then() -> None:
    """A rate of November does not change October, and two currencies meet in the reporting one."""
    later = _rate(RateType.MONTH_AVERAGE, "1.30", date(2026, 11, 30))
    exchange = Exchange("USD", FxRates((*EXCHANGE.rates.rates, later)))

    there = exchange.rate("EUR", "USD", RateType.MONTH_AVERAGE, OCTOBER)
    back = exchange.rate("USD", "EUR", RateType.MONTH_AVERAGE, date(2026, 12, 31))

    assert [each and each.rate for each in (there, back)] == [
        Decimal("1.10"),
        1 / Decimal("1.30"),
    ]
    assert exchange.rate("EUR", "USD", RateType.CLOSING, date(2026, 1, 1)) is None

"""The firm's month in its reporting currency. Pure sums, rounded half-up at the end.

Source: domain handbook, 4: revenue, costs and leakage at the month's average rates, backlog at
the closing rate.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct, UnsetType

from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.figures.standing import days_of
from process_apis.revenue.figures.worth import share
from process_apis.revenue.records import Costs, ProjectStanding
from system_apis.canonical.money import Money
from system_apis.canonical.revenue import Month

_Told = Callable[[ProjectStanding], Money | None]


class GroupCosts(Struct, frozen=True, kw_only=True):
    """What the firm's projects cost in a month, and what that leaves, of so many people."""

    cost: Money | None
    margin: Money | None
    margin_pct: Decimal | None
    people: int


GroupCostFigures = Annotated[
    GroupCosts | UnsetType, Meta(extra={"scope": "system:psa:read_cost", "total_of": "people"})
]


class GroupFigures(Struct, frozen=True, kw_only=True):
    """What the projects of some companies came to in a month, all in one currency.

    A figure is absent where one of its parts is not known, or has no exchange rate.
    `projects` are those it was worked out of.
    """

    currency: str
    month: Month
    revenue: Money | None
    fee_revenue: Money | None
    list_value: Money | None
    realization: Decimal | None
    leakage: Money | None
    leakage_rate: Decimal | None
    backlog_at_closing: Money | None
    costs: GroupCostFigures
    projects: tuple[str, ...]


def group(standings: Sequence[ProjectStanding], exchange: Exchange, month: Month) -> GroupFigures:
    """Return the figures of a month's standings in the reporting currency."""
    on = days_of(month).end

    def average(told: _Told) -> Decimal | None:
        return _sum(map(told, standings), lambda each: exchange.average(each, quote, on))

    quote = exchange.reporting
    revenue, fees = average(lambda each: each.revenue), average(lambda each: each.fee_revenue)
    listed = average(lambda each: each.list_value)
    lost = average(lambda each: each.leakage.total)
    earnable = None if fees is None or lost is None else fees + lost
    cost = average(_cost)
    return GroupFigures(
        currency=quote,
        month=month,
        revenue=_rounded(revenue, quote),
        fee_revenue=_rounded(fees, quote),
        list_value=_rounded(listed, quote),
        realization=share(fees, listed),
        leakage=_rounded(lost, quote),
        leakage_rate=share(lost, earnable),
        backlog_at_closing=_rounded(_backlog(standings, exchange, on), quote),
        costs=_costs(revenue, cost, standings, quote),
        projects=tuple(each.project_number for each in standings),
    )


def _backlog(standings: Sequence[ProjectStanding], exchange: Exchange, on: date) -> Decimal | None:
    return _sum(
        (each.backlog for each in standings),
        lambda each: exchange.closing(each, exchange.reporting, on),
    )


def _costs(
    revenue: Decimal | None,
    cost: Decimal | None,
    standings: Sequence[ProjectStanding],
    currency: str,
) -> GroupCosts:
    margin = None if revenue is None or cost is None else revenue - cost
    found = [each.costs for each in standings if isinstance(each.costs, Costs)]
    return GroupCosts(
        cost=_rounded(cost, currency),
        margin=_rounded(margin, currency),
        margin_pct=share(margin, revenue),
        people=max((each.people for each in found), default=0),
    )


def _cost(standing: ProjectStanding) -> Money | None:
    return standing.costs.total_cost if isinstance(standing.costs, Costs) else None


def _sum(
    amounts: Iterable[Money | None], converted: Callable[[Money], Decimal | None]
) -> Decimal | None:
    """Return the sum of amounts in one currency, None when one of them is not known in it."""
    found = [None if each is None else converted(each) for each in amounts]
    known = [each for each in found if each is not None]
    return sum(known, start=Decimal(0)) if len(known) == len(found) else None


def _rounded(value: Decimal | None, currency: str) -> Money | None:
    return None if value is None else Money.of(value, currency)

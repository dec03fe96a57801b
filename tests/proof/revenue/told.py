"""A story as the systems would tell it to the product."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from process_apis.revenue.figures.facts import Changed, Dated, RevenueFacts, Worked, WorkLine
from process_apis.revenue.figures.standing import Judged, month_of
from process_apis.revenue.terms import RevenueTerms
from system_apis.canonical.billing import LineKind
from system_apis.canonical.changes import ModificationAccounting
from system_apis.canonical.contracts import BillingModel, CapScope, RecurringTerms
from system_apis.canonical.money import Money, Rounding
from system_apis.canonical.revenue import RevenueMethod
from tests.process_apis.billing_facts import contract
from tests.proof.revenue import reckoned
from tests.proof.revenue.reckoned import Change, Row, Story

METHODS = {
    reckoned.COST: RevenueMethod.INPUT_COST,
    reckoned.HOURS: RevenueMethod.INPUT_HOURS,
    reckoned.OUTPUT: RevenueMethod.OUTPUT_MILESTONE,
    reckoned.DAYS: RevenueMethod.STRAIGHT_LINE,
    reckoned.DELIVERY: RevenueMethod.POINT_IN_TIME,
    reckoned.INVOICE: RevenueMethod.RIGHT_TO_INVOICE,
}
HOW = {
    reckoned.CATCH_UP: ModificationAccounting.CUMULATIVE_CATCH_UP,
    reckoned.PROSPECTIVE: ModificationAccounting.PROSPECTIVE,
    reckoned.SEPARATE: ModificationAccounting.SEPARATE_CONTRACT,
}
NOW = datetime(2027, 6, 1, tzinfo=UTC)


def number(value: Fraction) -> Decimal:
    """Return a fraction that ends as a decimal number."""
    found = Decimal(value.numerator) / Decimal(value.denominator)
    assert Fraction(found) == value
    return found


def facts(story: Story) -> RevenueFacts:
    """Return the facts of a story."""

    def money(amount: Fraction) -> Money:
        return Money.of(number(amount), story.currency)

    def dated(some: tuple[tuple[date, Fraction], ...]) -> tuple[Dated, ...]:
        return tuple(Dated(day, money(amount)) for day, amount in some)

    every = sum((each.price for each in story.changes), Fraction(0))
    effort = sum((each.effort for each in story.changes), Fraction(0))
    by_hours = story.method == reckoned.HOURS
    at_rates = story.method == reckoned.INVOICE
    estimate = None if story.estimate is None else number(story.estimate)
    return RevenueFacts(
        contract=_contract(story),
        method=METHODS[story.method],
        price=None if story.price is None else money(story.price + every),
        planned=money(story.cap) if at_rates and story.cap is not None else None,
        estimate=estimate if by_hours or estimate is None else estimate + number(effort),
        hours_left=number(story.hours_left) if by_hours else None,
        rounding=Rounding.HALF_EVEN if story.even else Rounding.HALF_UP,
        worked=tuple(_worked(each) for each in story.rows),
        lines=tuple(
            WorkLine(day, LineKind(kind), money(amount)) for day, kind, amount in story.lines
        ),
        billed=dated(story.billed),
        given_back=dated(story.given_back),
        accepted=dated(story.accepted),
        deliveries=story.deliveries,
        changes=tuple(_changed(each, money(each.price)) for each in story.changes),
        opening=Money.zero(story.currency),
    )


def judged(story: Story, day: date) -> Judged:
    """Return a story as it is judged after the month of a day."""
    return Judged(
        facts=facts(story), terms=terms(story), terms_version=0, month=month_of(day), as_of=NOW
    )


def terms(story: Story) -> RevenueTerms:
    """Return what the firm decides about progress."""
    return RevenueTerms(rework_is_progress=story.rework_counts)


def _contract(story: Story) -> object:
    agreed = replace(
        contract(currency=story.currency),
        effective_from=story.start,
        effective_to=story.end,
        nte_scope=CapScope.FEES_AND_EXPENSES if story.expenses_in_cap else CapScope.FEES,
    )
    if story.method == reckoned.INVOICE:
        return agreed
    if story.fee is None:
        return replace(agreed, billing_model=BillingModel.FIXED_FEE, rates=())
    fee = RecurringTerms(monthly_fee=Money.of(number(story.fee), story.currency))
    return replace(agreed, billing_model=BillingModel.RETAINER, recurring=fee, rates=())


def _worked(row: Row) -> Worked:
    return Worked(
        employee="E1",
        day=row.day,
        hours=number(row.hours),
        billable=row.billable,
        cost=number(row.hours * row.cost),
        listed=number(row.hours * row.listed),
        agreed=number(row.hours * row.agreed),
    )


def _changed(change: Change, price: Money) -> Changed:
    return Changed(
        day=change.day, price=price, effort=number(change.effort), accounting=HOW[change.how]
    )

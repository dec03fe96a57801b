"""Unused hours of a retainer are carried over for a while, when the contract says so."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.invoicing.periods import hours_of, months
from process_apis.project_to_cash.invoicing.retainers import PeriodHours, carried, carried_into
from process_apis.project_to_cash.records import BillingKind
from process_apis.project_to_cash.rules import prepare
from system_apis.canonical.billing import LineKind
from system_apis.canonical.contracts import BillingModel, Contract, RecurringTerms
from system_apis.canonical.money import Money, Price
from system_apis.canonical.time import EntryStatus, TimeEntry
from tests.process_apis.billing_facts import HALF_UP, contract, entry, facts

quietly = settings(max_examples=200, deadline=None, database=None)
OCTOBER = date(2026, 10, 1)
worked = st.integers(0, 200).map(lambda quarters: Decimal(quarters) / 4)


def retainer(**terms: object) -> Contract:
    """Return a retainer of ten hours a month since September."""
    recurring = RecurringTerms(
        monthly_fee=Money.of("1000", "USD"),
        included_hours=Decimal(10),
        overage_rate=Price("150.00", "USD"),
    )
    return replace(
        contract(),
        billing_model=BillingModel.RETAINER,
        rates=(),
        recurring=replace(recurring, **terms),
    )


def in_september(hours: str, status: EntryStatus = EntryStatus.APPROVED) -> TimeEntry:
    return replace(entry(hours, status=status), work_date=date(2026, 9, 10))


def october(agreed: Contract, *earlier: TimeEntry, hours: str) -> BillingFacts:
    found = facts(entry(hours), agreed=agreed)
    return replace(
        found,
        event=replace(found.event, kind=BillingKind.RETAINER),
        carried_hours=carried(agreed, OCTOBER, earlier),
    )


def overage(found: BillingFacts) -> list[Decimal]:
    lines = prepare(found, HALF_UP).draft.lines
    return [each.quantity for each in lines if each.kind is LineKind.OVERAGE]


def test_unused_hours_cover_work_of_the_next_month() -> None:
    """Six of September's ten are left: October's 18 hours exceed 16 by two."""
    agreed = retainer(rollover=True)

    assert overage(october(agreed, in_september("4"), hours="18")) == [Decimal(2)]
    assert overage(october(agreed, in_september("4"), hours="16")) == []


def test_without_rollover_hours_are_lost_at_the_end_of_the_month() -> None:
    """October's 18 hours exceed its own ten by eight."""
    assert overage(october(retainer(), in_september("4"), hours="18")) == [Decimal(8)]


def test_hours_nobody_approved_use_nothing_up() -> None:
    """A rejected row is no work."""
    held = in_september("4", EntryStatus.REJECTED)

    assert carried(retainer(rollover=True), OCTOBER, [held]) == Decimal(10)


@pytest.mark.parametrize(
    ("lasting", "into", "left"),
    [(1, date(2026, 10, 1), 10), (1, date(2026, 11, 1), 0), (2, date(2026, 11, 1), 10)],
)
def test_carried_hours_expire(lasting: int, into: date, left: int) -> None:
    """September's last for as many months as the contract says, across a year's end too."""
    september = [PeriodHours(date(2026, 9, 1), Decimal(10), Decimal(0))]
    december = [PeriodHours(date(2026, 12, 1), Decimal(10), Decimal(0))]
    across = into.replace(year=2027, month=into.month - 9)

    assert sum(each.hours for each in carried_into(into, september, lasting)) == left
    assert sum(each.hours for each in carried_into(across, december, lasting)) == left


def test_the_oldest_hours_are_used_first() -> None:
    """October's 12 take September's ten and two of its own, so that eight are left of it."""
    earlier = [
        PeriodHours(date(2026, 9, 1), Decimal(10), Decimal(0)),
        PeriodHours(date(2026, 10, 1), Decimal(10), Decimal(12)),
    ]

    [lot] = carried_into(date(2026, 11, 1), earlier, 12)

    assert (lot.since, lot.hours) == (date(2026, 10, 1), 8)


def test_expired_hours_cover_nothing() -> None:
    """January's are gone by March, whose 15 take February's ten and five of its own."""
    earlier = [
        PeriodHours(date(2027, number, 1), Decimal(10), Decimal(hours))
        for number, hours in ((1, 0), (2, 0), (3, 15))
    ]

    [lot] = carried_into(date(2027, 4, 1), earlier, 1)

    assert (lot.since, lot.hours) == (date(2027, 3, 1), 5)


def test_a_part_of_a_month_includes_its_share_of_the_hours() -> None:
    """Ten of October's 31 days include 3.23 of ten hours, and no more are free."""
    found = october(retainer(), hours="4")
    partial = replace(found, event=replace(found.event, period_start=date(2026, 10, 22)))

    assert hours_of(Decimal(10), date(2026, 10, 22), date(2026, 10, 31)) == Decimal("3.23")
    assert overage(partial) == [Decimal("0.77")]


@quietly
@given(st.lists(worked, min_size=1, max_size=9), st.integers(0, 4))
def test_nobody_uses_more_hours_than_were_included_and_none_twice(
    months_worked: list[Decimal], lasting: int
) -> None:
    """Over all periods: included = used + left + expired, and what is left is young enough."""
    periods = [
        PeriodHours(date(2026, number, 1), Decimal(10), hours)
        for number, hours in enumerate(months_worked, start=1)
    ]
    over, used = Decimal(0), Decimal(0)
    for count, period in enumerate(periods):
        before = sum(
            (lot.hours for lot in carried_into(period.start, periods[:count], lasting)), Decimal(0)
        )
        covered = min(period.worked, before + period.included)
        used, over = used + covered, over + period.worked - covered
    left = carried_into(date(2026, len(periods) + 1, 1), periods, lasting)

    assert used + over == sum(months_worked)
    assert used + sum(lot.hours for lot in left) <= 10 * len(periods)
    assert all(0 < lot.hours <= 10 for lot in left)
    assert all(len(periods) + 1 - lot.since.month <= lasting for lot in left)


@quietly
@given(st.lists(worked, min_size=1, max_size=9), st.integers(0, 4))
def test_rollover_never_makes_a_client_pay_more(months_worked: list[Decimal], lasting: int) -> None:
    """A longer expiry covers as much or more."""
    periods = [
        PeriodHours(date(2026, number, 1), Decimal(10), hours)
        for number, hours in enumerate(months_worked, start=1)
    ]
    at = date(2026, len(periods) + 1, 1)

    shorter = sum(lot.hours for lot in carried_into(at, periods, lasting))
    longer = sum(lot.hours for lot in carried_into(at, periods, lasting + 1))

    assert 0 <= shorter <= longer


def test_the_months_of_a_contract_begin_after_what_was_billed_before() -> None:
    """The hours of the time before Strata are not carried."""
    begun = replace(retainer(rollover=True), billed_until=date(2026, 9, 30))

    assert next(months(begun))[0] == OCTOBER
    assert carried(begun, OCTOBER, []) == 0

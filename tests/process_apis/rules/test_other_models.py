"""Fixed fees, retainers and subscriptions: what they plan, need, and bill."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.opportunity_to_project.rules import billing_plan, budget, gaps
from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.readiness.blockers import blockers
from process_apis.project_to_cash.records import BillingKind, SourceType
from process_apis.project_to_cash.rules import Prepared, prepare
from system_apis.canonical.billing import LineKind
from system_apis.canonical.contracts import (
    BillingModel,
    Contract,
    Evidence,
    MilestoneTerms,
    RecurringTerms,
)
from system_apis.canonical.money import Money, Price
from system_apis.canonical.revenue import RevenueMethod
from system_apis.canonical.time import EntryStatus, TimeEntry
from tests.process_apis.billing_facts import HALF_UP, contract, entry, facts, week
from tests.process_apis.rules.agreements import agreement, resource

ACCEPTED = Evidence("acceptance_certificate", "sha256:00", datetime(2026, 10, 30, tzinfo=UTC))
FIXED = replace(
    contract(),
    billing_model=BillingModel.FIXED_FEE,
    rates=(),
    total_value=Money.of("100000", "USD"),
    milestones=(
        MilestoneTerms("M1", Money.of("40000", "USD"), date(2026, 10, 30), ACCEPTED),
        MilestoneTerms("M2", Money.of("60000", "USD"), date(2026, 12, 15)),
    ),
    revenue_method=RevenueMethod.INPUT_COST,
)
RETAINER = replace(
    contract(),
    billing_model=BillingModel.RETAINER,
    rates=(),
    recurring=RecurringTerms(
        monthly_fee=Money.of("10000", "USD"),
        included_hours=Decimal(10),
        overage_rate=Price("150.00", "USD"),
    ),
)
SUBSCRIPTION = replace(
    contract(),
    billing_model=BillingModel.SUBSCRIPTION,
    rates=(),
    recurring=RecurringTerms(monthly_fee=Money.of("3100", "USD"), in_advance=True),
)


def due(
    agreed: Contract, kind: BillingKind, *entries: TimeEntry, milestone: str | None = None
) -> BillingFacts:
    found = facts(*entries, agreed=agreed)
    return replace(found, event=replace(found.event, kind=kind, milestone=milestone))


def reasons(found: BillingFacts) -> list[str]:
    prepared = prepare(found, HALF_UP)
    return [each.reason for each in blockers(found, prepared.draft, prepared.over_cap)]


def told(prepared: Prepared) -> list[tuple[LineKind, str]]:
    return [(each.line.kind, each.line.net.amount) for each in prepared.billed]


def test_milestones_are_planned_on_their_dates() -> None:
    """One event each, told apart by the milestone."""
    plan = [(each.milestone, each.planned_date) for each in billing_plan(FIXED)]

    assert plan == [("M1", date(2026, 10, 30)), ("M2", date(2026, 12, 15))]


def test_a_fee_in_advance_is_planned_on_the_first_day_of_its_period() -> None:
    """A retainer's is planned on the last, since its hours are known then."""
    in_advance = billing_plan(SUBSCRIPTION)[1]
    in_arrears = billing_plan(RETAINER)[1]

    assert (in_advance.start, in_advance.planned_date) == (date(2026, 10, 1), date(2026, 10, 1))
    assert (in_arrears.start, in_arrears.planned_date) == (date(2026, 10, 1), date(2026, 10, 31))


def test_a_milestone_is_billed_at_its_amount_as_one_source() -> None:
    """What it took in hours does not matter."""
    prepared = prepare(due(FIXED, BillingKind.MILESTONE, entry("8"), milestone="M1"), HALF_UP)
    (line,) = prepared.billed

    assert told(prepared) == [(LineKind.MILESTONE, "40000.00")]
    assert line.line.milestone == "M1"
    assert [each.source_type for each in line.sources] == [SourceType.MILESTONE]


def test_a_milestone_waits_for_its_evidence() -> None:
    """Accepted is what can be shown; hours that nobody approved do not hold it."""
    held = entry("8", status=EntryStatus.HELD)

    assert reasons(due(FIXED, BillingKind.MILESTONE, held, milestone="M1")) == []
    assert reasons(due(FIXED, BillingKind.MILESTONE, milestone="M2")) == [
        "MILESTONE_EVIDENCE_MISSING"
    ]


def test_evidence_that_is_promised_and_has_not_come_is_missing() -> None:
    """A contract names the kind of certificate before there is one."""
    promised = replace(FIXED.milestones[0], evidence=Evidence("acceptance_certificate"))
    agreed = replace(FIXED, milestones=(promised,))

    assert reasons(due(agreed, BillingKind.MILESTONE, milestone="M1")) == [
        "MILESTONE_EVIDENCE_MISSING"
    ]


def test_a_retainer_bills_its_fee_and_the_hours_beyond_those_included() -> None:
    """Twelve hours where ten are included."""
    worked = (entry("8", number=1), entry("4", number=2))
    prepared = prepare(due(RETAINER, BillingKind.RETAINER, *worked), HALF_UP)
    overage = prepared.billed[1]

    assert told(prepared) == [(LineKind.RETAINER, "10000.00"), (LineKind.OVERAGE, "300.00")]
    assert overage.line.quantity == 2
    assert [(each.source_id, each.quantity) for each in overage.sources] == [
        (worked[1].id, Decimal(2))
    ]


def test_hours_within_those_included_bill_nothing_more() -> None:
    """Exactly ten are ten."""
    prepared = prepare(due(RETAINER, BillingKind.RETAINER, entry("10")), HALF_UP)

    assert told(prepared) == [(LineKind.RETAINER, "10000.00")]


@pytest.mark.parametrize(
    ("agreed", "kind", "expected"),
    [
        (RETAINER, BillingKind.RETAINER, ["TIME_NOT_APPROVED", "TIMESHEET_MISSING"]),
        (SUBSCRIPTION, BillingKind.SUBSCRIPTION, []),
    ],
)
def test_only_what_is_billed_by_time_waits_for_time(
    agreed: Contract, kind: BillingKind, expected: list[str]
) -> None:
    """A fee in advance cannot wait for the hours of its period."""
    found = due(agreed, kind, entry("8", status=EntryStatus.SUBMITTED))
    found = replace(found, timesheets=(week("E1", submitted=False),))

    assert reasons(found) == expected


def test_a_part_of_a_month_bills_its_share_of_the_months_days() -> None:
    """Ten of October's 31 days."""
    found = due(SUBSCRIPTION, BillingKind.SUBSCRIPTION)
    found = replace(found, event=replace(found.event, period_start=date(2026, 10, 22)))

    assert told(prepare(found, HALF_UP)) == [(LineKind.SUBSCRIPTION, "1000.00")]


@pytest.mark.parametrize(
    ("agreed", "code"),
    [
        (replace(FIXED, milestones=()), "CONTRACT_INCOMPLETE"),
        (replace(FIXED, total_value=Money.of("99999", "USD")), "PLAN_SUM_MISMATCH"),
        (replace(RETAINER, recurring=None), "CONTRACT_INCOMPLETE"),
        (replace(SUBSCRIPTION, recurring=None), "CONTRACT_INCOMPLETE"),
    ],
)
def test_each_way_of_billing_needs_its_own_terms(agreed: Contract, code: str) -> None:
    """A plan that does not sum up to the price stops at a person."""
    sold = agreement(sold="100000")
    opportunity = replace(sold.opportunity, rates=())
    found = gaps(replace(sold, opportunity=opportunity, contract=agreed))

    assert code in [each.code for each in found]


def test_the_contracts_own_planned_cost_is_the_budgets() -> None:
    """Nobody's rates are asked for then."""
    agreed = replace(FIXED, planned_cost=Money.of("65000", "USD"))
    drawn = budget(replace(agreement(), contract=agreed), [])

    assert drawn is not None
    assert (drawn.cost.amount, drawn.margin) == ("65000.00", Decimal("0.3500"))


def test_without_rates_the_price_is_spread_over_people_at_their_list_rates() -> None:
    """Half of the list rate is half of the price."""
    person = replace(resource("Consultant", "50"), list_rate=Price("100", "USD"))
    drawn = budget(replace(agreement(), contract=replace(FIXED, planned_cost=None)), [person])

    assert drawn is not None
    assert drawn.cost.amount == "50000.00"

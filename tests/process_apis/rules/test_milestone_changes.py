"""A milestone that moves brings consequences, each judged by itself."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from process_apis.change_requests.consequences.days import fiscal_quarter, fiscal_year
from process_apis.change_requests.consequences.facts import MilestoneFacts
from process_apis.change_requests.consequences.milestone import milestone_plan
from process_apis.change_requests.records import Action, MilestonePlan, OverAllocation
from process_apis.project_to_cash.records import GIVEN_UP, EventStatus
from system_apis.canonical.contracts import PurchaseOrderReference
from system_apis.canonical.revenue import RevenueMethod
from tests.process_apis.changing import (
    COMPANY,
    JUDGED,
    PLANNED,
    TODAY,
    booked,
    eur,
    moved_to,
    ordered,
    period,
)

LATER = date(2026, 12, 18)
ARRIVED = datetime(2026, 10, 1, tzinfo=UTC)


def plan(facts: MilestoneFacts) -> MilestonePlan:
    """Return the plan of some facts."""
    return milestone_plan(facts, JUDGED)


def codes(found: MilestonePlan) -> dict[str, Action]:
    """Return what happens, and how."""
    return {each.code: each.action for each in found.consequences}


def test_cash_of_a_late_milestone_comes_with_its_tax_in_the_next_fiscal_year() -> None:
    """Thirty days after 18 December is in January."""
    figures = plan(moved_to(LATER)).figures

    assert (figures.net, figures.gross) == (eur("48000"), eur("57120"))
    assert (figures.due_before, figures.due_after) == (date(2026, 12, 30), date(2027, 1, 17))
    assert figures.cash_crosses_fiscal_year
    assert figures.cash_crosses_quarter


def test_fiscal_year_is_the_firms_own() -> None:
    """Where the year begins in April, December and January are of one year and two quarters."""
    figures = plan(replace(moved_to(LATER), fiscal_year_start="04-01")).figures

    assert not figures.cash_crosses_fiscal_year
    assert fiscal_year(date(2027, 1, 17), "04-01") == date(2026, 4, 1)
    assert fiscal_quarter(date(2027, 1, 17), "04-01") == (date(2026, 4, 1), 3)


def test_effort_earns_the_same_whatever_the_plan_says() -> None:
    """By cost nothing changes to date; by deliveries the amount is earned in another month."""
    by_cost = plan(moved_to(LATER)).figures
    by_output = plan(replace(moved_to(LATER), method=RevenueMethod.OUTPUT_MILESTONE)).figures

    assert (by_cost.revenue_to_date_change, by_cost.revenue_moved) == (eur("0"), eur("0"))
    assert (by_output.revenue_to_date_change, by_output.revenue_moved) == (eur("0"), eur("48000"))


def test_a_longer_term_earns_less_by_each_of_its_days() -> None:
    """31 of 123 days were earned; of 151 days they are worth less."""
    facts = replace(moved_to(date(2027, 2, 28)), method=RevenueMethod.STRAIGHT_LINE)
    figures = plan(facts).figures

    assert figures.revenue_to_date_change == eur("-5608.14")
    assert codes(plan(facts))["BEYOND_THE_CONTRACT"] is Action.BLOCKED


def test_working_days_are_those_of_the_company() -> None:
    """Fourteen days from 30 November to 18 December, but for a holiday among them."""
    closed = replace(COMPANY, holidays=(date(2026, 12, 8),))

    assert plan(moved_to(LATER)).figures.working_days_added == 14
    assert plan(replace(moved_to(LATER), company=closed)).figures.working_days_added == 13
    assert plan(moved_to(date(2026, 11, 27))).figures.working_days_added == -1


def test_who_works_longer_is_over_allocated_from_the_day_another_booking_begins() -> None:
    """80 % that go on and 50 % that begin on 7 December are 130 %."""
    ours = booked("E202", "80", date(2026, 11, 1), PLANNED, ends_with="M2")
    next_one = booked("E202", "50", date(2026, 12, 7), date(2027, 2, 26), project="OPP-42")
    ended = booked("E202", "20", date(2026, 11, 1), PLANNED, project="P-2002")
    found = plan(replace(moved_to(LATER), bookings=(ours, next_one, ended)))

    assert found.figures.over_allocated == (
        OverAllocation(employee="E202", percent=Decimal(130), start=date(2026, 12, 7), end=LATER),
    )
    assert codes(found)["BOOKING_EXTENDED"] is Action.APPROVAL
    assert "resource_manager" in found.approvers


def test_a_booking_that_names_another_milestone_does_not_go_on() -> None:
    """A booking without a name ends with the milestone of its last day."""
    other = booked("E201", "80", date(2026, 11, 1), PLANNED, ends_with="M3")
    unnamed = booked("E203", "80", date(2026, 11, 1), PLANNED)
    found = plan(replace(moved_to(LATER), bookings=(other, unnamed)))

    longer = [each.subject for each in found.consequences if each.code == "BOOKING_EXTENDED"]
    assert longer == ["E203"]


def test_leave_in_the_days_that_come_on_top_is_told() -> None:
    """Who is away then is named with the day."""
    ours = booked("E202", "80", date(2026, 11, 1), PLANNED)
    away = (("E202", date(2026, 12, 3)), ("E202", PLANNED), ("E999", date(2026, 12, 3)))
    found = plan(replace(moved_to(LATER), bookings=(ours,), away=away))

    assert [each.before for each in found.consequences if each.code == "AWAY"] == [
        date(2026, 12, 3)
    ]


def test_an_order_gets_the_hours_that_it_lacks_and_a_new_approval_above_a_tenth() -> None:
    """Sixty hours are needed and twenty are left: forty more at 70 are 40 % on top."""
    [order] = plan(replace(moved_to(LATER, hours="60"), orders=(ordered(),))).figures.orders

    assert (order.hours_left, order.hours_added) == (Decimal(20), Decimal(40))
    assert (order.amount_added, order.total_after) == (eur("2800"), eur("9800"))
    assert order.change_pct == Decimal("0.4000")
    assert order.needs_reapproval
    assert order.approvers == ("project_manager", "procurement")
    assert (order.end_before, order.end_after) == (PLANNED, LATER)


def test_a_tenth_more_in_the_same_tier_needs_no_new_approval() -> None:
    """Ten hours of a hundred are a tenth and not more; only the days and hours are revised."""
    [order] = plan(replace(moved_to(LATER, hours="30"), orders=(ordered(),))).figures.orders

    assert order.change_pct == Decimal("0.1000")
    assert not order.needs_reapproval


def test_another_tier_needs_a_new_approval_however_small_the_change() -> None:
    """4,990.00 in the reporting currency and 70 more are in the next tier."""
    small = replace(ordered(quantity="71", worked="71"), rate_of_currency=Decimal(1))
    [order] = plan(replace(moved_to(LATER, hours="1"), orders=(small,))).figures.orders

    assert order.change_pct == Decimal("0.0141")
    assert order.needs_reapproval


def test_without_hours_only_the_days_of_an_order_change() -> None:
    """Nobody said that contractors need more."""
    [order] = plan(replace(moved_to(LATER), orders=(ordered(),))).figures.orders

    assert (order.hours_added, order.amount_added) == (Decimal(0), eur("0"))
    assert not order.needs_reapproval


def test_an_order_of_a_client_that_ends_before_is_to_be_prolonged() -> None:
    """Otherwise the invoice would stop at it (B03)."""
    facts = moved_to(LATER)
    order = PurchaseOrderReference("PO-1", eur("120000"), date(2026, 12, 1), ARRIVED)
    agreed = replace(facts.contract, purchase_order_required=True, purchase_orders=(order,))

    assert "CLIENT_ORDER_ENDS_BEFORE" in codes(plan(replace(facts, contract=agreed)))
    assert "CLIENT_ORDER_ENDS_BEFORE" not in codes(plan(facts))


def test_ten_days_in_one_period_apply_by_themselves_and_eleven_do_not() -> None:
    """An event that is not invoiced may move a little where nothing is in its way [P]."""
    near = replace(moved_to(date(2026, 11, 20)), period_after=period(PLANNED))
    far = replace(moved_to(date(2026, 11, 19)), period_after=period(PLANNED))
    next_month = moved_to(date(2026, 12, 1))

    assert plan(near).applies_by_itself
    assert not plan(far).applies_by_itself
    assert not plan(next_month).applies_by_itself


@pytest.mark.parametrize("status", [EventStatus.INVOICED, *sorted(GIVEN_UP)])
def test_what_is_invoiced_never_moves(status: EventStatus) -> None:
    """The plan is kept back, and says what else can be done."""
    facts = moved_to(LATER)
    assert facts.event is not None
    found = plan(replace(facts, event=replace(facts.event, status=status)))

    assert codes(found)["INVOICED_ALREADY"] is Action.BLOCKED
    assert "CASH_MOVES" not in codes(found)


def test_another_amount_is_a_change_request() -> None:
    """The milestones must come to the price."""
    facts = moved_to(LATER)
    found = plan(replace(facts, asked=replace(facts.asked, amount=eur("50000"))))

    assert codes(found)["PLAN_SUM_MISMATCH"] is Action.BLOCKED


def test_notice_is_as_agreed_and_else_as_usual() -> None:
    """A contract may name the working days itself."""
    facts = moved_to(LATER)
    silent = replace(facts, contract=replace(facts.contract, notice_business_days=None))
    strict = replace(facts, contract=replace(facts.contract, notice_business_days=20))

    assert plan(silent).figures.client_notice_business_days == 5
    assert plan(strict).figures.client_notice_business_days == 20
    assert codes(plan(facts))["CLIENT_TOLD"] is Action.AUTO


@given(days=st.integers(-40, 60))
def test_nothing_applies_by_itself_that_somebody_must_approve(days: int) -> None:
    """Whatever the date, a plan applies by itself only if nobody is named in it."""
    found = plan(moved_to(PLANNED + timedelta(days=days)))

    assert found.applies_by_itself == (
        not found.approvers and Action.BLOCKED not in codes(found).values()
    )
    assert found.as_of == TODAY

"""A change request is told to the cent before it is applied."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from process_apis.change_requests.consequences.contract import change_plan
from process_apis.change_requests.consequences.facts import ChangeFacts
from process_apis.change_requests.consequences.modification import change_figures
from process_apis.change_requests.consequences.work import work
from process_apis.change_requests.records import Action, ForecastMargins
from process_apis.revenue.terms import RevenueTerms
from system_apis.canonical.changes import (
    ChangeDeltas,
    MilestoneChange,
    ModificationAccounting,
    RoleHours,
)
from system_apis.canonical.money import Money
from system_apis.canonical.revenue import RevenueMethod
from tests.process_apis.changing import JUDGED, PLANNED, TODAY, changed, earning, eur

CR_1 = changed(ChangeDeltas(price=eur("20000"), cost=eur("11750")))


def codes(facts: ChangeFacts) -> dict[str, Action]:
    """Return what happens, and how."""
    return {each.code: each.action for each in change_plan(facts, JUDGED).consequences}


def test_what_is_not_distinct_catches_up_at_once() -> None:
    """17.3889 % of 140,000 is 344.44 more than a fifth of 120,000."""
    figures = change_figures(CR_1)

    assert figures.price_after == eur("140000")
    assert figures.percent_complete_after == Decimal("0.173889")
    assert figures.cumulative_revenue_after == eur("24344.44")
    assert figures.catch_up == eur("344.44")
    assert figures.contract_liability_after == eur("11655.56")
    assert figures.contract_asset_after == eur("0")


def test_margins_are_forecast_before_and_after() -> None:
    """78,250 of 120,000 leave 41,750; 90,000 of 140,000 leave 50,000."""
    forecast = change_figures(CR_1).forecast

    assert isinstance(forecast, ForecastMargins)
    assert (forecast.margin_before, forecast.margin_after) == (eur("41750"), eur("50000"))
    assert (forecast.margin_pct_before, forecast.margin_pct_after) == (
        Decimal("0.3479"),
        Decimal("0.3571"),
    )


def test_what_no_milestone_takes_up_is_billed_by_itself() -> None:
    """The milestones stay as they are, and the change is an item of its own."""
    after = change_figures(CR_1).invoice_plan_after

    assert [(each.id, each.amount) for each in after] == [
        ("M1", eur("36000")),
        ("M2", eur("48000")),
        ("M3", eur("36000")),
        ("CR-1", eur("20000")),
    ]


def test_a_milestone_may_take_the_change_up() -> None:
    """Then nothing is billed beside them."""
    more = MilestoneChange(number="M3", amount=eur("56000"))
    after = change_figures(
        changed(ChangeDeltas(price=eur("20000"), milestones=(more,)))
    ).invoice_plan_after

    assert [(each.id, each.amount.amount) for each in after] == [
        ("M1", "36000.00"),
        ("M2", "48000.00"),
        ("M3", "56000.00"),
    ]


def test_a_milestone_may_come_to_nothing() -> None:
    """An amount of nothing is an amount: the milestone falls away, and the rest is billed."""
    gone = MilestoneChange(number="M3", amount=eur("0"))
    facts = changed(ChangeDeltas(price=eur("-36000"), milestones=(gone,)))

    assert [each.amount.amount for each in change_figures(facts).invoice_plan_after] == [
        "36000.00",
        "48000.00",
        "0.00",
    ]


def test_a_cap_and_a_price_may_fall_to_nothing() -> None:
    """The cap is then nothing, and the head of delivery is asked about a price of nothing."""
    facts = changed(ChangeDeltas(price=eur("-120000"), cap=eur("0")))

    assert change_figures(facts).cap_after == eur("0")
    assert "line_manager" in change_plan(facts, JUDGED).approvers


def test_what_is_invoiced_never_changes() -> None:
    """A change to the first milestone is kept back, and its amount stays."""
    less = MilestoneChange(number="M1", amount=eur("30000"))
    facts = changed(ChangeDeltas(price=eur("20000"), milestones=(less,)))

    assert codes(facts)["INVOICED_ALREADY"] is Action.BLOCKED
    assert change_figures(facts).invoice_plan_after[0].amount == eur("36000")


def test_milestones_that_do_not_come_to_the_price_are_kept_back() -> None:
    """Another amount without another price is no plan."""
    more = MilestoneChange(number="M2", amount=eur("50000"))

    assert codes(changed(ChangeDeltas(milestones=(more,))))["PLAN_SUM_MISMATCH"] is Action.BLOCKED
    assert "PLAN_SUM_MISMATCH" not in codes(CR_1)


def test_a_contract_of_its_own_asks_no_finance_and_catches_nothing_up() -> None:
    """What is distinct and at its own price leaves the other revenue as it is."""
    deltas = ChangeDeltas(price=eur("20000"), cost=eur("11750"))
    apart = changed(deltas, treatment=ModificationAccounting.SEPARATE_CONTRACT)
    later = changed(deltas, treatment=ModificationAccounting.PROSPECTIVE)

    assert change_figures(apart).catch_up == eur("0")
    assert change_figures(later).catch_up == eur("0")
    assert "finance" not in change_plan(apart, JUDGED).approvers
    assert "finance" in change_plan(later, JUDGED).approvers


def test_a_change_nobody_judged_is_told_as_one_that_is_not_distinct() -> None:
    """Finance is asked to say it."""
    facts = changed(ChangeDeltas(price=eur("20000"), cost=eur("11750")), treatment=None)

    assert change_figures(facts).catch_up == eur("344.44")
    assert codes(facts)["TREATMENT_TO_BE_SAID"] is Action.APPROVAL


def test_head_of_delivery_is_asked_above_a_tenth_of_the_price() -> None:
    """12,000 of 120,000 is a tenth and not more."""
    tenth = changed(ChangeDeltas(price=eur("12000"), cost=eur("5000")))
    more = changed(ChangeDeltas(price=eur("12000.01"), cost=eur("5000")))

    assert "line_manager" not in change_plan(tenth, JUDGED).approvers
    assert "line_manager" in change_plan(more, JUDGED).approvers


def test_head_of_delivery_is_asked_when_the_margin_falls_by_more_than_two_points() -> None:
    """From 34.79 % to 32.79 % is two points and not more."""
    two = changed(ChangeDeltas(cost=eur("2402")))
    more = changed(ChangeDeltas(cost=eur("2412")))

    assert "line_manager" not in change_plan(two, JUDGED).approvers
    assert "line_manager" in change_plan(more, JUDGED).approvers


def test_the_client_signs_last() -> None:
    """After everybody within the firm."""
    assert change_plan(CR_1, JUDGED).approvers == (
        "project_manager",
        "line_manager",
        "finance",
        "client",
    )


def test_hours_and_dates_are_told_as_well() -> None:
    """Hours by role are for who plans people, and another date moves a bill."""
    deltas = ChangeDeltas(
        hours_by_role=(RoleHours("Consultant", Decimal(40)), RoleHours("Lead", Decimal(-8))),
        milestones=(MilestoneChange(number="M2", planned_date=date(2026, 12, 18)),),
    )
    found = change_plan(changed(deltas), JUDGED)
    moved = next(each for each in found.consequences if each.code == "BILL_CHANGED")

    assert {"HOURS_ADDED", "HOURS_DROPPED"} <= set(codes(changed(deltas)))
    assert (moved.before, moved.after) == (PLANNED, date(2026, 12, 18))
    assert found.figures.catch_up == eur("0")


def test_a_contract_without_a_price_is_changed_without_revenue() -> None:
    """Work that is billed as it is done catches nothing up."""
    facts = changed(ChangeDeltas(cap=eur("90000")))
    billed = replace(earning(facts.contract), method=RevenueMethod.RIGHT_TO_INVOICE, price=None)
    done = work(replace(billed, estimate=None), TODAY, RevenueTerms(), facts.request)
    figures = change_figures(replace(facts, work=done))

    assert (figures.price_after, figures.cap_after) == (None, eur("90000"))
    assert (figures.catch_up, figures.forecast) == (eur("0"), None)


@given(price=st.integers(-80_000, 200_000), cost=st.integers(-60_000, 200_000))
def test_the_plan_always_comes_to_the_price_and_revenue_never_beyond_it(
    price: int, cost: int
) -> None:
    """Whatever changes, the bills add up, and what is earned is not above the price."""
    more = eur(str(price)) if price else None
    deltas = ChangeDeltas(price=more, cost=eur(str(cost)))
    figures = change_figures(changed(deltas))
    total = Money.total((each.amount for each in figures.invoice_plan_after), "EUR")

    assert figures.price_after == total
    assert figures.price_after is not None
    assert figures.cumulative_revenue_after <= figures.price_after
    assert figures.contract_asset_after - figures.contract_liability_after == (
        figures.cumulative_revenue_after - eur("36000")
    )

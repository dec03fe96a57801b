"""What a project opens with: its billing plan, its budget and its template."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from process_apis.opportunity_to_project.rules import billing_plan, budget, choose_template
from system_apis.canonical.contracts import BillingModel, MilestoneTerms
from system_apis.canonical.delivery import ProjectTemplate
from system_apis.canonical.money import Money
from tests.process_apis.billing_facts import contract
from tests.process_apis.rules.agreements import agreement, resource


def _plan(first: date, last: date, billed_until: date | None = None) -> list[tuple[str, str]]:
    agreed = replace(contract(), effective_from=first, effective_to=last, billed_until=billed_until)
    plan = billing_plan(agreed)
    assert all(each.planned_date == each.end for each in plan)
    return [(str(each.start), str(each.end)) for each in plan]


def test_months_are_billed_on_their_last_day() -> None:
    """Months of 31, 30 and 28 days alike."""
    assert _plan(date(2026, 12, 1), date(2027, 4, 30)) == [
        ("2026-12-01", "2026-12-31"),
        ("2027-01-01", "2027-01-31"),
        ("2027-02-01", "2027-02-28"),
        ("2027-03-01", "2027-03-31"),
        ("2027-04-01", "2027-04-30"),
    ]


def test_a_leap_years_february_has_its_29th() -> None:
    """A contract that begins on the 29th is billed on that day."""
    assert _plan(date(2028, 2, 29), date(2028, 3, 1)) == [
        ("2028-02-29", "2028-02-29"),
        ("2028-03-01", "2028-03-01"),
    ]


def test_broken_months_are_billed_from_the_first_to_the_last_day_of_the_contract() -> None:
    """A contract may begin and end within a month."""
    assert _plan(date(2026, 10, 15), date(2026, 11, 10)) == [
        ("2026-10-15", "2026-10-31"),
        ("2026-11-01", "2026-11-10"),
    ]


@pytest.mark.parametrize("day", [date(2026, 10, 1), date(2026, 10, 17), date(2026, 10, 31)])
def test_a_contract_of_one_day_is_billed_on_that_day(day: date) -> None:
    """Wherever in the month it is."""
    assert _plan(day, day) == [(str(day), str(day))]


@pytest.mark.parametrize(
    ("billed_until", "first"),
    [
        (None, "2026-09-01"),
        (date(2026, 8, 31), "2026-09-01"),
        (date(2026, 9, 1), "2026-09-02"),
        (date(2026, 9, 30), "2026-10-01"),
        (date(2026, 10, 15), "2026-10-16"),
    ],
)
def test_what_was_billed_before_is_not_planned_again(billed_until: date | None, first: str) -> None:
    """The opening balance ends on a day, and the plan begins on the next."""
    plan = _plan(date(2026, 9, 1), date(2026, 12, 31), billed_until)

    assert (plan[0][0], plan[-1][1]) == (first, "2026-12-31")


@pytest.mark.parametrize("billed_until", [date(2026, 12, 31), date(2027, 6, 30)])
def test_a_contract_that_was_billed_whole_has_no_plan(billed_until: date) -> None:
    """There is nothing left to bill."""
    assert _plan(date(2026, 9, 1), date(2026, 12, 31), billed_until) == []


@settings(max_examples=150, deadline=None, database=None)
@given(
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.integers(0, 800),
    st.none() | st.dates(date(2023, 1, 1), date(2032, 12, 31)),
)
def test_a_plan_covers_every_day_of_a_contract_once(
    first: date, length: int, billed_until: date | None
) -> None:
    """No day is billed twice, none is left out, and no period crosses a month's end."""
    last = first + timedelta(days=length)
    agreed = replace(contract(), effective_from=first, effective_to=last, billed_until=billed_until)

    planned = [
        each.start + timedelta(days=day)
        for each in billing_plan(agreed)
        for day in range((each.end - each.start).days + 1)
    ]

    begins = max(first, billed_until + timedelta(days=1)) if billed_until else first
    assert planned == [begins + timedelta(days=day) for day in range((last - begins).days + 1)]
    assert all(
        (each.start.month, each.start.year) == (each.end.month, each.end.year)
        for each in billing_plan(agreed)
    )


def test_a_budget_is_the_contracts_price_and_the_average_cost_of_its_roles() -> None:
    """Two consultants at 40 and 60 cost 50 an hour; roles of other contracts do not count."""
    people = [
        resource("Principal", "170"),
        resource("Consultant", "40"),
        resource("Consultant", "60"),
        resource("Stranger", "999"),
    ]

    drawn = budget(agreement(), people)

    assert drawn is not None
    assert (drawn.price, drawn.cost) == (Money("80000.00", "USD"), Money("40000.00", "USD"))
    assert drawn.margin == Decimal("0.5")


@pytest.mark.parametrize(
    ("cost", "margin"), [("308", "0.3000"), ("308.066", "0.2999"), ("308.1", "0.2998")]
)
def test_a_margin_has_four_decimals(cost: str, margin: str) -> None:
    """Figures of our own are rounded half up: 0.29985 is 0.2999."""
    half = str(Decimal(cost) / 2)

    drawn = budget(agreement(), [resource("Principal", half), resource("Consultant", half)])

    assert drawn is not None
    assert drawn.margin == Decimal(margin)


def test_a_deal_without_a_price_in_its_contract_is_planned_for_what_was_sold() -> None:
    """The CRM's amount stands in."""
    people = [resource("Principal", "110"), resource("Consultant", "60")]

    drawn = budget(agreement(sold="12345.67", cap=None), people)

    assert drawn is not None
    assert drawn.price == Money("12345.67", "USD")


def test_there_is_no_budget_while_nobody_can_do_a_role() -> None:
    """A cost that is not known is not guessed."""
    assert budget(agreement(), [resource("Principal", "110")]) is None
    assert budget(agreement(), []) is None


def test_the_newest_template_of_the_billing_model_is_chosen() -> None:
    """Templates of other models do not count, however new they are."""
    ours, others = BillingModel.TIME_AND_MATERIALS, BillingModel.RETAINER
    templates = [_template("A", 2, ours), _template("B", 1, ours), _template("C", 9, others)]

    assert choose_template(contract(), templates) == templates[0]
    assert choose_template(contract(), templates[2:]) is None


def _template(code: str, version: int, model: BillingModel) -> ProjectTemplate:
    return ProjectTemplate(code, version, model, ("Deliver",), ())


def test_a_milestone_of_before_is_not_billed_again() -> None:
    """What was planned until the day that is billed already is left out."""
    milestones = tuple(
        MilestoneTerms(number, Money.of("10", "USD"), planned_date=on)
        for number, on in (("M1", date(2026, 9, 30)), ("M2", date(2026, 10, 1)))
    )
    agreed = replace(
        contract(),
        billing_model=BillingModel.FIXED_FEE,
        milestones=milestones,
        billed_until=date(2026, 9, 30),
    )

    assert [each.milestone for each in billing_plan(agreed)] == ["M2"]

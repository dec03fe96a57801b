"""Who is asked about time and expenses, who stands in, and how a question goes on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from process_apis.time_and_expense.records import (
    Delegation,
    EntryWish,
    ExpenseWish,
    PolicyFinding,
    Severity,
)
from process_apis.time_and_expense.rules.escalation import (
    Level,
    business_hours,
    due_at,
    level_of,
    managers_manager,
)
from process_apis.time_and_expense.rules.routing import Around, Asked, Worth, route, stands_in
from process_apis.time_and_expense.rules.terms import RoutingTerms
from tests.process_apis.billing_facts import id_of
from tests.process_apis.working_facts import DE, TUESDAY, US, hours, spent

WORTH = Worth("USD", {"EUR": Decimal("1.10")})
TERMS = RoutingTerms()
AROUND = Around(
    employee="E1", country="US", line_manager="LM", project_manager="PM", handed_in_by="E1"
)
HELD = PolicyFinding(code="T02", name="X", severity=Severity.HOLD, reason="long", remedy="rest")
FRIDAY_NOON = datetime(2026, 10, 16, 16, tzinfo=UTC)


def asked(wish: EntryWish | ExpenseWish, *found: PolicyFinding, around: Around = AROUND) -> Asked:
    """Return who is asked about what a person hands in."""
    return route(wish, found, around, WORTH, TERMS)


@pytest.mark.parametrize(
    ("wish", "found", "roles", "person"),
    [
        (hours(), (), ("project_manager",), "PM"),
        (hours(), (replace(HELD, severity=Severity.WARN),), ("project_manager",), "PM"),
        (hours(), (HELD,), ("line_manager",), "LM"),
        (spent(amount="500.00"), (), ("line_manager",), "LM"),
        (spent(amount="500.01"), (), ("line_manager", "project_manager"), "LM"),
        (spent(amount="5000.00"), (HELD,), ("line_manager", "project_manager"), "LM"),
        (spent(amount="5000.01"), (), ("line_manager", "project_manager", "finance"), "LM"),
        (spent(amount="454.54", currency="EUR"), (), ("line_manager",), "LM"),
        (spent(amount="454.55", currency="EUR"), (), ("line_manager", "project_manager"), "LM"),
        (spent(amount="1", currency="JPY"), (), ("line_manager", "project_manager", "finance"),
         "LM"),
    ],
)  # fmt: skip
def test_findings_then_the_amount_say_who_is_asked(
    wish: EntryWish | ExpenseWish,
    found: tuple[PolicyFinding, ...],
    roles: tuple[str, ...],
    person: str,
) -> None:
    """In the reporting currency; of a currency without a rate everybody is asked."""
    assert asked(wish, *found) == Asked(roles, person)


def test_a_region_may_ask_others_besides() -> None:
    """Nobody of the list is left out for it, and nobody is asked twice."""
    terms = replace(TERMS, also_in={"US": ("finance", "project_manager")})

    assert route(hours(), (), AROUND, WORTH, terms).roles == ("project_manager", "finance")
    assert route(hours(), (), replace(AROUND, country="DE"), WORTH, terms).roles == (
        "project_manager",
    )


def test_nobody_is_asked_about_their_own() -> None:
    """A project manager's hours are their line manager's to judge; who hands in for others too."""
    own = replace(AROUND, employee="PM")
    for_another = replace(AROUND, handed_in_by="PM")
    led_by_self = replace(AROUND, employee="LM")

    assert asked(hours(), around=own) == Asked(("line_manager",), "LM")
    assert asked(hours(), around=for_another) == Asked(("line_manager",), "LM")
    assert asked(hours(), HELD, around=led_by_self) == Asked(("line_manager",), None)


def test_a_delegate_stands_in_on_their_days_and_never_for_themselves() -> None:
    """Whose hours they are may not decide about them by a delegation either."""
    told = Delegation(
        id=id_of("dl"),
        legal_entity="US",
        person="PM",
        delegate="X",
        start=TUESDAY,
        end=TUESDAY,
    )

    assert stands_in("PM", ["E1"], [told], TUESDAY) == "X"
    assert stands_in("PM", ["E1"], [told], date(2026, 10, 21)) == "PM"
    assert stands_in("PM", ["X"], [told], TUESDAY) == "PM"
    assert stands_in("LM", ["E1"], [told], TUESDAY) == "LM"
    assert stands_in(None, ["E1"], [told], TUESDAY) is None


def test_sd_03_no_ring_of_delegations_leads_back_to_whose_row_it_is() -> None:
    """Who stands in has nobody stand in for them, and a ring of three ends at the first."""
    ring = [
        Delegation(
            id=id_of("dl", place),
            legal_entity="US",
            person=person,
            delegate=delegate,
            start=TUESDAY,
            end=TUESDAY,
        )
        for place, (person, delegate) in enumerate([("PM", "X"), ("X", "E1"), ("E1", "PM")])
    ]

    assert stands_in("PM", ["E1"], ring, TUESDAY) == "X"
    assert stands_in("X", ["E1"], ring, TUESDAY) == "X"
    assert stands_in("E1", ["PM"], ring, TUESDAY) == "E1"


def test_a_weekend_and_a_holiday_have_no_hours_of_business() -> None:
    """From Friday noon to Tuesday noon in New York are sixteen, and eight over a holiday."""
    tuesday_noon = datetime(2026, 10, 20, 16, tzinfo=UTC)
    monday_off = replace(US, holidays=(date(2026, 10, 19),))

    assert business_hours(FRIDAY_NOON, tuesday_noon, US) == 16
    assert business_hours(FRIDAY_NOON, tuesday_noon, monday_off) == 8
    assert business_hours(FRIDAY_NOON, FRIDAY_NOON, US) == 0


@given(
    st.integers(0, 730 * 24 * 60).map(lambda minutes: FRIDAY_NOON + timedelta(minutes=minutes)),
    st.decimals("0.25", "60", places=2),
    st.sampled_from([US, DE, replace(DE, hours_per_day=Decimal("7.5"))]),
)
def test_a_question_is_due_when_its_hours_have_gone_by(
    since: datetime, within: Decimal, company: object
) -> None:
    """Also over the nights on which clocks are changed, to the second."""
    due = due_at(since, within, company)  # type: ignore[arg-type]  # one of the two companies

    waited = business_hours(since, due, company)  # type: ignore[arg-type]  # likewise

    assert abs(waited - within) <= Decimal(2) / 3600


@pytest.mark.parametrize(
    ("waited", "level"),
    [
        ("11.9", Level.ASKED),
        ("12", Level.REMINDED),
        ("24", Level.ESCALATED),
        ("47.9", Level.ESCALATED),
        ("48", Level.FINANCE),
    ],
)
def test_a_question_goes_on_at_half_the_whole_and_twice_its_time(waited: str, level: Level) -> None:
    """Reminded, then asked of the manager's manager, then of finance operations."""
    assert level_of(Decimal(waited), Decimal(24), TERMS) is level


def test_the_managers_manager_is_nobody_who_is_concerned() -> None:
    """And nobody at all where the chart ends."""
    chart = {"E1": "E2", "E2": "E3"}

    assert managers_manager("E1", chart, ()) == "E3"
    assert managers_manager("E1", chart, {"E3"}) is None
    assert managers_manager("E2", chart, ()) is None

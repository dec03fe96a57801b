"""What the sandbox PSA refuses when an expense is entered."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.sandbox.firm import Expense, Trip
from system_apis.sandbox.psa.entry_check import accepted

DAY = date(2026, 10, 6)
FLIGHT = Expense(
    id="1",
    employee="E1",
    project="P",
    date=DAY,
    category="airfare",
    amount=Decimal(420),
    currency="USD",
    merchant="Air One",
    receipt="sha256:01",
)
TRIP = replace(
    FLIGHT, id="2", category="per_diem", merchant=None, receipt=None, trip=Trip(DAY, DAY)
)
MEAL = replace(
    FLIGHT, id="3", category="meal", merchant="Diner", amount=Decimal(31), receipt="sha256:03"
)


def _ids(*rows: Expense) -> list[str]:
    return [row.id for row in accepted(rows)]


def test_a_receipt_pays_once() -> None:
    """Even for another person, day and amount."""
    again = replace(FLIGHT, id="9", employee="E2", date=date(2026, 10, 9), amount=Decimal(1))

    assert _ids(FLIGHT, again) == ["1"]


def test_the_same_facts_without_a_receipt_pay_once() -> None:
    """Same person, day, merchant, amount and currency."""
    assert _ids(replace(FLIGHT, receipt=None), replace(FLIGHT, id="9", receipt=None)) == ["1"]


@pytest.mark.parametrize(
    "other",
    [
        replace(FLIGHT, id="9", receipt=None, employee="E2"),
        replace(FLIGHT, id="9", receipt=None, merchant="Air Two"),
        replace(FLIGHT, id="9", receipt=None, amount=Decimal(421)),
        replace(FLIGHT, id="9", receipt=None, currency="EUR"),
    ],
)
def test_another_fact_makes_another_expense(other: Expense) -> None:
    """Only the same is the same."""
    assert _ids(FLIGHT, other) == ["1", "9"]


def test_a_meal_of_a_day_that_a_per_diem_paid_is_refused() -> None:
    """Whichever was entered first; other people and days keep their meals."""
    elsewhere = replace(MEAL, id="4", employee="E2", receipt="sha256:04")
    later = replace(MEAL, id="5", date=date(2026, 10, 7), receipt="sha256:05")

    assert _ids(MEAL, TRIP, elsewhere, later) == ["2", "4", "5"]


def test_what_a_person_judged_was_let_in_for_that() -> None:
    """The rejection is the person's, not the check's."""
    judged = replace(MEAL, rejected_at=datetime(2026, 10, 29, tzinfo=UTC))

    assert _ids(TRIP, judged) == ["2", "3"]

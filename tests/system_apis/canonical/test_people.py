"""What people cost over time, and how good they are at something."""

from datetime import date

import pytest

from system_apis.canonical.money import Price
from system_apis.canonical.people import CostRate, EmployeeCost, EmployeeSkill, Skill

EMPLOYEE = "em_00000000000000000000000001"
FIRST, RAISE = date(2026, 1, 1), date(2026, 7, 1)
LOW, HIGH = Price("50.125", "KWD"), Price("60", "KWD")


def _cost(*rates: CostRate) -> EmployeeCost:
    return EmployeeCost(employee_id=EMPLOYEE, employee="A1", legal_entity="ONE", cost_rates=rates)


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (date(2025, 12, 31), None),
        (FIRST, LOW),
        (date(2026, 6, 30), LOW),
        (RAISE, HIGH),
        (date(2030, 1, 1), HIGH),
    ],
)
def test_an_hour_costs_what_the_interval_of_its_day_says(day: date, rate: Price | None) -> None:
    """From the first day, until the day before the next begins."""
    cost = _cost(CostRate(LOW, FIRST, RAISE), CostRate(HIGH, RAISE))

    assert cost.on(day) == rate


@pytest.mark.parametrize("end", [None, date(2026, 7, 2)])
def test_cost_rates_that_overlap_are_refused(end: date | None) -> None:
    """A day has one cost."""
    with pytest.raises(ValueError, match="overlap on 2026-07-01"):
        _cost(CostRate(LOW, FIRST, end), CostRate(HIGH, RAISE))


def test_a_cost_rate_holds_for_a_day_at_least() -> None:
    """An interval that ends when it begins is none."""
    with pytest.raises(ValueError, match="ends after"):
        CostRate(LOW, FIRST, FIRST)


@pytest.mark.parametrize("level", [0, 6])
def test_a_skills_level_is_on_the_scale(level: int) -> None:
    """From 1 to 5."""
    with pytest.raises(ValueError, match="1 to 5"):
        EmployeeSkill(
            employee_id=EMPLOYEE,
            employee="A1",
            legal_entity="ONE",
            skill=Skill("SQL", "SQL"),
            level=level,
        )

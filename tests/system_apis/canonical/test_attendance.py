"""The hours that calendars, leave and employment leave a person to work."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.canonical.attendance import (
    Holiday,
    HoursOff,
    TimeOff,
    Weekday,
    WorkCalendar,
    availability,
    days_of,
)
from system_apis.canonical.people import Employee, EmployeeStatus, EmploymentType
from system_apis.canonical.record import Source

SOURCE = Source("hr", "hr", "employee", "1")
WEEK = days_of(date(2026, 10, 12), date(2026, 10, 18))
ANA = Employee(
    id="em_00000000000000000000000001",
    number="A1",
    name="Ana",
    work_email="ana@firm.example",
    legal_entity="ONE",
    employment_type=EmploymentType.EMPLOYEE,
    status=EmployeeStatus.ACTIVE,
    hire_date=date(2020, 1, 1),
    role="Lead",
    weekly_hours=Decimal(40),
    fte=Decimal(1),
    source=SOURCE,
)
CALENDAR = WorkCalendar(
    id="cal_00000000000000000000000001",
    legal_entity="ONE",
    hours_per_day=Decimal(8),
    working_days=tuple(Weekday)[:5],
    holidays=(Holiday(date(2026, 10, 12), "Founders' day"),),
    source=SOURCE,
)


def _leave(day: int, hours: str, *, of: Employee = ANA) -> TimeOff:
    return TimeOff(
        id="to_00000000000000000000000001",
        employee_id=of.id,
        employee=of.number,
        legal_entity=of.legal_entity,
        leave_type="Vacation",
        days=(HoursOff(date(2026, 10, day), Decimal(hours)),),
        source=SOURCE,
    )


def _available(employee: Employee, *leave: TimeOff) -> list[str]:
    return [str(each.available_hours) for each in availability(employee, CALENDAR, leave, WEEK)]


def test_a_week_has_the_capacity_of_its_working_days_less_holidays_and_leave() -> None:
    """Monday is a holiday, Tuesday is away, half of Wednesday is."""
    days = availability(ANA, CALENDAR, [_leave(13, "8"), _leave(14, "4")], WEEK)

    assert [each.capacity_hours for each in days] == [8, 8, 8, 8, 8, 0, 0]
    assert [each.holiday_hours for each in days] == [8, 0, 0, 0, 0, 0, 0]
    assert [each.time_off_hours for each in days] == [0, 8, 4, 0, 0, 0, 0]
    assert [each.available_hours for each in days] == [0, 0, 4, 8, 8, 0, 0]


def test_leave_never_makes_a_day_less_than_nothing() -> None:
    """Leave on a holiday takes nothing, and two leaves on one day take no more than it has."""
    assert _available(ANA, _leave(12, "8"), _leave(13, "6"), _leave(13, "6"))[:2] == ["0.00"] * 2


def test_leave_of_another_person_takes_nothing() -> None:
    """Whoever is listed beside is not away."""
    ben = replace(ANA, id="em_00000000000000000000000002")

    assert _available(ANA, _leave(13, "8", of=ben))[1] == "8.00"


def test_part_of_a_week_is_part_of_each_day() -> None:
    """To a hundredth of an hour."""
    part = replace(ANA, fte=Decimal("0.333"))

    assert _available(part)[1:3] == ["2.66", "2.66"]


def test_nobody_works_before_the_first_day_or_after_the_last() -> None:
    """Both days are worked themselves."""
    short = replace(ANA, hire_date=date(2026, 10, 14), termination_date=date(2026, 10, 15))

    assert [each != "0" for each in _available(short)] == [False, False, True, True] + [False] * 3


def test_a_week_that_begins_on_sunday_is_the_calendars_to_say() -> None:
    """The working days are those of the calendar, not ours."""
    sunday = replace(CALENDAR, working_days=(Weekday.SUNDAY,), holidays=())

    assert [each.available_hours for each in availability(ANA, sunday, [], WEEK)] == [0] * 6 + [8]


@pytest.mark.parametrize(
    ("end", "said"), [(date(2026, 10, 11), "before"), (date(2027, 10, 13), "more than")]
)
def test_a_period_that_makes_no_sense_is_refused_by_name(end: date, said: str) -> None:
    """Backwards, or longer than a year."""
    with pytest.raises(ValueError, match=f"end: .*{said}"):
        days_of(WEEK[0], end)

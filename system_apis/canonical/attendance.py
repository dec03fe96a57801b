"""When the firm's people can work: calendars, time off, and the hours that these leave."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from governance.wrong_field import WrongField
from system_apis.canonical.people import Employee
from system_apis.canonical.record import Id, Source

LONGEST_PERIOD = timedelta(days=366)
_HOURS = Decimal("0.01")


class Weekday(IntEnum):
    """A day of the week, by its ISO 8601 number."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


class Holiday(Struct, frozen=True, forbid_unknown_fields=True):
    """A day on which a company does not work."""

    date: date
    name: str


class WorkCalendar(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a company works: so many hours on each of its weekdays that is no holiday."""

    id: Id
    legal_entity: str
    hours_per_day: Decimal
    working_days: tuple[Weekday, ...]
    holidays: tuple[Holiday, ...]
    source: Source
    version: int = 1


class HoursOff(Struct, frozen=True, forbid_unknown_fields=True):
    """The hours of one day that a person is away."""

    date: date
    hours: Decimal


# That somebody is away is for who plans; that they are ill is for who leads them.
LeaveType = Annotated[str | UnsetType, Meta(extra={"scope": "system:hr:read_leave_type"})]


class TimeOff(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Leave that was approved, by day."""

    id: Id
    employee_id: Id
    employee: str
    legal_entity: str
    business_unit: str | None = None
    leave_type: LeaveType = UNSET
    days: tuple[HoursOff, ...]
    source: Source
    version: int = 1


class Availability(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person can work on a day: capacity - holiday - time off, never less than nothing."""

    employee_id: Id
    employee: str
    legal_entity: str
    date: date
    capacity_hours: Decimal
    holiday_hours: Decimal
    time_off_hours: Decimal
    available_hours: Decimal


def require_order(start: date | None, end: date | None) -> None:
    """Raise `WrongField` for days that end before they start, where both are named."""
    if start and end and end < start:
        raise WrongField("end", "the days end before they start; exchange start and end")


def days_of(start: date, end: date) -> tuple[date, ...]:
    """Return the days of start..end, both included; at most a year of them.

    Raises `WrongField` for a period that ends before it begins, or is longer.
    """
    require_order(start, end)
    if end - start >= LONGEST_PERIOD:
        raise WrongField(
            "end", f"more than {LONGEST_PERIOD.days} days from the start; ask for fewer"
        )
    return tuple(start + timedelta(days=count) for count in range((end - start).days + 1))


def availability(
    employee: Employee, calendar: WorkCalendar, time_off: Iterable[TimeOff], days: Iterable[date]
) -> list[Availability]:
    """Return what a person can work on each of these days.

    Capacity is the company's hours of a working day (its calendar, from HR) times the person's
    `fte` (HR); nothing on other weekdays, before the hire date and after the termination date.
    A holiday of the calendar takes all of it; approved time off (HR) takes what it says, but
    not more than is left.
    """
    holidays = {each.date for each in calendar.holidays}
    away = _hours_off(employee, time_off)
    full = (calendar.hours_per_day * employee.fte).quantize(_HOURS, rounding=ROUND_HALF_UP)
    found = []
    for day in days:
        works = day.isoweekday() in calendar.working_days and employee.works_on(day)
        capacity = full if works else Decimal(0)
        holiday = capacity if day in holidays else Decimal(0)
        off = min(away.get(day, Decimal(0)), capacity - holiday)
        found.append(
            Availability(
                employee_id=employee.id,
                employee=employee.number,
                legal_entity=employee.legal_entity,
                date=day,
                capacity_hours=capacity,
                holiday_hours=holiday,
                time_off_hours=off,
                available_hours=capacity - holiday - off,
            )
        )
    return found


def _hours_off(employee: Employee, time_off: Iterable[TimeOff]) -> dict[date, Decimal]:
    """Return how long a person is away, by day; two leaves on one day add up."""
    away: dict[date, Decimal] = {}
    for leave in time_off:
        if leave.employee_id == employee.id:
            for day in leave.days:
                away[day.date] = away.get(day.date, Decimal(0)) + day.hours
    return away

"""When people are away and companies work, in BambooHR's words, and how to say the same in ours.

BambooHR's words: https://documentation.bamboohr.com/reference/time-off
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from system_apis.canonical.attendance import Holiday, HoursOff, TimeOff, Weekday, WorkCalendar
from system_apis.canonical.people import Employee
from system_apis.canonical.record import Source
from system_apis.hr.sandbox_records import Day, Row


class LeaveType(Struct, frozen=True):
    """Why a person is away."""

    name: str


class Amount(Struct, frozen=True):
    """What a request's numbers count; days are not hours, and no request of ours has them."""

    unit: Literal["hours"]


class TimeOffRequest(Row, frozen=True, rename="camel", kw_only=True):
    """A request for leave, with the hours of each of its days."""

    id: str
    type: LeaveType
    amount: Amount
    dates: dict[Day, Decimal]
    version: int

    def canonical(self, own: str, employee: Employee, instance: str) -> TimeOff:
        """Say the same in our words."""
        return TimeOff(
            id=own,
            employee_id=employee.id,
            employee=employee.number,
            legal_entity=employee.legal_entity,
            business_unit=employee.business_unit,
            leave_type=self.type.name,
            days=tuple(
                HoursOff(date.fromisoformat(day), hours)
                for day, hours in sorted(self.dates.items())
            ),
            source=Source("hr", instance, "time_off", self.id),
            version=self.version,
        )


class RedLetterDay(Struct, frozen=True):
    """A day on which a division does not work."""

    date: Day
    name: str


class WorkSchedule(Struct, frozen=True, rename="camel", kw_only=True):
    """When a division works."""

    id: str
    division: str
    hours_per_day: Decimal
    work_days: tuple[str, ...]
    holidays: tuple[RedLetterDay, ...]
    version: int
    last_changed: datetime

    def canonical(self, own: str, start: date, end: date, instance: str) -> WorkCalendar:
        """Say the same in our words, with the holidays of start..end."""
        holidays = [
            Holiday(date.fromisoformat(each.date), each.name)
            for each in sorted(self.holidays, key=lambda one: one.date)
        ]
        return WorkCalendar(
            id=own,
            legal_entity=self.division,
            hours_per_day=self.hours_per_day,
            working_days=tuple(sorted(Weekday[each.upper()] for each in self.work_days)),
            holidays=tuple(each for each in holidays if start <= each.date <= end),
            source=Source("hr", instance, "work_calendar", self.id, self.last_changed),
            version=self.version,
        )


class Schedules(Struct, frozen=True):
    """The work schedules of divisions."""

    schedules: list[WorkSchedule]

"""The leave that people take: asked for a month ahead, approved a week later.

The facts say how many hours somebody was away in the firm's month, not on which days: it was on
the working days on which they worked least, the earliest first.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from system_apis.sandbox import firm as facts
from system_apis.sandbox.books import Fact
from system_apis.sandbox.business_time import stamp
from system_apis.sandbox.hr.records import Amount, LeaveType, TimeOffRequest

_ASKED_AHEAD = timedelta(days=30)
_DECIDED_AFTER = timedelta(days=7)
_FIRST_WEEKEND_DAY = 5
_VACATION = LeaveType("1", "Vacation")
Day = tuple[date, Decimal]


def requests(firm: facts.Firm, person: facts.Employee, record: str) -> Iterator[Fact]:
    """Yield a person's requests for leave, each when it was made and when it was approved."""
    for count, days in enumerate(_stretches(_days_off(firm, person)), start=1):
        asked = facts.start_of(days[0][0]) - _ASKED_AHEAD
        request = TimeOffRequest(
            id=f"{record}-T{count}",
            employee_id=record,
            name=person.name,
            status="requested",
            status_changed=stamp(asked),
            start=days[0][0].isoformat(),
            end=days[-1][0].isoformat(),
            created=stamp(asked),
            type=_VACATION,
            amount=Amount("hours", sum((hours for _, hours in days), Decimal(0))),
            dates={day.isoformat(): hours for day, hours in days},
        )
        yield Fact(asked, "timeOffRequest", request.id, msgspec.json.encode(request))
        decided = asked + _DECIDED_AFTER
        approved = {"status": "approved", "statusChanged": stamp(decided)}
        yield Fact(decided, "timeOffRequest", request.id, msgspec.json.encode(approved))


def _days_off(firm: facts.Firm, person: facts.Employee) -> list[Day]:
    """Return the days on which a person was away, in order."""
    company = next(each for each in firm.entities if each.id == person.legal_entity)
    full, left, found = company.hours_per_day * person.fte, person.time_off_hours, list[Day]()
    worked = {day: Decimal(0) for day in _working_days(firm.period, company)}
    for entry in firm.time_entries:
        if entry.employee == person.id and entry.work_date in worked:
            worked[entry.work_date] += entry.hours
    for day in sorted(worked, key=lambda one: (worked[one], one)):
        if left <= 0 or full <= 0:
            break
        found.append((day, min(full, left)))
        left -= full
    return sorted(found)


def _working_days(period: facts.Period | None, company: facts.Entity) -> list[date]:
    """Return the days of the firm's month on which a company works."""
    if period is None:
        return []
    month = (period.end - period.start).days + 1
    days = [period.start + timedelta(days=count) for count in range(month)]
    return [
        day
        for day in days
        if day.weekday() < _FIRST_WEEKEND_DAY and day not in company.calendar_holidays
    ]


def _stretches(days: list[Day]) -> list[list[Day]]:
    """Return days that follow upon each other together: each stretch is one request."""
    found: list[list[Day]] = []
    for day in days:
        if found and day[0] - found[-1][-1][0] == timedelta(days=1):
            found[-1].append(day)
        else:
            found.append([day])
    return found

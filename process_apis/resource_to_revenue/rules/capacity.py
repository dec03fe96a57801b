"""What people can still take on, week by week. Pure decisions."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from process_apis.resource_to_revenue.records import WeekOfPerson
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.rules.weeks import hundredths, monday_of
from system_apis.canonical.team import BookingKind

_WEEK = timedelta(days=7)
_SUNDAY = timedelta(days=6)


def mondays(start: date, end: date) -> Iterator[date]:
    """Yield the first day of each week that a span touches."""
    first = monday_of(start)
    for count in range((end - first) // _WEEK + 1):
        yield first + count * _WEEK


def capacity(
    people: Iterable[Staff], start: date, end: date, soft_weight: Decimal
) -> list[WeekOfPerson]:
    """Return each person's weeks between two days; who can work nothing in one is not told."""
    return [
        _week(each, week, soft_weight)
        for each in people
        for week in mondays(start, end)
        if each.hours(week, _sunday(week))
    ]


def _sunday(week: date) -> date:
    """Return a week's last day; the calendar's last week ends with the calendar."""
    return week + min(_SUNDAY, date.max - week)


def _week(staff: Staff, week: date, soft_weight: Decimal) -> WeekOfPerson:
    person, sunday = staff.employee, _sunday(week)
    return WeekOfPerson(
        employee=person.number,
        legal_entity=person.legal_entity,
        business_unit=person.business_unit,
        role=person.role,
        region=staff.region,
        skills=tuple(sorted(staff.skills)),
        week=week,
        available=hundredths(staff.hours(week, sunday)),
        hard=hundredths(staff.booked(week, sunday, BookingKind.HARD)),
        soft=hundredths(staff.booked(week, sunday, BookingKind.SOFT)),
        free=hundredths(staff.free(week, sunday, soft_weight)),
    )

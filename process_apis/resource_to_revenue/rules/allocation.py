"""Who is booked for more than there is of them, and what the law has somebody look at. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from process_apis.resource_to_revenue.records import Caution, OverAllocated, Warned
from process_apis.resource_to_revenue.rules.capacity import mondays
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.rules.weeks import (
    booked_on,
    days_between,
    hundredths,
    weeks_after,
)
from process_apis.resource_to_revenue.terms import StaffingTerms
from system_apis.canonical.people import EmploymentType
from system_apis.canonical.team import Booking, BookingKind

_WHOLE_DAY = Decimal(24)
_MONTHS = 12


def over_allocated(
    staff: Staff, start: date, end: date, terms: StaffingTerms
) -> list[OverAllocated]:
    """Return the runs of days on which a person is booked beyond what is warned of."""
    found = []
    days = [day for day in days_between(start, end) if staff.available.get(day)]
    for told, run in groupby(days, key=lambda day: percents(staff.bookings, day)):
        percent, hard = told
        held = list(run)
        if percent > terms.warn_percent:
            found.append(
                OverAllocated(
                    employee=staff.employee.number,
                    legal_entity=staff.employee.legal_entity,
                    percent=percent,
                    hard_percent=hard,
                    blocked=hard > terms.block_percent,
                    projects=_projects(staff.bookings, held[0]),
                    start=held[0],
                    end=held[-1],
                )
            )
    return found


def percents(bookings: Iterable[Booking], day: date) -> tuple[Decimal, Decimal]:
    """Return for how many percent somebody is booked on a day, and how many of them for good."""
    there = [each for each in bookings if each.start <= day <= each.end]
    hard = [each.percent for each in there if each.kind is BookingKind.HARD]
    return sum((each.percent for each in there), Decimal(0)), sum(hard, Decimal(0))


def highest(bookings: Sequence[Booking], days: Sequence[date]) -> tuple[Decimal, Decimal]:
    """Return the most that somebody is booked on any of some days, in all and for good."""
    told = [percents(bookings, day) for day in days] or [(Decimal(0), Decimal(0))]
    return max(each[0] for each in told), max(each[1] for each in told)


def cautions(staff: Staff, added: Booking, terms: StaffingTerms) -> tuple[Warned, ...]:
    """Return what somebody should look at before a booking is added to a person's others."""
    return (
        *_allocation(staff, added, terms),
        *_working_time(staff, added, terms),
        *_contractor(staff, added, terms),
    )


def is_blocked(staff: Staff, added: Booking, terms: StaffingTerms) -> Decimal | None:
    """Return for how many percent a person would be booked for good, if that is too much."""
    hard = [each for each in staff.bookings if each.kind is BookingKind.HARD]
    days = _worked(staff, added)
    most = max((percents([*hard, added], day)[0] for day in days), default=added.percent)
    return most if most > terms.block_percent else None


def _allocation(staff: Staff, added: Booking, terms: StaffingTerms) -> Iterator[Warned]:
    percent, _ = highest([*staff.bookings, added], _worked(staff, added))
    if percent > terms.warn_percent:
        yield Warned(Caution.OVER_ALLOCATED, f"{added.employee} would be booked for {percent:f} %")


def _working_time(staff: Staff, added: Booking, terms: StaffingTerms) -> Iterator[Warned]:
    """Yield where a week is too long on average, and a day too long for the rest after it."""
    if staff.country not in terms.working_time_countries:
        return
    hours = _hours(staff, added)
    weeks = list(mondays(added.start, added.end))
    average = max((_average(hours, week, terms.average_weeks) for week in weeks), default=None)
    if average is not None and average > terms.weekly_hours:
        reason = f"{hundredths(average)} h a week on average, {terms.weekly_hours:f} at most"
        yield Warned(Caution.WEEKLY_HOURS, reason)
    longest = max(hours.values(), default=Decimal(0))
    if longest > _WHOLE_DAY - terms.rest_hours:
        reason = f"a day of {hundredths(longest)} h leaves less than {terms.rest_hours:f} h of rest"
        yield Warned(Caution.DAILY_REST, reason)


def _contractor(staff: Staff, added: Booking, terms: StaffingTerms) -> Iterator[Warned]:
    person = staff.employee
    if person.employment_type is not EmploymentType.CONTRACTOR:
        return
    for limit in terms.tenure:
        until = _months_after(person.hire_date, limit.months)
        if limit.country == staff.country and added.end > until:
            reason = f"with us for {limit.months} months on {until}, before the booking ends"
            yield Warned(Caution.TENURE, reason)
    if staff.country in terms.status_countries:
        reason = f"somebody determines the status of a worker in {staff.country} first"
        yield Warned(Caution.WORKER_STATUS, reason)


def _hours(staff: Staff, added: Booking) -> Mapping[date, Decimal]:
    """Return what a person would work on each day of what is known of them."""
    booked = [each for each in staff.bookings if each.kind is BookingKind.HARD] + [added]
    return {
        day: sum((booked_on(each, day, staff.available) for each in booked), Decimal(0))
        for day in staff.available
    }


def _average(hours: Mapping[date, Decimal], week: date, weeks: int) -> Decimal:
    """Return the hours of a week, averaged over the weeks that begin with one."""
    end = weeks_after(week, weeks)
    return sum((of for day, of in hours.items() if week <= day < end), Decimal(0)) / weeks


def _worked(staff: Staff, added: Booking) -> list[date]:
    return [day for day in days_between(added.start, added.end) if staff.available.get(day)]


def _projects(bookings: Iterable[Booking], day: date) -> tuple[str, ...]:
    there = {each.project_number for each in bookings if each.start <= day <= each.end}
    return tuple(sorted(there))


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    last = (date(year + (month + 1) // _MONTHS, (month + 1) % _MONTHS + 1, 1)) - timedelta(days=1)
    return date(year, month + 1, min(day.day, last.day))

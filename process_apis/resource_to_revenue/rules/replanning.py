"""What has happened to a plan, so that it is made again (domain handbook, 3b.8). Pure decisions."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from process_apis.resource_to_revenue.records import Replan, ReplanCause
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.rules.weeks import booked_on, days_between, hundredths
from process_apis.resource_to_revenue.terms import StaffingTerms
from system_apis.canonical.team import Booking, BookingKind
from system_apis.canonical.time import TimeEntry

_NOTHING = Decimal(0)


def of_people(people: Iterable[Staff], start: date, end: date, at: datetime) -> Iterator[Replan]:
    """Yield who is away or gone while they are booked, between two days."""
    for staff in people:
        person = staff.employee
        for each in staff.bookings:
            days = days_between(max(start, each.start), min(end, each.end))
            away = [day for day in days if staff.leave.get(day)]
            if away:
                said = f"{person.number} is away on {_told(away)}"
                yield replan(each, ReplanCause.TIME_OFF, f"{person.number}:{away[0]}", said, at)
            left = person.termination_date
            if left is not None and left < each.end:
                said = f"{person.number} leaves on {left}, and is booked until {each.end}"
                yield replan(each, ReplanCause.LEAVER, person.number, said, at)


def off_plan(
    people: Iterable[Staff],
    entries: Iterable[TimeEntry],
    span: tuple[date, date],
    terms: StaffingTerms,
    at: datetime,
) -> Iterator[Replan]:
    """Yield the projects that were worked on otherwise than planned, in days that are over."""
    planned: dict[str, Decimal] = {}
    first: dict[str, Booking] = {}
    days = days_between(*span)
    for staff in people:
        for each in staff.bookings:
            if each.kind is BookingKind.HARD:
                hours = sum((booked_on(each, day, staff.available) for day in days), _NOTHING)
                planned[each.project_number] = planned.get(each.project_number, _NOTHING) + hours
                first.setdefault(each.project_number, each)
    worked = _worked(entries)
    for number, hours in sorted(planned.items()):
        done = worked.get(number, _NOTHING)
        if hours and abs(done - hours) / hours > terms.plan_tolerance:
            part = ((done - hours) / hours * 100).quantize(Decimal(1), ROUND_HALF_UP)
            said = f"{hundredths(done)} h worked, {hundredths(hours)} h planned ({part:+f} %)"
            yield replan(first[number], ReplanCause.OFF_PLAN, str(span[1]), said, at)


def replan(booking: Booking, cause: ReplanCause, subject: str, reason: str, at: datetime) -> Replan:
    """Return what is to be planned again; the same thing has the same id."""
    return Replan(
        id=replan_id(booking.project_number, cause, subject),
        legal_entity=booking.legal_entity,
        project_number=booking.project_number,
        cause=cause,
        subject=subject,
        reason=reason,
        opened_at=at,
    )


def replan_id(project_number: str, cause: ReplanCause, subject: str) -> str:
    """Return the id of what is to be planned again."""
    said = f"{project_number}|{cause}|{subject}"
    return f"rpl_{hashlib.sha256(said.encode()).hexdigest()[:24]}"


def _worked(entries: Iterable[TimeEntry]) -> Mapping[str, Decimal]:
    found: dict[str, Decimal] = {}
    for each in entries:
        found[each.project_number] = found.get(each.project_number, _NOTHING) + each.hours
    return found


def _told(days: list[date]) -> str:
    return str(days[0]) if len(days) == 1 else f"{len(days)} days from {days[0]} on"

"""What is wrong with people and their time: rules DQ-E1 to DQ-E10 of the domain handbook, 5.

A fact that is not known is None, and nothing is said of it. Each rule returns what it found.
"""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.people import Employee, EmployeeCost, EmployeeStatus
from system_apis.canonical.time import TimeEntry, Timesheet

DAY_HOURS = Decimal(24)
GRID = Decimal("0.25")


class PersonFacts(Struct, frozen=True, kw_only=True):
    """A person, what they cost and are booked for, and their colleagues."""

    employee: Employee
    on: date
    cost: EmployeeCost | None = None
    colleagues: tuple[Employee, ...] = ()
    booked_until: date | None = None
    timesheets: tuple[Timesheet, ...] = ()
    calendar_known: bool | None = None


class EntryFacts(Struct, frozen=True, kw_only=True):
    """A time entry, the others of that person and day, and the project it is on."""

    entry: TimeEntry
    same_day: tuple[TimeEntry, ...] = ()
    is_assigned: bool | None = None
    project_begins: date | None = None
    project_ends: date | None = None


def cost_rate_missing(facts: PersonFacts) -> str | None:
    """DQ-E1: an hour of a person has a cost on the day; without one a margin is not told."""
    if facts.cost is None or not facts.employee.works_on(facts.on):
        return None
    return f"cost_rates has none on {facts.on}" if facts.cost.on(facts.on) is None else None


def email_shared(facts: PersonFacts) -> str | None:
    """DQ-E2: an address is one active person's."""
    person = facts.employee
    twins = [
        each.number
        for each in facts.colleagues
        if each.id != person.id
        and EmployeeStatus.ACTIVE is each.status is person.status
        and each.work_email.casefold() == person.work_email.casefold()
    ]
    return f"work_email is also that of {', '.join(twins)}" if twins else None


def booked_after_leaving(facts: PersonFacts) -> str | None:
    """DQ-E3: nobody is assigned beyond their last day of work."""
    person, until = facts.employee, facts.booked_until
    if person.status is not EmployeeStatus.TERMINATED or until is None:
        return None
    last = person.termination_date or facts.on
    return f"termination_date {last} is before an assignment to {until}" if last < until else None


def timesheet_missing(facts: PersonFacts) -> str | None:
    """DQ-E8: weeks are handed in; a bill by time waits for them (B05)."""
    weeks = [str(each.week_start) for each in facts.timesheets if not each.submitted]
    return f"timesheets lacks the weeks of {', '.join(weeks)}" if weeks else None


def calendar_missing(facts: PersonFacts) -> str | None:
    """DQ-E10: a company's people have a calendar of the hours they work."""
    missing = facts.calendar_known is False
    return f"work_calendar of {facts.employee.legal_entity} is absent" if missing else None


def too_many_hours(facts: EntryFacts) -> str | None:
    """DQ-E4: a day has 24 hours, all of a person's entries together."""
    hours = sum((each.hours for each in facts.same_day), facts.entry.hours)
    return f"hours of the day are {hours}" if hours > DAY_HOURS else None


def entered_twice(facts: EntryFacts) -> str | None:
    """DQ-E5: the same work is entered once; a correction adjusts, and repeats nothing.

    Nor is what was taken back repeated.
    """
    entry = facts.entry
    taken_back = {each.adjusts for each in facts.same_day if each.adjusts}
    if entry.id in taken_back:
        return None
    twins = [
        each.number
        for each in facts.same_day
        if each.id not in {entry.id, *taken_back}
        and each.adjusts is None is entry.adjusts
        and (each.project_number, each.role, each.hours)
        == (entry.project_number, entry.role, entry.hours)
    ]
    return f"number {entry.number} repeats {', '.join(twins)}" if twins else None


def not_assigned(facts: EntryFacts) -> str | None:
    """DQ-E6: time is on a project that the person is assigned to."""
    stranger = facts.is_assigned is False
    return f"project_number {facts.entry.project_number} has no assignment" if stranger else None


def outside_project(facts: EntryFacts) -> str | None:
    """DQ-E7: work is done while its project runs."""
    day, begins, ends = facts.entry.work_date, facts.project_begins, facts.project_ends
    early, late = begins is not None and day < begins, ends is not None and ends < day
    return f"work_date {day} is outside {begins} to {ends}" if early or late else None


def off_grid(facts: EntryFacts) -> str | None:
    """DQ-E9: hours are told in quarters."""
    uneven = facts.entry.hours % GRID != 0
    return f"hours {facts.entry.hours} is no multiple of {GRID}" if uneven else None

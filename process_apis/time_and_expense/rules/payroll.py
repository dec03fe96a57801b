"""Which hours are paid as what: each approved row once, and a correction as its difference.

Hours beyond a company's day are overtime, those of a Sunday or holiday are a rest day's; an
adjusting row, of hours below nothing, takes back as it was paid.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from process_apis.time_and_expense.rules.terms import PayTerms
from system_apis.canonical.attendance import WorkCalendar
from system_apis.canonical.payroll import PayLine
from system_apis.canonical.time import EntryStatus, TimeEntry

_APPROVED = frozenset({EntryStatus.APPROVED, EntryStatus.LOCKED})
_SUNDAY = 7
_NONE = Decimal(0)


def payable(rows: Iterable[TimeEntry], paid: Iterable[str]) -> list[TimeEntry]:
    """Return the approved rows that were not handed on yet, in the order of their days."""
    done = set(paid)
    fresh = (each for each in rows if each.status in _APPROVED and each.id not in done)
    return sorted(fresh, key=lambda each: (each.work_date, each.employee, each.number))


def pay_lines(
    rows: Sequence[TimeEntry], before: Iterable[TimeEntry], calendar: WorkCalendar, terms: PayTerms
) -> list[PayLine]:
    """Return the hours of rows by person and pay code; `before` was handed on already.

    A day is reckoned with all its rows, and what was handed on of it is taken off, so that a
    correction is its difference.
    """
    earlier = list(before)
    now = _by_code([*earlier, *rows], calendar, terms)
    then = _by_code(earlier, calendar, terms)
    people = sorted(now.keys() | then.keys())
    changed = [(each, now.get(each, _NONE) - then.get(each, _NONE)) for each in people]
    return [PayLine(*each, hours) for each, hours in changed if hours]


def _by_code(
    rows: Iterable[TimeEntry], calendar: WorkCalendar, terms: PayTerms
) -> dict[tuple[str, str], Decimal]:
    days: dict[tuple[str, date], Decimal] = {}
    holidays = {each.date for each in calendar.holidays}
    for row in rows:
        at = (row.employee, row.work_date)
        days[at] = days.get(at, _NONE) + row.hours
    found: dict[tuple[str, str], Decimal] = {}
    for (person, day), hours in days.items():
        rests = day in holidays or day.isoweekday() == _SUNDAY
        over = _NONE if rests else max(hours - calendar.hours_per_day, _NONE)
        for code, part in (
            (terms.rest_day if rests else terms.regular, hours - over),
            (terms.overtime, over),
        ):
            found[person, code] = found.get((person, code), _NONE) + part
    return found

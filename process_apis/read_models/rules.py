"""What an entry adds to the sums of hours, and which of two tellings is the newer. Pure decisions.

Hours are summed as whole numbers of a unit so small that hundredths of an hour, minutes and
seconds are all whole: sums are exact in any database, whatever a third of an hour is in decimals.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from msgspec import Struct

from process_apis.project_to_cash.invoicing.worked import COUNTED
from system_apis.canonical.time import TimeEntry

UNITS_PER_HOUR = 360_000_000
_WEEK = timedelta(days=7)


class Grain(StrEnum):
    """Over what hours are summed."""

    WEEK = "week"
    MONTH = "month"


class Hours(Struct, frozen=True, kw_only=True):
    """A time entry as a read model keeps it; one that its system no longer has is `gone`."""

    id: str
    version: int
    employee: str
    project_number: str
    work_date: date
    units: int
    billable: bool
    approved: bool
    adjusts: str | None
    gone: bool = False

    @property
    def reverses(self) -> str | None:
        """The entry that this one takes back, if it takes one back."""
        return self.adjusts if self.units < 0 and not self.gone else None


class Place(Struct, frozen=True, order=True):
    """What hours are summed by."""

    grain: Grain
    start: date
    employee: str
    project_number: str
    billable: bool


class Sum(Struct, frozen=True):
    """The hours of a place, and of how many entries they are."""

    units: int = 0
    entries: int = 0

    def plus(self, other: "Sum") -> "Sum":
        """Return both together."""
        return Sum(self.units + other.units, self.entries + other.entries)

    def minus(self, other: "Sum") -> "Sum":
        """Return what is left without the other."""
        return Sum(self.units - other.units, self.entries - other.entries)


class Pieces(Struct, frozen=True):
    """Some days as whole months and weeks, and the days that are in none of these."""

    months: tuple[date, ...]
    weeks: tuple[date, ...]
    days: tuple[date, ...]


def kept(entry: TimeEntry) -> Hours:
    """Return an entry as it is kept."""
    return Hours(
        id=entry.id,
        version=entry.version,
        employee=entry.employee,
        project_number=entry.project_number,
        work_date=entry.work_date,
        units=units_of(entry.hours),
        billable=entry.billable,
        approved=entry.status in COUNTED,
        adjusts=entry.adjusts,
    )


def units_of(hours: Decimal) -> int:
    """Return hours in units, the nearest whole number of them."""
    return int((hours * UNITS_PER_HOUR).to_integral_value(ROUND_HALF_UP))


def hours_of(units: int) -> Decimal:
    """Return units in hours."""
    return Decimal(units) / UNITS_PER_HOUR


def is_news(told: Hours, known: Hours | None) -> bool:
    """Whether what is told is newer than what is known; an older version never is."""
    return known is None or told.version > known.version


def is_back(told: Hours, known: Hours) -> bool:
    """Whether a record that was missing is there again, as it was or newer."""
    return known.gone and not told.gone and told.version >= known.version


def stands(entry: Hours, reversed_ids: frozenset[str]) -> bool:
    """Whether an entry counts: approved, and neither reversed nor a reversal."""
    return not entry.gone and entry.approved and entry.units > 0 and entry.id not in reversed_ids


def sums(entries: Iterable[Hours], reversed_ids: frozenset[str]) -> dict[Place, Sum]:
    """Return what entries add to the sums of their weeks and months."""
    found: dict[Place, Sum] = {}
    for each in entries:
        if stands(each, reversed_ids):
            for place in places(each):
                found[place] = found.get(place, Sum()).plus(Sum(each.units, 1))
    return found


def places(entry: Hours) -> tuple[Place, Place]:
    """Return the week and the month that an entry is summed in."""
    day = entry.work_date
    key = (entry.employee, entry.project_number, entry.billable)
    monday = day - timedelta(days=day.weekday())
    return Place(Grain.WEEK, monday, *key), Place(Grain.MONTH, day.replace(day=1), *key)


def moved(before: dict[Place, Sum], after: dict[Place, Sum]) -> dict[Place, Sum]:
    """Return by how much sums change."""
    changes = {
        place: after.get(place, Sum()).minus(before.get(place, Sum()))
        for place in sorted(before.keys() | after.keys())
    }
    return {place: change for place, change in changes.items() if change != Sum()}


def pieces(start: date, end: date) -> Pieces:
    """Return the days from start to end, both included, in as few pieces as sums are kept of."""
    months: list[date] = []
    weeks: list[date] = []
    days: list[date] = []
    day = start
    while day <= end:
        if day.day == 1 and _month_after(day) <= end + timedelta(days=1):
            months.append(day)
            day = _month_after(day)
        elif day.weekday() == 0 and day + _WEEK <= min(end + timedelta(days=1), _free(day, end)):
            weeks.append(day)
            day += _WEEK
        else:
            days.append(day)
            day += timedelta(days=1)
    return Pieces(tuple(months), tuple(weeks), tuple(days))


def _free(day: date, end: date) -> date:
    """Return up to where a week may reach: into no month that is taken whole."""
    following = _month_after(day)
    return following if _month_after(following) <= end + timedelta(days=1) else date.max


def _month_after(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)

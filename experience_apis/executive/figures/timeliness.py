"""Time-entry compliance: the weeks that people owed, and whether they were handed in by then."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Struct, UnsetType

from experience_apis.executive.figures.measures import share
from experience_apis.executive.figures.people import (
    OF_MANY,
    OF_ONE,
    Capacity,
    by,
    fewest_of,
    tells_of,
)
from experience_apis.executive.terms import KeyFigureTerms
from system_apis.canonical.time import Timesheet

_WEEK = timedelta(days=7)


class HandedIn(StrEnum):
    """How a week was handed in."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"


class Compliance(Struct, frozen=True, kw_only=True):
    """The weeks of some people: late is not missing, and missing is what is not there yet."""

    people: int
    tells_of: int
    expected: int
    on_time: int
    late: int
    missing: int
    on_time_rate: Decimal | None
    submitted_rate: Decimal | None


Many = Annotated[Compliance | UnsetType, OF_MANY]


class CompliancePart(Struct, frozen=True, kw_only=True):
    """The weeks of a company's or a unit's people."""

    key: str
    compliance: Many


class OwedWeek(Struct, frozen=True, kw_only=True):
    """A week that a person did not hand in by its time."""

    employee: str
    week_start: date
    handed_in: HandedIn
    due_at: datetime


class TimeEntryCompliance(Struct, frozen=True, kw_only=True):
    """Time-entry compliance of the firm, its companies and its units, and what is late."""

    firm: Many
    by_entity: tuple[CompliancePart, ...]
    by_business_unit: tuple[CompliancePart, ...]
    not_on_time: Annotated[tuple[OwedWeek, ...] | UnsetType, OF_ONE]


class Moment(Struct, frozen=True, kw_only=True):
    """As of when it is asked, and by which clock and terms a week is due in each company."""

    as_of: datetime
    zones: Mapping[str, ZoneInfo]
    terms: KeyFigureTerms


def compliance(
    people: Sequence[Capacity], sheets: Iterable[Timesheet], moment: Moment, whole: int
) -> TimeEntryCompliance | None:
    """Return the figure, or None where nobody owes a week. Contractors owe theirs too.

    `whole` is how many people the caller would see if they did not ask for some of them.
    """
    told = {(each.employee, each.week_start.isoformat()): each for each in sheets}
    owed = {each.number: _owed(each, told, moment) for each in people}
    if not any(owed.values()):
        return None
    everybody = sorted(people, key=lambda each: each.number)

    def of(some: Sequence[Capacity], fewest: int) -> Compliance:
        return _compliance([week for each in some for week in owed[each.number]], some, fewest)

    def parts(groups: Mapping[str, Sequence[Capacity]]) -> tuple[CompliancePart, ...]:
        few = fewest_of(groups, len(everybody))
        return tuple(
            CompliancePart(key=key, compliance=of(some, few[key])) for key, some in groups.items()
        )

    weeks = [week for each in everybody for week in owed[each.number]]
    return TimeEntryCompliance(
        firm=of(everybody, tells_of(len(everybody), whole)),
        by_entity=parts(by(everybody, lambda each: each.legal_entity)),
        by_business_unit=parts(by(everybody, lambda each: each.business_unit)),
        not_on_time=tuple(each for each in weeks if each.handed_in is not HandedIn.ON_TIME),
    )


def _owed(
    person: Capacity, told: Mapping[tuple[str, str], Timesheet], moment: Moment
) -> list[OwedWeek]:
    """Return the weeks of a person, each as it was handed in until now."""
    found = []
    for week in person.weeks:
        sheet = told.get((person.number, week))
        due_at = sheet.due_at if sheet and sheet.due_at else _due(person, week, moment)
        found.append(
            OwedWeek(
                employee=person.number,
                week_start=date.fromisoformat(week),
                handed_in=_handed_in(sheet, due_at, moment.as_of),
                due_at=due_at,
            )
        )
    return found


def _handed_in(sheet: Timesheet | None, due_at: datetime, as_of: datetime) -> HandedIn:
    if sheet is None or sheet.submitted_at is None or sheet.submitted_at > as_of:
        return HandedIn.MISSING
    return HandedIn.ON_TIME if sheet.submitted_at <= due_at else HandedIn.LATE


def _due(person: Capacity, week: str, moment: Moment) -> datetime:
    """Return when a week is due that no system says it of."""
    following = date.fromisoformat(week) + _WEEK
    zone = moment.zones[person.legal_entity]
    return datetime.combine(following, moment.terms.timesheet_due, zone)


def _compliance(weeks: Sequence[OwedWeek], people: Sequence[Capacity], fewest: int) -> Compliance:
    count = {each: sum(1 for week in weeks if week.handed_in is each) for each in HandedIn}
    on_time, late = count[HandedIn.ON_TIME], count[HandedIn.LATE]
    return Compliance(
        people=len(people),
        tells_of=fewest,
        expected=len(weeks),
        on_time=on_time,
        late=late,
        missing=count[HandedIn.MISSING],
        on_time_rate=share(on_time, len(weeks)),
        submitted_rate=share(on_time + late, len(weeks)),
    )

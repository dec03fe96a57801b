"""What a caller asks of the key figures: over which days, of which part of the firm."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

from governance.wrong_field import WrongField
from process_apis.engagements import Engagement
from process_apis.sight import Sight
from system_apis.canonical.attendance import require_order

_LAST_SECOND = time(23, 59, 59, tzinfo=UTC)
_LONGEST = 366
_EARLIEST = date(2000, 1, 1)


class Part(Struct, frozen=True, kw_only=True):
    """A part of the firm; what is None is not asked for."""

    legal_entity: str | None = None
    business_unit: str | None = None
    project_number: str | None = None
    client_number: str | None = None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """By what the firm is divided, other than by company and unit, which people have too."""
        told = {"project": self.project_number, "client": self.client_number}
        return tuple(name for name, value in told.items() if value is not None)


class Window(Struct, frozen=True, kw_only=True):
    """The days from `start` to `end`, both included, as they were known at a moment."""

    start: date
    end: date
    as_of: datetime

    @property
    def last_day(self) -> date:
        """The last of the days that has begun."""
        return min(self.end, self.as_of.date())

    @property
    def is_over(self) -> bool:
        """Whether its last day is over, all but the last second."""
        return self.as_of >= datetime.combine(self.end, _LAST_SECOND)

    @property
    def month(self) -> str | None:
        """The month (`2026-10`) that these days are the whole of, if they are one."""
        same = f"{self.start:%Y-%m}" == f"{self.end:%Y-%m}"
        whole = same and self.start.day == (self.end + timedelta(days=1)).day == 1
        return f"{self.start:%Y-%m}" if whole else None

    @property
    def days(self) -> tuple[date, ...]:
        """The days that have begun."""
        count = (self.last_day - self.start).days + 1
        return tuple(self.start + timedelta(days=each) for each in range(count))

    @property
    def weeks(self) -> tuple[date, ...]:
        """The Mondays of the weeks that touch the days that have begun."""
        monday = self.start - timedelta(days=self.start.weekday())
        found = []
        while monday <= self.last_day:
            found.append(monday)
            monday += timedelta(days=7)
        return tuple(found)


def window(start: date | None, end: date | None, now: datetime) -> Window:
    """Return the days that are asked for: the month of today, unless others are named.

    Raises `ValueError` for days that are none, have not begun, are more than a year, or lie
    before there were any records.
    """
    today = now.date()
    first = start or (end or today).replace(day=1)
    if first > today:
        raise WrongField("start", f"{first} has not begun; there is nothing recorded of it")
    if first < _EARLIEST:
        raise WrongField("start", f"there is nothing recorded of days before {_EARLIEST}")
    last = end or _last_of_month(first)
    require_order(first, last)
    if (last - first).days >= _LONGEST:
        raise WrongField("end", f"at most {_LONGEST} days from the start")
    return Window(start=first, end=last, as_of=min(now, datetime.combine(last, _LAST_SECOND)))


class Scope(Struct, frozen=True, kw_only=True):
    """The companies and projects whose facts count, for what a caller sees and asks for.

    `projects` are the numbers of those that count, or None when none is left out but the hidden.
    """

    entities: frozenset[str]
    part: Part
    sight: Sight
    projects: frozenset[str] | None
    sees_whole_firm: bool

    def has(self, legal_entity: str | None, project_number: str | None) -> bool:
        """Whether a record of a company and a project counts."""
        if project_number in self.sight.hidden:
            return False
        if self.projects is not None and project_number not in self.projects:
            return False
        return legal_entity is None or legal_entity in self.entities

    def has_past(self, legal_entity: str | None) -> bool:
        """Whether what a system says of a company alone, or of the whole firm, counts.

        It names no project, so it is not of one; of the whole firm it is for who sees all of it.
        """
        whole = self.projects is None and self.part == Part() and self.sees_whole_firm
        return whole if legal_entity is None else self.has(legal_entity, None)

    def has_unit(self, business_unit: str | None) -> bool:
        """Whether a person of a business unit counts."""
        wanted = self.part.business_unit
        return self.sight.caller.sees_unit(business_unit) and wanted in {None, business_unit}


def scope(
    part: Part, sight: Sight, engagements: Iterable[Engagement], firm: frozenset[str]
) -> Scope:
    """Return what counts of what a caller sees; `firm` are the codes of all its companies."""
    entities = sight.caller.entities & firm
    if part.legal_entity is not None:
        entities &= {part.legal_entity}
    projects: frozenset[str] | None = None
    if part.business_unit or part.project_number or part.client_number:
        projects = frozenset(
            each.project_number
            for each in engagements
            if part.business_unit in {None, each.business_unit}
            and part.project_number in {None, each.project_number}
            and part.client_number in {None, each.client_number}
        )
    return Scope(
        entities=entities,
        part=part,
        sight=sight,
        projects=projects,
        sees_whole_firm=firm <= sight.caller.entities and sight.caller.units is None,
    )


def _last_of_month(day: date) -> date:
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return following - timedelta(days=1)

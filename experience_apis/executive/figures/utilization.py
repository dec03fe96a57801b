"""Billable utilization: the share of the hours that people could work which clients pay for."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated

from msgspec import Struct, UnsetType

from experience_apis.executive.figures.measures import hundredths, share
from experience_apis.executive.figures.people import (
    OF_MANY,
    OF_ONE,
    Capacity,
    by,
    fewest_of,
    tells_of,
)
from process_apis.read_models.hours import Trace, WorkedLine

_FULL_YEAR_HOURS = Decimal(2080)


class Utilized(Struct, frozen=True, kw_only=True):
    """The hours of some people, and what share of them was billable.

    `target` is what they are meant to reach, each weighted by the hours they could work.
    `of_full_time` divides by 2,080 hours a year instead, which others publish.
    """

    people: int
    tells_of: int
    billable_hours: Decimal
    nonbillable_client_hours: Decimal
    available_hours: Decimal
    utilization: Decimal | None
    target_hours: Decimal
    target: Decimal | None
    of_full_time: Decimal | None


class PersonUtilized(Struct, frozen=True, kw_only=True):
    """The hours of one person."""

    employee: str
    billable_hours: Decimal
    available_hours: Decimal
    utilization: Decimal | None


Many = Annotated[Utilized | UnsetType, OF_MANY]


class UtilizedPart(Struct, frozen=True, kw_only=True):
    """The hours of a company's or a unit's people."""

    key: str
    utilized: Many


class Utilization(Struct, frozen=True, kw_only=True):
    """Billable utilization of the firm, its companies, its units and each person."""

    firm: Many
    by_entity: tuple[UtilizedPart, ...]
    by_business_unit: tuple[UtilizedPart, ...]
    by_employee: Annotated[tuple[PersonUtilized, ...] | UnsetType, OF_ONE]


class Worked(Struct, frozen=True, kw_only=True):
    """The hours that count, by person; contractors' are among them and are not asked for."""

    billable: dict[str, Decimal]
    nonbillable: dict[str, Decimal]
    projects: frozenset[str]
    entries: int

    def has(self, trace: Trace) -> bool:
        """Whether an entry is among these hours."""
        return trace.billable or trace.project_number in self.projects


class YearShare(Struct, frozen=True):
    """How much of a year a window is."""

    days: int
    of_days: int


def worked(lines: Iterable[WorkedLine], client_projects: frozenset[str]) -> Worked:
    """Return the hours that count; what is not billable does on clients' projects only."""
    billable: dict[str, Decimal] = {}
    nonbillable: dict[str, Decimal] = {}
    entries = 0
    for each in lines:
        if not each.billable and each.project_number not in client_projects:
            continue
        hours = billable if each.billable else nonbillable
        hours[each.employee] = hours.get(each.employee, Decimal(0)) + each.hours
        entries += each.entries
    return Worked(
        billable=billable, nonbillable=nonbillable, projects=client_projects, entries=entries
    )


def utilization(
    people: Sequence[Capacity], hours: Worked, year: YearShare, whole: int
) -> Utilization | None:
    """Return the figure, or None where nobody's capacity is told. Contractors are left out.

    `whole` is how many people the caller would see if they did not ask for some of them.
    """
    own = sorted((each for each in people if each.is_own), key=lambda each: each.number)
    if not own:
        return None

    def of(some: Sequence[Capacity], fewest: int) -> Utilized:
        return _utilized(some, hours, year, fewest)

    def parts(groups: Mapping[str, Sequence[Capacity]]) -> tuple[UtilizedPart, ...]:
        few = fewest_of(groups, len(own))
        return tuple(
            UtilizedPart(key=key, utilized=of(some, few[key])) for key, some in groups.items()
        )

    return Utilization(
        firm=of(own, tells_of(len(own), whole)),
        by_entity=parts(by(own, lambda each: each.legal_entity)),
        by_business_unit=parts(by(own, lambda each: each.business_unit)),
        by_employee=tuple(_person(each, hours) for each in own),
    )


def _utilized(people: Sequence[Capacity], hours: Worked, year: YearShare, fewest: int) -> Utilized:
    billable = _total(hours.billable, people)
    available = sum((each.available for each in people), start=Decimal(0))
    target = sum((each.available * (each.target or 0) for each in people), start=Decimal(0))
    full_time = _FULL_YEAR_HOURS * len(people) * year.days / year.of_days
    return Utilized(
        people=len(people),
        tells_of=fewest,
        billable_hours=hundredths(billable),
        nonbillable_client_hours=hundredths(_total(hours.nonbillable, people)),
        available_hours=hundredths(available),
        utilization=share(billable, available),
        target_hours=hundredths(target),
        target=share(target, available),
        of_full_time=share(billable, full_time),
    )


def _person(person: Capacity, hours: Worked) -> PersonUtilized:
    billable = hours.billable.get(person.number, Decimal(0))
    return PersonUtilized(
        employee=person.number,
        billable_hours=hundredths(billable),
        available_hours=hundredths(person.available),
        utilization=share(billable, person.available),
    )


def _total(hours: dict[str, Decimal], people: Sequence[Capacity]) -> Decimal:
    return sum((hours.get(each.number, Decimal(0)) for each in people), start=Decimal(0))

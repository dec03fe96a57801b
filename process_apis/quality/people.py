"""Looks at people: what they cost, how they are reached, what they are booked for.

And at the calendar of their company.

A batch of changes reads the people of a company once.
"""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta

from process_apis.pages import every
from process_apis.quality.costs import Costs
from process_apis.quality.seen import Seen, told
from system_apis.canonical.people import Employee, EmployeeCost, EmployeeStatus
from system_apis.canonical.quality.people_time import PersonFacts
from system_apis.canonical.team import Booking
from system_apis.errors import NotFound, Refused, Unreadable
from system_apis.hr.interface import Hr
from system_apis.psa.interface import Psa
from system_apis.systems import Systems

PERSON_RULES = frozenset({"DQ-E1", "DQ-E2", "DQ-E3"})
COMPANY_RULES = frozenset({"DQ-E10"})
# Who left is looked at daily for so long: somebody may book them who does not know it yet. [P]
LEFT_LATELY = timedelta(days=90)
_Place = tuple[str, str]


class Workforce:
    """Looks at people; made anew for each batch, since it remembers what it read."""

    def __init__(self, systems: Systems, costs: Costs, clock: Callable[[], datetime]) -> None:
        self._systems, self._costs, self._clock = systems, costs, clock
        self._people: dict[_Place, list[Employee] | None] = {}
        self._alone = asyncio.Lock()

    async def person(self, instance: str, employee_id: str) -> tuple[Seen, ...]:
        """Look at a person, and at the company that no look of this batch was at before."""
        async with self._alone:
            return await self._person_and_company(instance, employee_id)

    async def _person_and_company(self, instance: str, employee_id: str) -> tuple[Seen, ...]:
        hr, on = self._systems.hrs[instance], self._clock().date()
        person = await self._person(hr, employee_id)
        entity = person.legal_entity
        is_new = (instance, entity) not in self._people
        colleagues, cost = await self._colleagues(hr, entity), await self._cost(hr, person)
        booked = await self._booked(person)
        known = {
            "DQ-E1": cost is not None,
            "DQ-E2": colleagues is not None,
            "DQ-E3": booked is not None,
        }
        seen = Seen(
            facts=PersonFacts(
                employee=person,
                on=on,
                cost=cost,
                colleagues=tuple(colleagues or ()),
                booked_until=max((each.end for each in booked or ()), default=None),
            ),
            decided=frozenset(rule for rule, is_known in known.items() if is_known),
            legal_entity=entity,
            business_unit=person.business_unit,
            changes_with_days=_may_change(person, on),
        )
        return (seen, *(await self._company(hr, person) if is_new else ()))

    async def _person(self, hr: Hr, employee_id: str) -> Employee:
        for people in self._people.values():
            for each in people or ():
                if each.id == employee_id:
                    return each
        return await hr.employee(employee_id)

    async def _colleagues(self, hr: Hr, entity: str) -> list[Employee] | None:
        place = (hr.instance, entity)
        if place not in self._people:
            reading = every(lambda at: hr.employees(legal_entity=entity, cursor=at))
            self._people[place] = await told(reading)
        return self._people[place]

    async def _cost(self, hr: Hr, person: Employee) -> EmployeeCost | None:
        """Return what a person costs over time, without a rate when HR has none."""
        costs = await self._costs.of_company(hr, person.legal_entity)
        if costs is None:
            return None
        own = [each for each in costs if each.employee_id == person.id]
        return own[0] if own else _no_rate(person)

    async def _booked(self, person: Employee) -> list[Booking] | None:
        """Return what somebody who left is booked for in any PSA; of who works nothing is read."""
        found: list[Booking] = []
        for psa in self._systems.psas.values() if _has_left(person) else ():
            booked = await told(_bookings(psa, person.number))
            if booked is None:
                return None
            found += booked
        return found

    async def _company(self, hr: Hr, person: Employee) -> tuple[Seen, ...]:
        """Say of the company whether it has a calendar: it is missing once, not for each person."""
        on, entity, known = self._clock().date(), person.legal_entity, True
        try:
            await hr.work_calendar(legal_entity=entity, start=on, end=on)
        except NotFound:
            known = False
        except (Refused, Unreadable):
            return ()
        return (
            Seen(
                facts=PersonFacts(employee=person, on=on, calendar_known=known),
                decided=COMPANY_RULES,
                legal_entity=entity,
                of=entity,
            ),
        )


async def _bookings(psa: Psa, number: str) -> list[Booking]:
    return await every(lambda at: psa.bookings(employee_number=number, cursor=at))


def _has_left(person: Employee) -> bool:
    return person.status is EmployeeStatus.TERMINATED


def _may_change(person: Employee, on: date) -> bool:
    """Whether a person's record may become wrong by itself: who works, and who left lately."""
    last = person.termination_date
    return not _has_left(person) or (last is not None and on - last <= LEFT_LATELY)


def _no_rate(person: Employee) -> EmployeeCost:
    return EmployeeCost(
        employee_id=person.id,
        employee=person.number,
        legal_entity=person.legal_entity,
        cost_rates=(),
    )

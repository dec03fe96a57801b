"""Looks at people: what they cost, how they are reached, and the calendar of their company.

A batch of changes reads the people of a company once.
"""

from collections.abc import Callable
from datetime import datetime

from process_apis.pages import every
from process_apis.quality.seen import Seen
from system_apis.canonical.people import Employee, EmployeeCost, EmployeeStatus
from system_apis.canonical.quality_people_time import PersonFacts
from system_apis.errors import NotFound, Unreadable
from system_apis.hr.interface import Hr
from system_apis.systems import Systems

PERSON_RULES = frozenset({"DQ-E1", "DQ-E2"})
COMPANY_RULES = frozenset({"DQ-E10"})
_Place = tuple[str, str]


class Workforce:
    """Looks at people; made anew for each batch, since it remembers what it read."""

    def __init__(self, systems: Systems, clock: Callable[[], datetime]) -> None:
        self._systems, self._clock = systems, clock
        self._people: dict[_Place, dict[str, Employee]] = {}
        self._costs: dict[_Place, dict[str, EmployeeCost]] = {}

    async def person(self, instance: str, employee_id: str) -> tuple[Seen, ...]:
        """Look at a person, and at the company that no look of this batch was at before."""
        hr, on = self._systems.hrs[instance], self._clock().date()
        person = await self._person(hr, employee_id)
        entity = person.legal_entity
        is_new = (instance, entity) not in self._people
        colleagues = await self._colleagues(hr, entity)
        cost = await self._cost(hr, person) if colleagues else None
        seen = Seen(
            facts=PersonFacts(
                employee=person, on=on, cost=cost, colleagues=tuple(colleagues.values())
            ),
            decided=PERSON_RULES if colleagues else frozenset(),
            legal_entity=entity,
            changes_with_days=person.status is EmployeeStatus.ACTIVE,
        )
        return (seen, await self._company(hr, person)) if is_new else (seen,)

    async def _person(self, hr: Hr, employee_id: str) -> Employee:
        for people in self._people.values():
            if employee_id in people:
                return people[employee_id]
        return await hr.employee(employee_id)

    async def _colleagues(self, hr: Hr, entity: str) -> dict[str, Employee]:
        """Return the people of a company, none when the record of one cannot be read."""
        place = (hr.instance, entity)
        if place not in self._people:
            try:
                found = await every(lambda at: hr.employees(legal_entity=entity, cursor=at))
            except Unreadable:
                found = []
            self._people[place] = {each.id: each for each in found}
        return self._people[place]

    async def _cost(self, hr: Hr, person: Employee) -> EmployeeCost:
        """Return what a person costs; what HR says nothing of costs nothing that is known."""
        place = (hr.instance, person.legal_entity)
        if place not in self._costs:
            found = await hr.cost_rates(legal_entity=person.legal_entity)
            self._costs[place] = {each.employee_id: each for each in found}
        unsaid = EmployeeCost(
            employee_id=person.id,
            employee=person.number,
            legal_entity=person.legal_entity,
            cost_rates=(),
        )
        return self._costs[place].get(person.id, unsaid)

    async def _company(self, hr: Hr, person: Employee) -> Seen:
        """Say of the company whether it has a calendar: it is missing once, not for each person."""
        on, entity, known = self._clock().date(), person.legal_entity, True
        try:
            await hr.work_calendar(legal_entity=entity, start=on, end=on)
        except NotFound:
            known = False
        return Seen(
            facts=PersonFacts(employee=person, on=on, calendar_known=known),
            decided=COMPANY_RULES,
            legal_entity=entity,
            of=entity,
        )

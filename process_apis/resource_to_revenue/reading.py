"""Reads whom the firm has, when they can work, and who asks for them, under an identity of its own.

It may read nothing that costs but for a caller who may: no salary, and no kind of leave.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, acting_as, current_caller
from process_apis.engagements import Engagement, Engagements
from process_apis.pages import every
from process_apis.resource_to_revenue.rules.matching import Need
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.terms import StaffingTerms
from system_apis.canonical.attendance import LONGEST_PERIOD, availability, days_of
from system_apis.canonical.money import Price
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.people import Employee
from system_apis.canonical.record import Page
from system_apis.canonical.sales import Opportunity
from system_apis.canonical.team import Booking, BookingKind, StaffingRequest
from system_apis.psa.interface import Psa
from system_apis.systems import SystemKind, Systems

NAME = "resource-to-revenue"
COSTS = "system:psa:read_cost"
SCOPES = frozenset(
    {"system:psa:read", "system:hr:read", "system:contracts:read", "system:crm:read"}
)
_LONGEST = LONGEST_PERIOD - timedelta(days=1)


class Reading(Struct, frozen=True):
    """Reads the firm's systems for staffing; `regions` are those of its business units."""

    systems: Systems
    engagements: Engagements
    entities: Mapping[str, LegalEntity]
    regions: Mapping[str, str]

    def _as_reader(self) -> Caller:
        return Caller(
            subject=f"process:{NAME}",
            client_id=f"process:{NAME}",
            scopes=SCOPES,
            entities=frozenset(self.entities),
        )

    async def staff(self, codes: Iterable[str], start: date, end: date) -> list[Staff]:
        """Return the people of some companies, with their hours of start..end, a year at most.

        Of a company whose people no system has, there are none.
        """
        last = end if end - start < _LONGEST else start + _LONGEST
        carried = await self.engagements.listed(frozenset(self.entities))
        clients = {each.project_number: each.client_number for each in carried}
        with acting_as(self._as_reader()):
            bookings = await self._bookings(
                {each.project_number: each.legal_entity for each in carried}, start
            )
            found = await asyncio.gather(
                *(self._of_company(each, start, last) for each in sorted(codes))
            )
        return [_with(each, bookings, clients) for people in found for each in people]

    async def requests(self, engagements: Iterable[Engagement]) -> list[StaffingRequest]:
        """Return what some projects ask for."""
        with acting_as(self._as_reader()):
            found = await asyncio.gather(*(self._requests(each) for each in engagements))
        return [each for requests in found for each in requests]

    async def request(self, request_id: str) -> StaffingRequest:
        """Return one request for people, or raise `NotFound`: what is hidden asks no system."""
        psa = await self.systems.psa_of(request_id)
        with acting_as(self._as_reader()):
            return await psa.staffing_request(request_id)

    async def need(
        self, request: StaffingRequest, engagement: Engagement, terms: StaffingTerms
    ) -> Need:
        """Return a project's request with what is around it."""
        with acting_as(self._as_reader()):
            contract = await self.systems.contracts.contract(engagement.contract_id)
        rates = [each.rate for each in contract.rates if each.role == request.role]
        company = self.entities[engagement.legal_entity]
        return Need(
            request=request,
            client=engagement.client_number,
            country=company.country,
            zone=company.timezone,
            rate=request.rate_target or next(iter(rates), None),
            conflicting=frozenset(
                other
                for each in terms.conflicts
                for one, other in ((each.one, each.other), (each.other, each.one))
                if one == engagement.client_number
            ),
        )

    async def cost_rates(self, codes: Iterable[str], on: date) -> dict[str, Price]:
        """Return what an hour of the people of some companies costs, for who may see that.

        It is on record as read by the process, on behalf of the caller.
        """
        caller = current_caller()
        caller.require(COSTS)
        reader = self._as_reader()
        reader = replace(reader, scopes=reader.scopes | {COSTS}, on_behalf_of=caller.subject)
        with acting_as(reader):
            return {
                each.number: each.cost_rate
                for code in sorted(codes)
                for each in await self.systems.psa(code, on=on).resources(legal_entity=code)
            }

    async def deals(self) -> list[Opportunity]:
        """Return what sales sold and tries to sell."""
        with acting_as(self._as_reader()):
            return await every(lambda at: self.systems.crm.opportunities(cursor=at))

    async def _requests(self, engagement: Engagement) -> list[StaffingRequest]:
        number, entity = engagement.project_number, engagement.legal_entity
        psa = self.systems.psa(entity, on=engagement.agreed_at.date())
        return await every(lambda at: psa.staffing_requests(project_number=number, cursor=at))

    async def _bookings(
        self, projects: Mapping[str, str], on: date
    ) -> dict[str, tuple[Booking, ...]]:
        """Return everybody's bookings, each as the PSA tells it that has its project.

        What is no project yet is told by the PSA of the person's own company.
        """
        found: dict[str, tuple[Booking, ...]] = {}
        for psa in self.systems.psas.values():
            for each in await _booked(psa):
                home = projects.get(each.project_number, each.legal_entity)
                served = self.systems.serves(SystemKind.PSA, home, on=on)
                if served and self.systems.psa(home, on=on).instance == psa.instance:
                    found[each.employee] = (*found.get(each.employee, ()), each)
        return found

    async def _of_company(self, code: str, start: date, end: date) -> list[Staff]:
        if not self.systems.serves(SystemKind.HR, code, on=start):
            return []
        hr = self.systems.hr(code, on=start)

        async def page(cursor: str | None) -> Page[Employee]:
            return await hr.employees(legal_entity=code, cursor=cursor)

        people, calendar, leave, skills = await asyncio.gather(
            every(page),
            hr.work_calendar(legal_entity=code, start=start, end=end),
            hr.time_off(legal_entity=code, start=start, end=end),
            hr.skills(legal_entity=code),
        )
        company, days = self.entities[code], days_of(start, end)
        found = []
        for person in people:
            told = availability(person, calendar, leave, days)
            found.append(
                Staff(
                    employee=person,
                    country=company.country,
                    zone=company.timezone,
                    region=self.regions.get(person.business_unit or "") or person.work_location,
                    skills={e.skill.code: e.level for e in skills if e.employee == person.number},
                    available={each.date: each.available_hours for each in told},
                    leave={e.date: e.time_off_hours for e in told if e.time_off_hours},
                    bookings=(),
                )
            )
        return [each for each in found if any(each.available.values())]


def _with(
    staff: Staff, bookings: Mapping[str, tuple[Booking, ...]], clients: Mapping[str, str]
) -> Staff:
    own = bookings.get(staff.employee.number, ())
    worked = [each.project_number for each in own if each.kind is BookingKind.HARD]
    known = frozenset(clients[each] for each in worked if each in clients)
    return replace(staff, bookings=own, clients=known)


async def _booked(psa: Psa) -> list[Booking]:
    return await every(lambda at: psa.bookings(cursor=at))


def hours_per_day(entities: Mapping[str, LegalEntity]) -> dict[str, Decimal]:
    """Return how long a day is in each company."""
    return {code: each.hours_per_day for code, each in entities.items()}

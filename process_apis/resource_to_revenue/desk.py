"""What a caller may see and start of staffing: their own companies' and units' alone."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, current_caller
from governance.editions import Editions
from governance.wrong_field import WrongField
from process_apis.engagements import Engagement, Engagements
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.events.procurement import ContractorWanted
from process_apis.resource_to_revenue.booking import as_booking
from process_apis.resource_to_revenue.cases import Cases
from process_apis.resource_to_revenue.reading import COSTS, Reading, hours_per_day
from process_apis.resource_to_revenue.records import (
    BookingCase,
    BookingStage,
    Fitting,
    ForecastRow,
    GapOption,
    OverAllocated,
    Replan,
    RuledOut,
    WeekOfPerson,
    WeekOfRole,
)
from process_apis.resource_to_revenue.rules import demand, gaps, matching
from process_apis.resource_to_revenue.rules.allocation import cautions, is_blocked, over_allocated
from process_apis.resource_to_revenue.rules.capacity import capacity
from process_apis.resource_to_revenue.rules.matching import Need
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.rules.weeks import weeks_after
from process_apis.resource_to_revenue.snapshots import Snapshots
from process_apis.resource_to_revenue.terms import StaffingTerms
from process_apis.resource_to_revenue.wishes import BookingWish, ContractorWish
from process_apis.revenue.figures.exchange import Exchange
from process_apis.sight import Sight
from system_apis.canonical.attendance import LONGEST_PERIOD, require_order
from system_apis.canonical.team import BookingKind, StaffingRequest
from system_apis.errors import NotFound


class Candidates(Struct, frozen=True, kw_only=True):
    """Who fits a request best, who does not and why, and what can be done if nobody does."""

    request: StaffingRequest
    items: list[Fitting]
    ruled_out: list[RuledOut]
    options: list[GapOption]
    terms_version: int


class StaffingDesk(Struct, frozen=True):
    """The records of staffing, as its APIs show them."""

    reading: Reading
    cases: Cases[BookingCase]
    replans: Cases[Replan]
    snapshots: Snapshots
    exchange: Exchange
    terms: Editions[StaffingTerms]
    clock: Callable[[], datetime]

    @property
    def engagements(self) -> Engagements:
        """The engagements that people are wanted for."""
        return self.reading.engagements

    async def requests(self) -> list[StaffingRequest]:
        """Return what the projects that the caller sees ask for."""
        return await self.reading.requests(await self._projects())

    async def candidates(self, request_id: str) -> Candidates:
        """Return who of the people that the caller sees fits a request."""
        caller, edition = current_caller(), self.terms.on(self.clock().date())
        need = await self._need(request_id, edition.terms)
        seen = [each for each in await self._around(need.request) if _shows(caller, each, need)]
        out = [matching.ruled_out(need, each, edition.terms) for each in seen]
        costs = await self._costs(need, seen) if COSTS in caller.scopes else None
        found = matching.matches(need, seen, edition.terms, costs)
        return Candidates(
            request=need.request,
            items=found,
            ruled_out=[each for each in out if each is not None],
            options=[] if found else list(gaps.ways_out(need, seen, edition.terms)),
            terms_version=edition.version,
        )

    async def wanted(self, wish: BookingWish, occasion: str) -> BookingCase:
        """Write down that a person is to be booked; raises `Conflict` if they cannot be.

        Raises `WrongField` for more days at once than anybody's time is looked at.

        Asked for again it is the same booking, whatever became of the person's time meanwhile.
        """
        caller, edition = current_caller(), self.terms.on(self.clock().date())
        need = await self._need(wish.staffing_request_id, edition.terms)
        if (there := await self.cases.find(_id("bkc", wish, occasion))) is not None:
            return there
        request = need.request
        span = replace(request, start=wish.start or request.start, end=wish.end or request.end)
        if span.start > request.end or span.end < request.start:
            raise Conflict(f"the request is for {request.start} to {request.end}")
        if span.end - span.start >= LONGEST_PERIOD:
            raise WrongField("end", f"a booking is of {LONGEST_PERIOD.days} days at most")
        staff = [e for e in await self._around(span) if e.employee.number == wish.employee]
        if not staff or not _shows(caller, staff[0], need):
            raise NoSuchRecord(f"there is no employee {wish.employee}")
        if span.end < span.start:
            raise Conflict(f"the booking would end on {span.end}, before it begins")
        asked = self._case(wish, replace(need, request=span), staff[0], occasion)
        known = replace(asked, terms_version=edition.version)
        booking = as_booking(known)
        most = is_blocked(_beside(staff[0], known), booking, edition.terms)
        if most is not None:
            most_allowed = edition.terms.block_percent
            raise Conflict(
                f"OVER_ALLOCATED: {wish.employee} would be booked for {most:f} %, "
                f"{most_allowed:f} % at most"
            )
        warned = cautions(_beside(staff[0], known), booking, edition.terms)
        return await self.cases.open(replace(known, warned=warned), by=caller)

    async def to_cancel(self, case_id: str) -> BookingCase:
        """Return a booking that may be taken back, or raise `Conflict`."""
        case = await self.case(case_id)
        if case.stage not in {BookingStage.BOOKED, BookingStage.CANCELLED}:
            raise Conflict(f"a booking that is {case.stage} is not taken back")
        return case

    async def contractor(self, wish: ContractorWish, occasion: str) -> ContractorWanted:
        """Return the wish to buy what nobody of the firm can do.

        Raises `Conflict` when it would leave less of the client's rate than the floor, and
        `NotFound` for a vendor that there is not.
        """
        caller, terms = current_caller(), self.terms.on(self.clock().date()).terms
        need = await self._need(wish.staffing_request_id, terms)
        await self.reading.systems.procurement.vendor(wish.vendor_id)
        if need.rate is None or need.rate.currency != wish.rate.currency:
            raise Conflict("the client pays no rate in this currency for the role")
        most = gaps.highest_rate(need.rate.value, terms.margin_floor, need.rate.currency)
        if wish.rate.value > most.value:
            raise Conflict(f"MARGIN_BELOW_FLOOR: an hour may cost {most} at most")
        request = need.request
        return ContractorWanted(
            wanted_id=_id("ctw", wish, occasion),
            vendor_id=wish.vendor_id,
            legal_entity=request.legal_entity,
            project_number=request.project_number,
            role=request.role,
            contractor=wish.contractor,
            hours=wish.hours,
            rate=wish.rate,
            start=request.start,
            end=request.end,
            staffing_request_id=request.id,
            requested_by=caller.subject,
        )

    async def case(self, case_id: str) -> BookingCase:
        """Return one booking that the caller may see, or raise `NoSuchRecord`."""
        found = await self.cases.get(case_id)
        if not (await self._sight()).sees(found):
            raise NoSuchRecord(f"there is no booking {case_id}")
        return found

    async def capacity(self, start: date, end: date) -> list[WeekOfPerson]:
        """Return what the people that the caller sees can still take on, by week."""
        terms = self.terms.on(self.clock().date()).terms
        return capacity(await self._people(start, end), start, end, terms.soft_weight)

    async def over_allocated(self, start: date, end: date) -> list[OverAllocated]:
        """Return who of the people that the caller sees is booked too much."""
        terms = self.terms.on(self.clock().date()).terms
        return [
            one
            for each in await self._people(start, end)
            for one in over_allocated(each, start, end, terms)
        ]

    async def demand(self, start: date, end: date) -> list[WeekOfRole]:
        """Return what is needed by the projects and deals that the caller sees, by week."""
        terms = self.terms.on(self.clock().date()).terms
        names = current_caller().entities
        found = demand.of_requests(await self.requests(), hours_per_day(self.reading.entities))
        found += demand.of_deals(await self.reading.deals(), terms.open_probability, names)
        return [
            each for each in found if start <= each.week + timedelta(days=6) and each.week <= end
        ]

    async def forecasts(self, start: date, end: date) -> list[ForecastRow]:
        """Return the frozen forecasts of the weeks that begin in start..end."""
        sight = await self._sight()
        found = await self.snapshots.listed(sight.caller.entities, start, end)
        return [e for e in sight.of(found) if sight.caller.sees_unit(e.business_unit)]

    async def _sight(self) -> Sight:
        return await self.engagements.sight(current_caller())

    async def _projects(self) -> list[Engagement]:
        sight = await self._sight()
        found = sight.of(await self.engagements.listed(sight.caller.entities))
        return [each for each in found if each.is_carried]

    async def _need(self, request_id: str, terms: StaffingTerms) -> Need:
        """Return a request of a project that the caller sees, or raise `NoSuchRecord`."""
        try:
            request = await self.reading.request(request_id)
        except NotFound as error:
            raise NoSuchRecord(f"there is no request {request_id}") from error
        found = await self.engagements.find(request.project_number)
        if found is None or not (await self._sight()).sees(found):
            raise NoSuchRecord(f"there is no request {request_id}")
        return await self.reading.need(request, found, terms)

    async def _people(self, start: date, end: date) -> list[Staff]:
        caller = current_caller()
        found = await self.reading.staff(caller.entities, start, end)
        return [e for e in found if caller.sees_unit(e.employee.business_unit)]

    async def _around(self, request: StaffingRequest) -> list[Staff]:
        """Return everybody, with their hours of the window and of the weeks that are averaged."""
        terms = self.terms.on(self.clock().date()).terms
        last = max(request.end, weeks_after(request.start, terms.average_weeks))
        return await self.reading.staff(self.reading.entities, request.start, last)

    async def _costs(self, need: Need, people: Iterable[Staff]) -> Mapping[str, Decimal]:
        """Return what people cost, in the currency of the request's rate."""
        if need.rate is None:
            return {}
        currency, on = need.rate.currency, need.request.start
        codes = {each.employee.legal_entity for each in people}
        found: dict[str, Decimal] = {}
        for number, rate in (await self.reading.cost_rates(codes, on)).items():
            cost = self.exchange.average_of(rate.value, rate.currency, currency, on)
            if cost is not None:
                found[number] = cost
        return found

    def _case(self, wish: BookingWish, need: Need, staff: Staff, occasion: str) -> BookingCase:
        request = need.request
        return BookingCase(
            id=_id("bkc", wish, occasion),
            legal_entity=request.legal_entity,
            lender=staff.employee.legal_entity,
            project_number=request.project_number,
            staffing_request_id=request.id,
            employee=wish.employee,
            role=request.role,
            kind=wish.kind,
            percent=wish.percent or matching.percent_of(need, staff),
            start=request.start,
            end=request.end,
            stage=BookingStage.ASKED,
            requested_by=current_caller().subject,
            opened_at=self.clock(),
        )


def _beside(staff: Staff, case: BookingCase) -> Staff:
    """Return a person without what a booking for good would take the place of."""
    if case.kind is BookingKind.SOFT:
        return staff
    number, span = case.project_number, (case.start, case.end)
    kept = tuple(e for e in staff.bookings if not matching.replaces(number, span, e))
    return replace(staff, bookings=kept)


def _shows(caller: Caller, staff: Staff, need: Need) -> bool:
    """Whether a person may be shown to the caller; whom a request names is told by it already."""
    person = staff.employee
    named = need.request.person == person.number
    return named or (caller.sees(person.legal_entity) and caller.sees_unit(person.business_unit))


def _id(prefix: str, wish: Struct, occasion: str) -> str:
    said = msgspec.json.encode([wish, occasion])
    return f"{prefix}_{hashlib.sha256(said).hexdigest()[:24]}"


def require_span(start: date, end: date) -> None:
    """Raise `ValueError` for days that end before they begin, or are more than half a year."""
    require_order(start, end)
    if (end - start).days > 184:
        raise WrongField("end", "at most half a year is told at once; bring start and end together")

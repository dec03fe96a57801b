"""The steps from a booking that was agreed to a person who is booked, and back."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from governance.editions import Editions
from process_apis.pages import every
from process_apis.resource_to_revenue.cases import Cases
from process_apis.resource_to_revenue.reading import Reading
from process_apis.resource_to_revenue.records import BookingCase, BookingStage
from process_apis.resource_to_revenue.rules.allocation import is_blocked
from process_apis.resource_to_revenue.rules.matching import replaces
from process_apis.resource_to_revenue.rules.weeks import weeks_after
from process_apis.resource_to_revenue.terms import StaffingTerms
from system_apis.canonical.record import Source
from system_apis.canonical.team import Booking, BookingDraft, BookingKind
from system_apis.errors import Refused
from system_apis.systems import Systems

_OURS = Source("strata", "strata", "booking", "")
_UNDECIDED = {BookingStage.ASKED, BookingStage.APPROVED}


class BookingSteps(Struct, frozen=True):
    """Writes bookings, each once, and takes them back."""

    systems: Systems
    cases: Cases[BookingCase]
    reading: Reading
    terms: Editions[StaffingTerms]
    clock: Callable[[], datetime]

    async def look(self, case_id: str) -> BookingCase:
        """Return a booking that is asked for."""
        return await self.cases.get(case_id)

    async def claim(self, case_id: str) -> BookingCase:
        """Claim the person's time; raises `Refused` when it was given away meanwhile."""
        case = await self.cases.get(case_id)
        if case.stage not in _UNDECIDED:
            return case
        claimed = replace(case, stage=BookingStage.APPROVED)
        others = await self.cases.moved_beside(
            claimed, seen=case, like=lambda each: _claims(each, case.employee)
        )
        most = await self._too_much(claimed, others)
        if most is not None:
            await self.cases.moved(case, seen=claimed)
            reason = f"{case.employee} would be booked for {most:f} %"
            raise Refused("strata", reason, code="OVER_ALLOCATED")
        return claimed

    async def write_booking(self, case: BookingCase) -> Booking:
        """Book the person in the PSA of the project."""
        draft = BookingDraft(
            project_number=case.project_number,
            legal_entity=case.lender,
            employee=case.employee,
            role=case.role,
            percent=case.percent,
            kind=case.kind,
            start=case.start,
            end=case.end,
            staffing_request_id=case.staffing_request_id,
        )
        psa = self.systems.psa(case.legal_entity, on=case.start)
        return await psa.book(draft, key=f"book:{case.id}")

    async def replaced(self, case: BookingCase) -> tuple[str, ...]:
        """Return the soft bookings whose place a booking for good takes."""
        if case.kind is not BookingKind.HARD:
            return ()
        number, person = case.project_number, case.employee
        psa = self.systems.psa(case.legal_entity, on=case.start)
        found = await every(
            lambda at: psa.bookings(project_number=number, employee_number=person, cursor=at)
        )
        span = (case.start, case.end)
        return tuple(each.id for each in found if replaces(number, span, each))

    async def release_soft(self, case: BookingCase, soft: tuple[str, ...]) -> None:
        """Take the soft bookings back."""
        psa = self.systems.psa(case.legal_entity, on=case.start)
        for booking_id in soft:
            await psa.cancel_booking(booking_id, key=f"release:{case.id}:{booking_id}")

    async def note_booked(
        self, case_id: str, made: Booking, released: tuple[str, ...]
    ) -> BookingCase:
        """Write down which booking it became."""
        case = await self.cases.get(case_id)
        if case.stage is not BookingStage.APPROVED:
            return case
        booked = replace(case, stage=BookingStage.BOOKED, booking_id=made.id, released=released)
        return await self.cases.moved(booked, seen=case)

    async def take_back(self, case_id: str) -> BookingCase:
        """Take a booking back in the PSA."""
        case = await self.cases.get(case_id)
        if case.booking_id is not None:
            psa = self.systems.psa(case.legal_entity, on=case.start)
            await psa.cancel_booking(case.booking_id, key=f"cancel:{case.id}")
        return case

    async def end(self, case_id: str, stage: BookingStage) -> BookingCase:
        """Write down that a booking came to nothing, or to its end."""
        case = await self.cases.get(case_id)
        before = {BookingStage.BOOKED} if stage is BookingStage.CANCELLED else _UNDECIDED
        if case.stage not in before:
            return case
        return await self.cases.moved(replace(case, stage=stage), seen=case)

    async def _too_much(self, case: BookingCase, others: list[BookingCase]) -> Decimal | None:
        """Return for how many percent the person would be booked, if that is too much.

        What was agreed for others, and is being written, counts.
        """
        terms = self.terms.on(self.clock().date()).terms
        last = max(case.end, weeks_after(case.start, terms.average_weeks))
        people = await self.reading.staff([case.lender], case.start, last)
        found = next((e for e in people if e.employee.number == case.employee), None)
        if found is None or case.kind is not BookingKind.HARD:
            return None
        promised = tuple(as_booking(each) for each in others)
        beside = replace(found, bookings=(*found.bookings, *promised))
        return is_blocked(beside, as_booking(case), terms)


def as_booking(case: BookingCase) -> Booking:
    """Return what is asked for as the booking that it would be."""
    return Booking(
        id="bk_00000000000000000000000000",
        project_number=case.project_number,
        legal_entity=case.lender,
        employee=case.employee,
        role=case.role,
        percent=case.percent,
        kind=case.kind,
        start=case.start,
        end=case.end,
        source=_OURS,
    )


def _claims(case: BookingCase, employee: str) -> bool:
    claimed = case.stage is BookingStage.APPROVED and case.kind is BookingKind.HARD
    return claimed and case.employee == employee

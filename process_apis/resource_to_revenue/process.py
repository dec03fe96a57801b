"""Resource-to-revenue, from a person who is wanted to the forecast of what they earn (3b).

Each segment ends at a question to a person or at the next event.
"""

from msgspec import Struct

from process_apis.engine import Process, step, wait_for
from process_apis.events.staffing import (
    BookingAgreed,
    BookingApproved,
    BookingAsked,
    BookingCancelAsked,
    BookingCancelled,
    BookingDeclined,
    BookingWritten,
    ForecastFallenDue,
)
from process_apis.resource_to_revenue.booking import BookingSteps
from process_apis.resource_to_revenue.freezing import Freezing
from process_apis.resource_to_revenue.questions import Questions
from process_apis.resource_to_revenue.reading import NAME, SCOPES
from process_apis.resource_to_revenue.records import BookingStage


class ResourceToRevenue(Struct, frozen=True):
    """The process with what it needs at hand."""

    booking: BookingSteps
    questions: Questions
    freezing: Freezing

    async def ask(self, event: BookingAsked) -> None:
        """Ask who plans the project's company."""
        await wait_for(self.questions.booking, event.booking_case_id)

    async def approve(self, event: BookingApproved) -> BookingAgreed | None:
        """Ask the lending company too, where another one lends the person."""
        case = await step(self.booking.look, event.booking_case_id)
        if case.crosses:
            await wait_for(self.questions.lending, case.id)
            return None
        return BookingAgreed(booking_case_id=case.id, legal_entity=case.legal_entity)

    async def book(self, event: BookingAgreed) -> BookingWritten:
        """Book a person as agreed, and take back what was only promised."""
        case = await step(self.booking.claim, event.booking_case_id)
        soft = await step(self.booking.replaced, case)
        made = await step(self.booking.write_booking, case)
        await step(self.booking.release_soft, case, soft)
        await step(self.booking.note_booked, case.id, made, soft)
        return BookingWritten(
            booking_case_id=case.id,
            project_number=case.project_number,
            employee=case.employee,
            legal_entity=case.legal_entity,
        )

    async def decline(self, event: BookingDeclined) -> None:
        """Leave a booking that somebody does not want."""
        await step(self.booking.end, event.booking_case_id, BookingStage.DECLINED)

    async def cancel(self, event: BookingCancelAsked) -> BookingCancelled:
        """Take a booking back."""
        case = await step(self.booking.take_back, event.booking_case_id)
        await step(self.booking.end, case.id, BookingStage.CANCELLED)
        return BookingCancelled(
            booking_case_id=case.id,
            project_number=case.project_number,
            employee=case.employee,
            legal_entity=case.legal_entity,
        )

    async def freeze(self, event: ForecastFallenDue) -> None:
        """Freeze a company's weeks to come, and note what is to be planned again."""
        company, on = event.legal_entity or "", event.frozen_on
        await step(self.freezing.freeze, company, on)
        await step(self.freezing.note_replans, company, on)


def processes(process: ResourceToRevenue) -> list[Process]:
    """Return what of staffing happens on which event."""
    ours = frozenset[str]()
    writing = SCOPES | {"system:psa:write"}
    costing = SCOPES | {"system:psa:read_cost", "system:hr:read_cost"}
    return [
        Process(name=f"{NAME}.ask", on=BookingAsked, run=process.ask, scopes=ours),
        Process(name=f"{NAME}.approve", on=BookingApproved, run=process.approve, scopes=ours),
        Process(name=f"{NAME}.book", on=BookingAgreed, run=process.book, scopes=writing),
        Process(name=f"{NAME}.decline", on=BookingDeclined, run=process.decline, scopes=ours),
        Process(name=f"{NAME}.cancel", on=BookingCancelAsked, run=process.cancel, scopes=writing),
        Process(name=f"{NAME}.freeze", on=ForecastFallenDue, run=process.freeze, scopes=costing),
    ]

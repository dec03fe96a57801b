"""Whom a booking is put to: the resource manager of the project, and of who lends the person."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest
from process_apis.events.event import Event
from process_apis.events.staffing import BookingAgreed, BookingApproved, BookingDeclined
from process_apis.resource_to_revenue.cases import Cases
from process_apis.resource_to_revenue.reading import NAME
from process_apis.resource_to_revenue.records import BookingCase

BOOKING, LENDING = "booking", "booking_lent"
RESOURCE_MANAGER = "resource_manager"
ANSWER_WITHIN = timedelta(days=2)


class Questions(Struct, frozen=True):
    """The approvals that stand between a wish and a booking."""

    cases: Cases[BookingCase]
    approvals: Approvals
    clock: Callable[[], datetime]

    async def booking(self, case_id: str) -> str:
        """Ask who plans the project's company whether the person is to be booked."""
        case = await self.cases.get(case_id)
        following = BookingApproved(booking_case_id=case.id, legal_entity=case.legal_entity)
        return await self._ask(case, BOOKING, case.legal_entity, following)

    async def lending(self, case_id: str) -> str:
        """Ask who plans the person's own company whether they are lent.

        It is a question of its own: who plans both companies answers for each of them.
        """
        case = await self.cases.get(case_id)
        following = BookingAgreed(booking_case_id=case.id, legal_entity=case.legal_entity)
        return await self._ask(case, LENDING, case.lender, following)

    async def _ask(
        self, case: BookingCase, question: str, legal_entity: str, following: Event
    ) -> str:
        now = self.clock()
        cautions = "".join(f"; {each.reason}" for each in case.warned)
        lent = f", lent by {case.lender}" if case.crosses else ""
        what = f"{case.employee} for {case.percent:f} %, {case.kind}, {case.start} to {case.end}"
        return await self.approvals.ask(
            ApprovalRequest(
                question=question,
                subject_type="booking",
                subject_id=case.id if question == BOOKING else f"{case.id}:{case.lender}",
                subject_version=1,
                process=NAME,
                legal_entity=legal_entity,
                project_number=case.project_number,
                title=f"book {what}{lent}{cautions}",
                role=RESOURCE_MANAGER,
                requested_by=case.requested_by,
                beneficiary=case.employee,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=following,
                if_rejected=BookingDeclined(
                    booking_case_id=case.id, legal_entity=case.legal_entity
                ),
            )
        )

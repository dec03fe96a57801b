"""Asking for the write-off of a billing event: what finance says, and who is asked about it."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from governance.audit import Reason
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, approval_id
from process_apis.billing_events import WriteOffApproved
from process_apis.errors import Conflict
from process_apis.project_to_cash.ledger.writing_off import why_not
from process_apis.project_to_cash.questions import ANSWER_WITHIN, NAME
from process_apis.project_to_cash.records import BillingEvent
from system_apis.canonical.money import Money

WRITE_OFF = "write_off"


class WriteOffWish(Struct, frozen=True, forbid_unknown_fields=True):
    """What a billing event comes to, as whoever gives it up has seen it, and why."""

    amount: Money
    reason: Reason


class WriteOffs(Struct, frozen=True):
    """The approval that stands between a wish and the ledger."""

    approvals: Approvals
    clock: Callable[[], datetime]

    async def ask(self, event: BillingEvent, wish: WriteOffWish, *, by: str) -> str:
        """Ask the finance director, and return the approval; asked again, it is the same.

        Raises `Conflict` when the event may not be written off at this amount.
        """
        refusal = why_not(event, wish.amount)
        if refusal is not None:
            raise Conflict(refusal)
        now = self.clock()
        return await self.approvals.ask(
            ApprovalRequest(
                question=WRITE_OFF,
                subject_type="billing_event",
                subject_id=event.id,
                subject_version=event.version,
                process=NAME,
                legal_entity=event.legal_entity,
                project_number=event.project_number,
                title=f"{event.project_number}: write off {wish.amount}, {wish.reason}",
                role="finance_director",
                amount=wish.amount,
                requested_by=by,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=_approved(event, wish),
            )
        )


def _approved(event: BillingEvent, wish: WriteOffWish) -> WriteOffApproved:
    return WriteOffApproved(
        billing_event_id=event.id,
        amount=wish.amount,
        reason=wish.reason,
        approval_id=approval_id(WRITE_OFF, event.id, event.version),
        legal_entity=event.legal_entity,
    )

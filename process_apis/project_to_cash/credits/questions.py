"""What people are asked about a credit note, and what follows from their answers."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, approval_id
from process_apis.events.billing import (
    CreditNoteApproved,
    CreditNoteContentApproved,
    CreditNoteRejected,
)
from process_apis.events.event import Event
from process_apis.project_to_cash import rules
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.questions import ANSWER_WITHIN, NAME

CONTENT, AMOUNT = "credit_note_content", "credit_note_amount"


class CreditQuestions(Struct, frozen=True):
    """The approvals that stand between a drafted and a posted credit note."""

    credits: CreditLedger
    approvals: Approvals
    policy: rules.ApprovalPolicy
    clock: Callable[[], datetime]

    async def content(self, credit_note_id: str) -> str:
        """Ask the project manager whether the credit note takes the right work back."""
        note = await self.credits.credit_note(credit_note_id)
        approved = CreditNoteContentApproved(
            credit_note_id=note.id,
            version=note.version,
            approval_id=content_approval(note),
            legal_entity=note.draft.legal_entity,
        )
        return await self._ask(
            note, CONTENT, "project_manager", approved, assignee=note.project_manager
        )

    async def needs_finance(self, credit_note_id: str) -> bool:
        """Whether the policy wants finance to approve a credit of this amount."""
        note = await self.credits.credit_note(credit_note_id)
        return "finance" in rules.approvers(note.draft.gross, self.policy)

    async def amount(self, credit_note_id: str) -> str:
        """Ask finance whether the credit note may be posted.

        Nobody approves what they asked for themselves: a credit that a person asked for goes
        to the finance director.
        """
        note = await self.credits.credit_note(credit_note_id)
        approved = CreditNoteApproved(
            credit_note_id=note.id,
            version=note.version,
            legal_entity=note.draft.legal_entity,
        )
        by_process = note.requested_by.startswith("process:")
        return await self._ask(
            note, AMOUNT, "finance" if by_process else "finance_director", approved
        )

    async def _ask(
        self,
        note: ClientCreditNote,
        question: str,
        role: str,
        approved: Event,
        *,
        assignee: str | None = None,
    ) -> str:
        draft, now = note.draft, self.clock()
        return await self.approvals.ask(
            ApprovalRequest(
                question=question,
                subject_type="credit_note",
                subject_id=note.id,
                subject_version=note.version,
                process=NAME,
                legal_entity=draft.legal_entity,
                project_number=draft.project_number,
                title=f"credit of {draft.gross} on {draft.invoice_number}",
                role=role,
                assignee=assignee,
                amount=draft.gross,
                requested_by=note.requested_by,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=approved,
                if_rejected=CreditNoteRejected(
                    credit_note_id=note.id,
                    version=note.version,
                    approval_id=approval_id(question, note.id, note.version),
                    legal_entity=draft.legal_entity,
                ),
            )
        )


def content_approval(note: ClientCreditNote) -> str:
    """Return the id of the first approval that a credit note is asked for."""
    return approval_id(CONTENT, note.id, note.version)

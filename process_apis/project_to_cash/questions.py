"""What people are asked about an invoice, and what follows from their answers."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, approval_id
from process_apis.events.billing import (
    AdjustmentAccepted,
    InvoiceApproved,
    InvoiceContentApproved,
    InvoiceRejected,
)
from process_apis.events.event import Event
from process_apis.project_to_cash import rules
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice
from system_apis.canonical.money import Money

NAME = "project-to-cash"
# The process asks, whoever had it look: who asks for a check may still decide.
REQUESTER = f"process:{NAME}"
ANSWER_WITHIN = timedelta(days=1)


class Questions(Struct, frozen=True):
    """The approvals that stand between a billing event and its posted invoice."""

    billing: BillingLedger
    approvals: Approvals
    policy: rules.ApprovalPolicy
    clock: Callable[[], datetime]

    async def adjustment(self, event: BillingEvent) -> str:
        """Ask finance whether the work over the cap may stay unbilled."""
        over_cap = event.over_cap or Money.zero(event.currency)
        question = "nte_adjustment"
        asked = approval_id(question, event.id, event.version)
        now = self.clock()
        return await self.approvals.ask(
            ApprovalRequest(
                question=question,
                subject_type="billing_event",
                subject_id=event.id,
                subject_version=event.version,
                process=NAME,
                legal_entity=event.legal_entity,
                project_number=event.project_number,
                title=f"leave {over_cap} over the cap of {event.span} unbilled",
                role="finance",
                amount=over_cap,
                requested_by=REQUESTER,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=AdjustmentAccepted(
                    billing_event_id=event.id,
                    over_cap=over_cap,
                    approval_id=asked,
                    legal_entity=event.legal_entity,
                ),
            )
        )

    async def content(self, invoice_id: str) -> str:
        """Ask the project manager whether the invoice bills the right work."""
        invoice = await self.billing.invoice(invoice_id)
        question = "invoice_content"
        approved = InvoiceContentApproved(
            invoice_id=invoice.id,
            version=invoice.version,
            approval_id=approval_id(question, invoice.id, invoice.version),
            legal_entity=invoice.draft.legal_entity,
        )
        return await self._ask(
            invoice, question, "project_manager", approved, assignee=invoice.project_manager
        )

    async def needs_finance(self, invoice_id: str) -> bool:
        """Whether the policy wants finance to approve an invoice of this amount."""
        invoice = await self.billing.invoice(invoice_id)
        return "finance" in rules.approvers(invoice.draft.gross, self.policy)

    async def amount(self, invoice_id: str) -> str:
        """Ask finance whether the invoice may be posted."""
        invoice = await self.billing.invoice(invoice_id)
        approved = InvoiceApproved(
            invoice_id=invoice.id,
            version=invoice.version,
            legal_entity=invoice.draft.legal_entity,
        )
        return await self._ask(invoice, "invoice_amount", "finance", approved)

    async def _ask(
        self,
        invoice: ClientInvoice,
        question: str,
        role: str,
        approved: Event,
        *,
        assignee: str | None = None,
    ) -> str:
        draft, now = invoice.draft, self.clock()
        event = await self.billing.event(invoice.billing_event_id)
        return await self.approvals.ask(
            ApprovalRequest(
                question=question,
                subject_type="invoice",
                subject_id=invoice.id,
                subject_version=invoice.version,
                process=NAME,
                legal_entity=draft.legal_entity,
                project_number=draft.project_number,
                title=f"invoice of {draft.gross} for {event.span}",
                role=role,
                assignee=assignee,
                amount=draft.gross,
                requested_by=REQUESTER,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=approved,
                if_rejected=InvoiceRejected(
                    invoice_id=invoice.id,
                    version=invoice.version,
                    approval_id=approval_id(question, invoice.id, invoice.version),
                    legal_entity=draft.legal_entity,
                ),
            )
        )

"""From approved work to a paid invoice, as the domain handbook's 3(d) tells it.

Each segment ends at a question to a person or at the next event; no process waits for days.
"""

from msgspec import Struct
from msgspec.structs import replace

from governance.lanes import Lane
from process_apis.engine import Process, step, wait_for
from process_apis.events.billing import (
    AdjustmentAccepted,
    BillingFallenDue,
    InvoiceApproved,
    InvoiceContentApproved,
    InvoiceDrafted,
    InvoicePosted,
    InvoiceRejected,
)
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.posting import Posting
from process_apis.project_to_cash.questions import NAME, Questions


class ProjectToCash(Struct, frozen=True):
    """The process with what it needs at hand."""

    checks: Checks
    questions: Questions
    posting: Posting

    async def prepare(self, event: BillingFallenDue) -> InvoiceDrafted | BillingFallenDue | None:
        """Check a billing event; draft its invoice when nothing keeps it back."""
        checked = await step(self.checks.check, event.billing_event_id)
        if checked.asks_adjustment:
            await wait_for(self.questions.adjustment, checked.event)
        if not checked.ready:
            return None
        invoice = await step(self.checks.draft, checked)
        if invoice is None:
            return replace(event, occasion=f"{event.occasion} again")
        return InvoiceDrafted(
            invoice_id=invoice.id, version=invoice.version, legal_entity=event.legal_entity
        )

    async def adjust(self, event: AdjustmentAccepted) -> BillingFallenDue:
        """Note what finance accepts to leave unbilled, and look at the billing event again."""
        await step(self.checks.accept_adjustment, event.billing_event_id, event.over_cap)
        return BillingFallenDue(
            billing_event_id=event.billing_event_id,
            occasion=event.approval_id,
            legal_entity=event.legal_entity,
        )

    async def approve(self, event: InvoiceDrafted) -> None:
        """Ask the project manager whether the draft bills the right work."""
        await wait_for(self.questions.content, event.invoice_id)

    async def approve_amount(self, event: InvoiceContentApproved) -> InvoiceApproved | None:
        """Ask finance as well, when the policy wants it of such an amount."""
        if await step(self.questions.needs_finance, event.invoice_id):
            await wait_for(self.questions.amount, event.invoice_id)
            return None
        return InvoiceApproved(
            invoice_id=event.invoice_id, version=event.version, legal_entity=event.legal_entity
        )

    async def post(self, event: InvoiceApproved) -> InvoicePosted:
        """Post an approved invoice, for exactly the total that was expected."""
        invoice = await step(self.posting.reserve, event.invoice_id)
        written = await step(self.posting.write, invoice)
        await step(self.posting.compare, invoice, written)
        posted = await step(self.posting.post, invoice, written)
        await step(self.posting.note, invoice, posted)
        return InvoicePosted(
            invoice_id=invoice.id, number=posted.number or "", legal_entity=event.legal_entity
        )

    async def send_back(self, event: InvoiceRejected) -> None:
        """Release the sources of a rejected draft, so that they are unbilled again."""
        await step(self.checks.release, event.invoice_id)


def processes(process: ProjectToCash) -> list[Process]:
    """Return what of this value stream happens on which event."""
    reading = frozenset({"system:contracts:read", "system:psa:read", "system:erp:read"})
    writing = frozenset({"system:erp:read", "system:erp:write"})
    ours: frozenset[str] = frozenset()
    return [
        Process(
            name=NAME,
            on=BillingFallenDue,
            run=process.prepare,
            scopes=reading,
            lane=Lane.BILLING,
        ),
        Process(name=f"{NAME}.adjust", on=AdjustmentAccepted, run=process.adjust, scopes=ours),
        Process(name=f"{NAME}.approve", on=InvoiceDrafted, run=process.approve, scopes=ours),
        Process(
            name=f"{NAME}.approve-amount",
            on=InvoiceContentApproved,
            run=process.approve_amount,
            scopes=ours,
        ),
        Process(
            name=f"{NAME}.post",
            on=InvoiceApproved,
            run=process.post,
            scopes=writing,
            lane=Lane.BILLING,
        ),
        Process(name=f"{NAME}.send-back", on=InvoiceRejected, run=process.send_back, scopes=ours),
    ]

"""From a credit that somebody asked for to a posted credit note (domain handbook, 3(d)).

Like an invoice's, each segment ends at a question to a person or at the next event.
"""

from msgspec import Struct

from governance.lanes import Lane
from process_apis.engine import Process, step, wait_for
from process_apis.events.billing import (
    BillingFallenDue,
    CapRoomChanged,
    CreditNoteApproved,
    CreditNoteContentApproved,
    CreditNoteDrafted,
    CreditNotePosted,
    CreditNoteRejected,
    InvoicePosted,
    ServiceLevelReported,
)
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.credits.crediting import Crediting
from process_apis.project_to_cash.credits.posting import CreditPosting
from process_apis.project_to_cash.credits.questions import CreditQuestions
from process_apis.project_to_cash.credits.rebilling import Rebilling
from process_apis.project_to_cash.credits.servicing import Servicing
from process_apis.project_to_cash.questions import NAME


class Credits(Struct, frozen=True):
    """The process with what it needs at hand."""

    crediting: Crediting
    questions: CreditQuestions
    posting: CreditPosting
    rebilling: Rebilling
    servicing: Servicing

    async def service(self, event: ServiceLevelReported) -> CreditNoteDrafted | None:
        """Draft the credit of a service level that was missed."""
        return _drafted(await step(self.servicing.credit_service, event.report_id))

    async def service_posted(self, event: InvoicePosted) -> CreditNoteDrafted | None:
        """Draft the credit of a service level that was reported before the invoice was posted."""
        return _drafted(await step(self.servicing.credit_posted, event.invoice_id))

    async def approve(self, event: CreditNoteDrafted) -> None:
        """Ask the project manager whether the credit takes the right work back."""
        await wait_for(self.questions.content, event.credit_note_id)

    async def approve_amount(self, event: CreditNoteContentApproved) -> CreditNoteApproved | None:
        """Ask finance as well, when the policy wants it of such an amount."""
        if await step(self.questions.needs_finance, event.credit_note_id):
            await wait_for(self.questions.amount, event.credit_note_id)
            return None
        return CreditNoteApproved(
            credit_note_id=event.credit_note_id,
            version=event.version,
            legal_entity=event.legal_entity,
        )

    async def post(self, event: CreditNoteApproved) -> CreditNotePosted:
        """Post an approved credit note, for exactly the total that was expected."""
        note = await step(self.posting.reserve_credit, event.credit_note_id)
        written = await step(self.posting.write_credit, note)
        await step(self.posting.compare_credit, note, written)
        posted = await step(self.posting.post_credit, note, written)
        await step(self.posting.note_credit, note, posted)
        await step(self.posting.settle_credited, note)
        return CreditNotePosted(
            credit_note_id=note.id, number=posted.number or "", legal_entity=event.legal_entity
        )

    async def send_back(self, event: CreditNoteRejected) -> None:
        """Let the invoice stand as it was when a credit of it is rejected."""
        await step(self.crediting.release_credit, event.credit_note_id)

    async def release_held(self, event: CapRoomChanged) -> BillingFallenDue | None:
        """Bill the work that a cap held when the contract has room for it now."""
        planned = await step(self.rebilling.release, event.contract_id)
        if planned is None:
            return None
        return BillingFallenDue(
            billing_event_id=planned.id, occasion="planned", legal_entity=planned.legal_entity
        )


def _drafted(note: ClientCreditNote | None) -> CreditNoteDrafted | None:
    if note is None:
        return None
    return CreditNoteDrafted(
        credit_note_id=note.id, version=note.version, legal_entity=note.draft.legal_entity
    )


def processes(process: Credits) -> list[Process]:
    """Return what of crediting happens on which event."""
    writing = frozenset({"system:erp:read", "system:erp:write"})
    reading, ours = frozenset({"system:contracts:read"}), frozenset[str]()
    return [
        Process(
            name=f"{NAME}.service-credit",
            on=ServiceLevelReported,
            run=process.service,
            scopes=reading,
        ),
        Process(
            name=f"{NAME}.service-credit-of-posted",
            on=InvoicePosted,
            run=process.service_posted,
            scopes=reading,
        ),
        Process(
            name=f"{NAME}.approve-credit", on=CreditNoteDrafted, run=process.approve, scopes=ours
        ),
        Process(
            name=f"{NAME}.approve-credit-amount",
            on=CreditNoteContentApproved,
            run=process.approve_amount,
            scopes=ours,
        ),
        Process(
            name=f"{NAME}.post-credit",
            on=CreditNoteApproved,
            run=process.post,
            scopes=writing,
            lane=Lane.BILLING,
        ),
        Process(
            name=f"{NAME}.send-back-credit",
            on=CreditNoteRejected,
            run=process.send_back,
            scopes=ours,
        ),
        Process(
            name=f"{NAME}.release-held", on=CapRoomChanged, run=process.release_held, scopes=reading
        ),
    ]

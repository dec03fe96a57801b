"""Posting credit notes: each in the books once, for exactly the expected total."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.posting import POSTABLE
from process_apis.project_to_cash.records import InvoiceStage
from system_apis.canonical.credits import CreditNote
from system_apis.errors import Refused, TryAgain
from system_apis.systems import Systems


class CreditPosting(Struct, frozen=True):
    """The steps between an approved credit note and the invoice that is owed less."""

    systems: Systems
    billing: BillingLedger
    credits: CreditLedger
    clock: Callable[[], datetime]

    async def reserve_credit(self, credit_note_id: str) -> ClientCreditNote:
        """Move a credit note to `posting`, the state that only the ERP's answer ends."""
        note = await self.credits.credit_note(credit_note_id)
        if note.stage not in POSTABLE:
            return note
        return await self.credits.moved(replace(note, stage=InvoiceStage.POSTING), seen=note)

    async def write_credit(self, note: ClientCreditNote) -> CreditNote:
        """Write the draft to the ERP under the credit note's own reference."""
        erp = self.systems.by_erp_instance(note.instance)
        return await erp.create_credit_note(note.draft, key=note.reference)

    async def compare_credit(self, note: ClientCreditNote, written: CreditNote) -> None:
        """Stop at a person, before anything is posted, when the ERP's total is another."""
        erp = self.systems.by_erp_instance(note.instance)
        found = await erp.credit_note(written.id)
        expected = (note.draft.net, note.draft.tax, note.draft.gross)
        if (found.net, found.tax, found.gross) != expected:
            reason = f"expected {note.draft.gross}, the ERP computed {found.gross}"
            raise Refused(erp.instance, reason, code="TOTAL_MISMATCH")

    async def post_credit(self, note: ClientCreditNote, written: CreditNote) -> CreditNote:
        """Post the draft, which gives it its number, after those of the company dated before it."""
        issued = note.draft.issue_date
        if await self.credits.on_the_way_before(note):
            raise TryAgain("strata", f"a credit note dated before {issued} is posted first")
        erp = self.systems.by_erp_instance(note.instance)
        posted = await erp.post_credit_note(written.id, key=f"post:{note.reference}")
        if posted.gross != note.draft.gross or posted.number is None:
            reason = f"expected {note.draft.gross}, posted {posted.gross}"
            raise Refused(erp.instance, reason, code="TOTAL_MISMATCH")
        return posted

    async def note_credit(self, note: ClientCreditNote, posted: CreditNote) -> ClientCreditNote:
        """Write down what the ERP posted, beside what was expected; said twice, it is so once."""
        now = await self.credits.credit_note(note.id)
        if now.stage is not InvoiceStage.POSTING:
            return now
        return await self.credits.moved(
            replace(
                now,
                stage=InvoiceStage.POSTED,
                ledger_id=posted.id,
                number=posted.number,
                posted=posted.gross,
                posted_at=self.clock(),
            ),
            seen=now,
        )

    async def settle_credited(self, note: ClientCreditNote) -> None:
        """Write down what the invoice is owed less, and close it when nothing is owed any more."""
        invoice = await self.billing.invoice(note.invoice_id)
        booked = await self.systems.by_erp_instance(invoice.instance).invoice(
            invoice.ledger_id or ""
        )
        credited = replace(invoice, credited=booked.credited, paid=booked.paid)
        disputed = invoice.stage is InvoiceStage.DISPUTED
        stage = credited.stage_when(booked.paid, disputed=disputed)
        now = replace(credited, stage=stage)
        if now != invoice:
            await self.billing.moved(now, seen=invoice, reason=f"credit note {note.id}")

"""Crediting: choose what of a posted invoice is taken back, and draft the credit note."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from process_apis.errors import Conflict
from process_apis.project_to_cash.credit_records import ClientCreditNote, CreditedLine
from process_apis.project_to_cash.credits import rules as credit_rules
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.credits.service_levels import CREDITABLE
from process_apis.project_to_cash.identifiers import credit_note_id
from process_apis.project_to_cash.ledger.allocations import LEDGER
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.questions import REQUESTER
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from system_apis.canonical.contracts import ServiceLevelReport
from system_apis.canonical.party import LegalEntity
from system_apis.errors import Refused
from system_apis.systems import Systems


class Crediting(Struct, frozen=True):
    """Drafts credit notes; nothing is taken back before people approved."""

    systems: Systems
    billing: BillingLedger
    credits: CreditLedger
    entities: Mapping[str, LegalEntity]
    clock: Callable[[], datetime]

    async def work(
        self, invoice: ClientInvoice, numbers: Sequence[str], *, reason: str, by: str
    ) -> ClientCreditNote:
        """Draft the credit of some sources; asked for again, it is the same credit note.

        Raises `Conflict` when the invoice is not posted, `ValueError` naming what it does not
        bill, and `Refused` when that was credited already.
        """
        if invoice.stage not in CREDITABLE:
            raise Conflict(f"the invoice is {invoice.stage}: only a posted one can be credited")
        occasion = "|".join(sorted(set(numbers)))
        known, note_id = await self._place(invoice, occasion)
        if known is not None:
            return await self.credits.draft(known, invoice, [])
        sources = credit_rules.chosen(await self.credits.standing(invoice.id), numbers)
        terms = self.systems.by_erp_instance(invoice.instance).posting_terms
        lines = credit_rules.work_lines(sources, invoice.draft.lines, terms)
        on = self.entities[invoice.draft.legal_entity].day_of(self.clock())
        return await self._write(invoice, lines, note_id, on=on, reason=reason, by=by)

    async def service(self, invoice: ClientInvoice, report: ServiceLevelReport) -> ClientCreditNote:
        """Draft the credit of a missed service level, dated the day of its report."""
        known, note_id = await self._place(invoice, f"service:{report.id}")
        if known is not None:
            return known
        lines = await self.service_lines(invoice, report)
        if not lines:
            reason = f"the fee of {report.period} is credited already"
            raise Refused(LEDGER, reason, code="ALREADY_CREDITED")
        on = self.entities[invoice.draft.legal_entity].day_of(report.reported_at)
        reason = f"service level of {report.period} was not met"
        return await self._write(invoice, lines, note_id, on=on, reason=reason, by=REQUESTER)

    async def service_lines(
        self, invoice: ClientInvoice, report: ServiceLevelReport
    ) -> list[CreditedLine]:
        """Return what a missed service level gives back of an invoice."""
        standing = await self.credits.standing(invoice.id)
        terms = self.systems.by_erp_instance(invoice.instance).posting_terms
        percent = report.credit_percent or Decimal(0)
        return credit_rules.service_lines(standing, invoice.draft.lines, percent, terms)

    async def _place(
        self, invoice: ClientInvoice, occasion: str
    ) -> tuple[ClientCreditNote | None, str]:
        """Return the credit note of an occasion that stands, or the id that the next one has."""
        every = tuple(InvoiceStage)
        notes = await self.credits.credit_notes(invoice_id=invoice.id, stages=every)
        by_id = {each.id: each for each in notes}
        for attempt in range(1, len(notes) + 2):
            note_id = credit_note_id(invoice.id, f"{occasion}#{attempt}")
            known = by_id.get(note_id)
            if known is None or known.stage is not InvoiceStage.REJECTED:
                return known, note_id
        raise AssertionError("one of more ids than there are notes is free")

    async def _write(
        self,
        invoice: ClientInvoice,
        lines: Sequence[CreditedLine],
        note_id: str,
        *,
        on: date,
        reason: str,
        by: str,
    ) -> ClientCreditNote:
        event = await self.billing.event(invoice.billing_event_id)
        terms = self.systems.by_erp_instance(invoice.instance).posting_terms
        note = ClientCreditNote(
            id=note_id,
            invoice_id=invoice.id,
            billing_event_id=event.id,
            contract_number=event.contract_number,
            purchase_order=invoice.draft.purchase_order,
            version=1,
            stage=InvoiceStage.PENDING_APPROVAL,
            draft=credit_rules.draft(invoice, lines, terms, on=on, reason=reason),
            reference=f"CRN:{note_id}",
            project_manager=invoice.project_manager,
            requested_by=by,
            instance=invoice.instance,
        )
        return await self.credits.draft(note, invoice, lines)

    async def release_credit(self, credit_note_id: str) -> None:
        """Take a rejected draft out, so that what it took back is billed again."""
        await self.credits.release(await self.credits.credit_note(credit_note_id))

"""Drafting: what is posted gets one mail, which waits for a person or says why it is not sent."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from process_apis.approvals.decisions import Approvals
from process_apis.electronic_invoices import ElectronicInvoicing
from process_apis.events.mails import CreditNoteMailDue, InvoiceMailDue
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.mailing import rules
from process_apis.project_to_cash.mailing.records import InvoiceMail, MailStatus
from process_apis.project_to_cash.mailing.register import MailRegister
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from system_apis.canonical.billing import InvoiceDraft
from system_apis.canonical.credits import CreditNoteDraft
from system_apis.canonical.party import Client, LegalEntity
from system_apis.errors import Refused
from system_apis.systems import Systems

QUESTION = "invoice_mail"
# What was posted long before the firm had mail for letters reached its client in another way.
MAILED_WITHIN = timedelta(days=7)
Mailed = ClientInvoice | ClientCreditNote


class Drafting(Struct, frozen=True, kw_only=True):
    """The steps between a posted document and its draft."""

    systems: Systems
    billing: BillingLedger
    credits: CreditLedger
    register: MailRegister
    approvals: Approvals
    entities: Mapping[str, LegalEntity]
    law: ElectronicInvoicing
    channel: str | None
    clock: Callable[[], datetime]

    async def due(self) -> list[InvoiceMailDue | CreditNoteMailDue]:
        """Return what is to be mailed, nothing where the firm has no mail for letters."""
        if self.channel is None:
            return []
        return await self.register.due(frozenset(self.entities), self.clock() - MAILED_WITHIN)

    async def draft_invoice(self, invoice_id: str) -> InvoiceMail:
        """Draft the mail of an invoice, unless it is electronic or all of it was credited."""
        invoice = await self.billing.invoice(invoice_id)
        notes = await self.credited(invoice_id)
        client = await self._client(invoice)
        seller = self.entities[invoice.draft.legal_entity]
        letter = rules.invoice_letter(invoice, seller, client.legal_name, notes)
        spared = rules.CREDITED if rules.is_all_credited(invoice, notes) else None
        return await self._drafted(invoice, letter, client, spared)

    async def take_back(self, credit_note_id: str) -> InvoiceMail | None:
        """Withdraw the mail of an invoice that is all credited, unless it is on its way."""
        invoice = await self._invoice_of(credit_note_id)
        found = await self.register.find(invoice.id)
        if found is None and self._is_due(invoice):
            found = await self.draft_invoice(invoice.id)
        if found is None or not rules.is_all_credited(invoice, await self.credited(invoice.id)):
            return found
        withdrawn = replace(found, status=MailStatus.WITHDRAWN, reason=rules.CREDITED)
        ended = await self.register.moved(withdrawn, out_of={MailStatus.DRAFT})
        if ended.status is MailStatus.WITHDRAWN:
            await self.approvals.withdraw(QUESTION, [subject_of(ended)])
        return ended

    async def draft_credit(self, credit_note_id: str) -> InvoiceMail:
        """Draft the mail of a credit note, unless the client never had what it credits."""
        note = await self.credits.credit_note(credit_note_id)
        invoice = await self.billing.invoice(note.invoice_id)
        client = await self._client(invoice)
        seller = self.entities[note.draft.legal_entity]
        letter = rules.credit_letter(note, seller, client.legal_name)
        first = await self.register.find(invoice.id)
        spared = rules.NEVER_SENT if first and first.reason == rules.CREDITED else None
        return await self._drafted(note, letter, client, spared)

    async def credited(self, invoice_id: str) -> list[ClientCreditNote]:
        """Return the posted credit notes of an invoice."""
        return await self.credits.credit_notes(invoice_id=invoice_id, stages=[InvoiceStage.POSTED])

    async def _drafted(
        self, document: Mailed, letter: rules.Letter, client: Client, spared: str | None
    ) -> InvoiceMail:
        """Write down the mail of a document, which waits unless it or the law spares the client."""
        draft = document.draft
        why = spared or self._electronic(client, draft)
        mail = InvoiceMail(
            document_id=document.id,
            kind=letter.kind,
            invoice_id=letter.invoice_id,
            number=document.number or "",
            legal_entity=draft.legal_entity,
            project_number=draft.project_number,
            client_number=draft.client_number,
            client_name=client.legal_name,
            amount=draft.gross,
            subject=letter.subject,
            text=letter.text,
            electronic_too=bool(client.einvoice_endpoints),
            status=MailStatus.WITHDRAWN if why else MailStatus.DRAFT,
            reason=why,
            drafted_at=self.clock(),
        )
        return await self.register.written(mail)

    async def _invoice_of(self, credit_note_id: str) -> ClientInvoice:
        note = await self.credits.credit_note(credit_note_id)
        return await self.billing.invoice(note.invoice_id)

    def _is_due(self, invoice: ClientInvoice) -> bool:
        since = self.clock() - MAILED_WITHIN
        return invoice.posted_at is not None and invoice.posted_at >= since

    async def _client(self, invoice: ClientInvoice) -> Client:
        """Return the client as the books have it."""
        number = invoice.draft.client_number
        erp = self.systems.by_erp_instance(invoice.instance)
        found = (await erp.clients(number=number)).items
        if not found:
            reason = f"the books know no client {number}"
            raise Refused(invoice.instance, reason, code="CLIENT_INCOMPLETE")
        return found[0]

    def _electronic(self, client: Client, draft: InvoiceDraft | CreditNoteDraft) -> str | None:
        """Return why a document is not mailed that the law wants electronic."""
        seller = self.entities[draft.legal_entity].country
        mandated = self.law.is_mandated(seller, client.country, on=draft.issue_date)
        return rules.ELECTRONIC if mandated and client.number not in self.law.mailed_too else None


def subject_of(mail: InvoiceMail) -> str:
    """Return what is asked about: who approved an invoice may send it as well."""
    return f"{mail.document_id}:mail"

"""What any ERP must answer, in our words."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol, runtime_checkable

from system_apis.canonical.billing import (
    ClientBalance,
    FiscalPeriod,
    Invoice,
    InvoiceDraft,
    LedgerProject,
    LedgerProjectDraft,
    Payment,
    PaymentApplication,
    PaymentDraft,
    PostingTerms,
)
from system_apis.canonical.credits import CreditNote, CreditNoteDraft
from system_apis.canonical.journals import Journal, JournalDraft
from system_apis.canonical.party import Client, ClientDraft
from system_apis.canonical.payables import Payable, PayableDraft
from system_apis.canonical.record import Change, Page
from system_apis.dedupe import DedupeMode


@runtime_checkable
class Erp(Protocol):
    """An enterprise resource planning system: it owns tax, posting, numbers and payment.

    A method that takes `legal_entity` answers for that company's books alone.
    """

    instance: str
    writes: Mapping[str, DedupeMode]
    posting_terms: PostingTerms

    async def client(self, client_id: str) -> Client:
        """Return one client, or raise `NotFound`."""

    async def clients(
        self,
        *,
        number: str | None = None,
        tax_id: str | None = None,
        cursor: str | None = None,
    ) -> Page[Client]:
        """Return clients in the order they were created, a page at a time."""

    async def client_by_key(self, key: str) -> Client | None:
        """Return the client that was created with this key, if any."""

    async def create_client(self, draft: ClientDraft, *, key: str) -> Client:
        """Create a client that invoices can be addressed to."""

    async def currencies(self) -> frozenset[str] | None:
        """Return the currencies that the books take, and nothing when the ERP tells none."""

    async def balances(self, *, client_number: str) -> list[ClientBalance]:
        """Return what a client owes each company, in each currency, as far as the ERP tells."""

    async def ledger_project(self, number: str, *, legal_entity: str) -> LedgerProject | None:
        """Return the project dimension of this number, if the books have it."""

    async def ledger_project_by_key(self, key: str) -> LedgerProject | None:
        """Return the project dimension that was created with this key, if any."""

    async def create_ledger_project(self, draft: LedgerProjectDraft, *, key: str) -> LedgerProject:
        """Create a project dimension in the books."""

    async def close_ledger_project(
        self, number: str, *, legal_entity: str, key: str
    ) -> LedgerProject:
        """Take a project dimension out of use that nothing was booked on (compensation)."""

    async def fiscal_period(self, *, legal_entity: str, on: date) -> FiscalPeriod | None:
        """Return the fiscal period that a date falls in, if the books have one."""

    async def invoice(self, invoice_id: str) -> Invoice:
        """Return one invoice, or raise `NotFound`."""

    async def invoices(
        self,
        *,
        number: str | None = None,
        reference: str | None = None,
        legal_entity: str | None = None,
        cursor: str | None = None,
    ) -> Page[Invoice]:
        """Return invoices in the order they were created, a page at a time."""

    async def invoice_by_key(self, key: str) -> Invoice | None:
        """Return the invoice whose reference is this key, if any."""

    async def create_invoice(self, draft: InvoiceDraft, *, key: str) -> Invoice:
        """Write a draft invoice with `key` as its reference; nothing is posted yet."""

    async def post_invoice(self, invoice_id: str, *, key: str) -> Invoice:
        """Post a draft, which gives it a number; one that is posted already is returned as it is.

        Raises `Refused` with code `PERIOD_CLOSED` or `NUMBER_ORDER` when the books say no.
        """

    async def void_invoice(self, invoice_id: str, *, key: str) -> Invoice:
        """Take a draft that was never posted out of the books (compensation)."""

    async def credit_note(self, credit_note_id: str) -> CreditNote:
        """Return one credit note, or raise `NotFound`."""

    async def credit_notes(
        self,
        *,
        number: str | None = None,
        invoice_number: str | None = None,
        cursor: str | None = None,
    ) -> Page[CreditNote]:
        """Return credit notes in the order they were created, a page at a time."""

    async def credit_note_by_key(self, key: str) -> CreditNote | None:
        """Return the credit note whose reference is this key, if any."""

    async def create_credit_note(self, draft: CreditNoteDraft, *, key: str) -> CreditNote:
        """Write a draft credit note with `key` as its reference; nothing is posted yet."""

    async def post_credit_note(self, credit_note_id: str, *, key: str) -> CreditNote:
        """Post a draft, which gives it a number and takes it off what its invoice is owed.

        One that is posted already is returned as it is. Raises `Refused` with code
        `PERIOD_CLOSED`, `NUMBER_ORDER` or `CREDIT_EXCEEDS_INVOICE` when the books say no.
        """

    async def payment_by_key(self, key: str) -> Payment | None:
        """Return the payment that was booked with this key, if any."""

    async def payment(self, payment_id: str) -> Payment:
        """Return one payment, or raise `NotFound`."""

    async def payments(
        self, *, invoice_number: str | None = None, cursor: str | None = None
    ) -> Page[Payment]:
        """Return payments in the order they were booked, a page at a time."""

    async def record_payment(self, draft: PaymentDraft, *, key: str) -> Payment:
        """Book an incoming payment, against its invoice or as its client's unapplied money."""

    async def apply_payment(
        self, payment_id: str, application: PaymentApplication, *, key: str
    ) -> Payment:
        """Apply unapplied money to an invoice; what is applied to it already stays as it is.

        Raises `Refused` when the invoice owes less, or the payment has less left.
        """

    async def payable(self, payable_id: str) -> Payable:
        """Return one payable, or raise `NotFound`."""

    async def payables(
        self,
        *,
        bill_number: str | None = None,
        vendor_number: str | None = None,
        legal_entity: str | None = None,
        cursor: str | None = None,
    ) -> Page[Payable]:
        """Return payables in the order they were created, a page at a time."""

    async def payable_by_key(self, key: str) -> Payable | None:
        """Return the payable whose reference is this key, if any."""

    async def create_payable(self, draft: PayableDraft, *, key: str) -> Payable:
        """Write a vendor's bill or credit with `key` as its reference; nothing is posted yet.

        Raises `Refused` with code `NOT_OFFERED` where the connector keeps no payables.
        """

    async def post_payable(self, payable_id: str, *, key: str) -> Payable:
        """Post a payable, which gives it a number; one that is posted is returned as it is.

        Raises `Refused` with code `PERIOD_CLOSED` when the books say no.
        """

    async def release_payable(self, payable_id: str, *, key: str) -> Payable:
        """Let a payable be paid that was held; one that is not held is returned as it is."""

    async def journal(self, journal_id: str) -> Journal:
        """Return one journal entry, or raise `NotFound`."""

    async def journals(
        self, *, legal_entity: str | None = None, cursor: str | None = None
    ) -> Page[Journal]:
        """Return entries that we booked, in the order they were booked, a page at a time."""

    async def journal_by_key(self, key: str) -> Journal | None:
        """Return the entry that was booked with this key, if any."""

    async def record_journal(self, draft: JournalDraft, *, key: str) -> Journal:
        """Book an entry, which is posted at once and never changed.

        Refused: `PERIOD_CLOSED`, and `NOT_OFFERED` where the connector books none.
        """

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""

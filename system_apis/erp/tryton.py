"""Tryton 8.2 as the ERP: it owns tax, posting, numbers and payments of the firm's companies."""

from collections.abc import Mapping
from datetime import date, timedelta

from msgspec import Struct

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
    TaxRounding,
)
from system_apis.canonical.credits import CreditNote, CreditNoteDraft
from system_apis.canonical.journals import Journal, JournalDraft
from system_apis.canonical.money import Rounding
from system_apis.canonical.party import Client, ClientDraft
from system_apis.canonical.payables import Payable, PayableDraft
from system_apis.canonical.record import Change, Page
from system_apis.connector import Connection, References, Upstream
from system_apis.dedupe import DedupeMode, LookUpFirst, NativeKey
from system_apis.erp.interface import Erp
from system_apis.tryton.books import Books, Company
from system_apis.tryton.changes import Feed
from system_apis.tryton.clients import Clients
from system_apis.tryton.credit_notes import CreditNotes
from system_apis.tryton.invoices import Invoices
from system_apis.tryton.journals import Journals
from system_apis.tryton.owing import Owing
from system_apis.tryton.payables import Payables
from system_apis.tryton.payments import Payments
from system_apis.tryton.periods import periods
from system_apis.tryton.projects import Projects
from system_apis.tryton.wire import Access, Wire


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where Tryton is, who we are there, and which company stands for which legal entity.

    `longest_request_seconds` is how long a Tryton worker may still be busy with a request
    that we have given up on (the limit of its WSGI server or proxy).
    """

    connection: Connection
    database: str
    rest_key: str
    rpc_user: str
    rpc_password: str
    companies: dict[str, Company]
    longest_request_seconds: int = 100

    def __post_init__(self) -> None:
        if self.connection.bearer is not None:
            raise ValueError("rest_key, rpc_user and rpc_password let us in: take bearer out")


def entities(config: Config) -> frozenset[str]:
    """Return the legal entities that a company of this database stands for."""
    return frozenset(config.companies)


def connect(config: Config, upstream: Upstream, references: References) -> Erp:
    """Return the ERP that a Tryton database is to the firm."""
    companies = tuple(company.id for company in config.companies.values())
    access = Access(
        config.database, config.rest_key, config.rpc_user, config.rpc_password, companies
    )
    wire = Wire(upstream, access)
    return Tryton(config, Books(upstream.instance, wire, references, config.companies))


class Tryton:
    """Tryton's books behind the ERP interface; see `system_apis/tryton/` for each noun."""

    def __init__(self, config: Config, books: Books) -> None:
        self.instance = books.instance
        self.posting_terms = PostingTerms(Rounding.HALF_EVEN, TaxRounding.EXACT_GROUP)
        self.writes = dedupe_modes(timedelta(seconds=config.longest_request_seconds))
        self._books = books
        self._clients = Clients(books)
        self._projects = Projects(books)
        self._invoices = Invoices(books, self._clients, self._projects)
        self._credits = CreditNotes(books, self._clients, self._projects, self._invoices)
        self._payments = Payments(books, self._clients, self._invoices)
        self._journals = Journals(books)
        self._payables = Payables(books, self._projects)
        self._owing = Owing(books)
        self._feed = Feed(books, self._clients)

    async def client(self, client_id: str) -> Client:
        """Return one client, or raise `NotFound`."""
        return await self._clients.one(client_id)

    async def clients(
        self, *, number: str | None = None, tax_id: str | None = None, cursor: str | None = None
    ) -> Page[Client]:
        """Return clients in the order they were created, a page at a time."""
        return await self._clients.page(number=number, tax_id=tax_id, cursor=cursor)

    async def client_by_key(self, key: str) -> Client | None:
        """Return the client that was created with this key, if any."""
        return await self._clients.by_key(key)

    async def create_client(self, draft: ClientDraft, *, key: str) -> Client:
        """Create a client that invoices can be addressed to."""
        return await self._clients.create(draft, key)

    async def currencies(self) -> frozenset[str] | None:
        """Return the currencies that the books take."""
        return await self._owing.currencies()

    async def balances(self, *, client_number: str) -> list[ClientBalance]:
        """Return what a client owes each company, in the company's currency."""
        return await self._owing.balances(client_number)

    async def ledger_project(self, number: str, *, legal_entity: str) -> LedgerProject | None:
        """Return the project dimension of this number, if the books have it."""
        return await self._projects.one(number, legal_entity)

    async def ledger_project_by_key(self, key: str) -> LedgerProject | None:
        """Return the project dimension that was created with this key, if any."""
        return await self._projects.by_key(key)

    async def create_ledger_project(self, draft: LedgerProjectDraft, *, key: str) -> LedgerProject:
        """Create a project dimension in the books."""
        return await self._projects.create(draft, key)

    async def close_ledger_project(
        self, number: str, *, legal_entity: str, key: str
    ) -> LedgerProject:
        """Take a project dimension out of use that nothing was booked on (compensation)."""
        return await self._projects.close(number, legal_entity)

    async def fiscal_period(self, *, legal_entity: str, on: date) -> FiscalPeriod | None:
        """Return the fiscal period that a date falls in, if the books have one."""
        company = self._books.company(legal_entity)
        found = await periods(self._books.wire, company.id, on)
        return found[0].canonical(legal_entity) if found else None

    async def invoice(self, invoice_id: str) -> Invoice:
        """Return one invoice, or raise `NotFound`."""
        return await self._invoices.one(invoice_id)

    async def invoices(
        self,
        *,
        number: str | None = None,
        reference: str | None = None,
        legal_entity: str | None = None,
        cursor: str | None = None,
    ) -> Page[Invoice]:
        """Return invoices in the order they were created, a page at a time."""
        return await self._invoices.page(
            number=number, reference=reference, legal_entity=legal_entity, cursor=cursor
        )

    async def invoice_by_key(self, key: str) -> Invoice | None:
        """Return the invoice whose reference is this key, if any."""
        return await self._invoices.by_key(key)

    async def create_invoice(self, draft: InvoiceDraft, *, key: str) -> Invoice:
        """Write a draft invoice with `key` as its reference; nothing is posted yet."""
        return await self._invoices.create(draft, key)

    async def post_invoice(self, invoice_id: str, *, key: str) -> Invoice:
        """Post a draft, which gives it a number; one that is posted already is returned as it is.

        Raises `Refused` with code `PERIOD_CLOSED` or `NUMBER_ORDER` when the books say no.
        """
        return await self._invoices.post(invoice_id)

    async def void_invoice(self, invoice_id: str, *, key: str) -> Invoice:
        """Take a draft that was never posted out of the books (compensation)."""
        return await self._invoices.void(invoice_id)

    async def credit_note(self, credit_note_id: str) -> CreditNote:
        """Return one credit note, or raise `NotFound`."""
        return await self._credits.one(credit_note_id)

    async def credit_notes(
        self,
        *,
        number: str | None = None,
        invoice_number: str | None = None,
        cursor: str | None = None,
    ) -> Page[CreditNote]:
        """Return credit notes in the order they were created, a page at a time."""
        return await self._credits.page(number=number, invoice_number=invoice_number, cursor=cursor)

    async def credit_note_by_key(self, key: str) -> CreditNote | None:
        """Return the credit note whose reference is this key, if any."""
        return await self._credits.by_key(key)

    async def create_credit_note(self, draft: CreditNoteDraft, *, key: str) -> CreditNote:
        """Write a draft credit note with `key` as its reference; nothing is posted yet."""
        return await self._credits.create(draft, key)

    async def post_credit_note(self, credit_note_id: str, *, key: str) -> CreditNote:
        """Post a draft, which gives it a number and takes it off what its invoice is owed.

        One that is posted already is returned as it is. Raises `Refused` with code
        `PERIOD_CLOSED`, `NUMBER_ORDER` or `CREDIT_EXCEEDS_INVOICE` when the books say no.
        """
        return await self._credits.post(credit_note_id)

    async def payment_by_key(self, key: str) -> Payment | None:
        """Return the payment that was booked with this key, if any."""
        return await self._payments.by_key(key)

    async def payment(self, payment_id: str) -> Payment:
        """Return one payment, or raise `NotFound`."""
        return await self._payments.one(payment_id)

    async def payments(
        self, *, invoice_number: str | None = None, cursor: str | None = None
    ) -> Page[Payment]:
        """Return payments in the order they were booked, a page at a time."""
        return await self._payments.page(invoice_number=invoice_number, cursor=cursor)

    async def record_payment(self, draft: PaymentDraft, *, key: str) -> Payment:
        """Book an incoming payment, against its invoice or as its client's money on account."""
        return await self._payments.record(draft, key)

    async def apply_payment(
        self, payment_id: str, application: PaymentApplication, *, key: str
    ) -> Payment:
        """Move money on account to an invoice; what is applied to it already stays as it is."""
        return await self._payments.apply(payment_id, application, key)

    async def payment_applied_by_key(self, key: str) -> Payment | None:
        """Return the payment of which a part was applied with this key, if any."""
        return await self._payments.applied_by_key(key)

    async def payable(self, payable_id: str) -> Payable:
        """Return one payable, or raise `NotFound`."""
        return await self._payables.one(payable_id)

    async def payables(
        self,
        *,
        bill_number: str | None = None,
        vendor_number: str | None = None,
        legal_entity: str | None = None,
        cursor: str | None = None,
    ) -> Page[Payable]:
        """Return payables in the order they were created, a page at a time."""
        return await self._payables.page(
            bill_number=bill_number,
            vendor_number=vendor_number,
            legal_entity=legal_entity,
            cursor=cursor,
        )

    async def payable_by_key(self, key: str) -> Payable | None:
        """Return the payable that was written with this key, if any."""
        return await self._payables.by_key(key)

    async def create_payable(self, draft: PayableDraft, *, key: str) -> Payable:
        """Write a vendor's bill or credit with `key` on it; nothing is posted yet.

        Raises `Refused` with code `NOT_OFFERED` where the company's bills are keyed in by hand.
        """
        return await self._payables.create(draft, key)

    async def post_payable(self, payable_id: str, *, key: str) -> Payable:
        """Post a payable, which gives it a number; one that is posted is returned as it is.

        Raises `Refused` with code `PERIOD_CLOSED` when the books say no.
        """
        return await self._payables.post(payable_id)

    async def release_payable(self, payable_id: str, *, key: str) -> Payable:
        """Let a payable be paid that was held; one that is not held is returned as it is."""
        return await self._payables.release(payable_id)

    async def journal(self, journal_id: str) -> Journal:
        """Return one journal entry, or raise `NotFound`."""
        return await self._journals.one(journal_id)

    async def journals(
        self, *, legal_entity: str | None = None, cursor: str | None = None
    ) -> Page[Journal]:
        """Return entries that we booked, in the order they were written, a page at a time."""
        return await self._journals.page(legal_entity, cursor)

    async def journal_by_key(self, key: str) -> Journal | None:
        """Return the entry that was booked with this key, if any."""
        return await self._journals.by_key(key)

    async def record_journal(self, draft: JournalDraft, *, key: str) -> Journal:
        """Book an entry. Refused: `PERIOD_CLOSED`, `NOT_OFFERED` where a person books it."""
        return await self._journals.record(draft, key)

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
        return Page(await self._feed.after(after))


def dedupe_modes(settles_after: timedelta) -> Mapping[str, DedupeMode]:
    """Return how each write is made safe.

    A party's code is unique in Tryton, and an invoice is posted or cancelled once, so these
    are safe to repeat. References of invoices, notes of projects and descriptions of
    bills and payments are not unique: they are looked up first.
    """
    return {
        "create_client": NativeKey(),
        "create_ledger_project": LookUpFirst("ledger_project_by_key", settles_after),
        "close_ledger_project": NativeKey(),
        "create_invoice": LookUpFirst("invoice_by_key", settles_after),
        "post_invoice": NativeKey(),
        "void_invoice": NativeKey(),
        "create_credit_note": LookUpFirst("credit_note_by_key", settles_after),
        "post_credit_note": NativeKey(),
        "record_payment": LookUpFirst("payment_by_key", settles_after),
        "apply_payment": LookUpFirst("payment_applied_by_key", settles_after),
        "create_payable": LookUpFirst("payable_by_key", settles_after),
        "post_payable": NativeKey(),
        "release_payable": NativeKey(),
        "record_journal": LookUpFirst("journal_by_key", settles_after),
    }

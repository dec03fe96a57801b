"""The sandbox firm's ERP, which speaks like NetSuite, behind our interface.

Its `externalId` can be searched for and is not unique, so every create is looked up first
and read again by its key afterwards: a second record with the key is told to a person.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar

from msgspec import Struct

from system_apis.canonical.billing import (
    ClientBalance,
    FiscalPeriod,
    Invoice,
    InvoiceDraft,
    InvoiceStatus,
    LedgerProject,
    LedgerProjectDraft,
    Payment,
    PaymentApplication,
    PaymentDraft,
    PostingTerms,
)
from system_apis.canonical.credits import CreditNote, CreditNoteDraft
from system_apis.canonical.journals import Journal, JournalDraft
from system_apis.canonical.money import Rounding
from system_apis.canonical.party import Client, ClientDraft
from system_apis.canonical.payables import Payable, PayableDraft, PayableStatus
from system_apis.canonical.record import Change, Page
from system_apis.change_feed import identified
from system_apis.connector import Connection, References, Upstream, ids_of_named
from system_apis.dedupe import DedupeMode
from system_apis.erp import sandbox_balances as owing
from system_apis.erp import sandbox_credits as memos
from system_apis.erp import sandbox_records as records
from system_apis.erp import sandbox_wishes as wishes
from system_apis.erp.interface import Erp
from system_apis.erp.sandbox_journals import Journals
from system_apis.erp.sandbox_payables import Payables
from system_apis.erp.sandbox_wire import ROOT, WRITES, Spoken, Wire, next_cursor, only, seen
from system_apis.errors import NotFound

# As many records as can bear one key, with the halves that were taken out.
_OF_ONE_KEY = "50"
T = TypeVar("T")


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the ERP is, how it rounds, and how many records a page asks for."""

    connection: Connection
    rounding: Rounding = Rounding.HALF_UP
    page_size: int = 50


def connect(config: Config, upstream: Upstream, references: References) -> Erp:
    """Return the ERP behind an upstream."""
    return SandboxErp(config, upstream, references)


class SandboxErp:
    """The sandbox firm's ERP as our processes see it."""

    writes: Mapping[str, DedupeMode] = WRITES

    def __init__(self, config: Config, upstream: Upstream, references: References) -> None:
        self.instance = upstream.instance
        self.posting_terms = PostingTerms(config.rounding)
        self._page_size = config.page_size
        self._wire = Wire(upstream, config.page_size)
        self._references = references
        told = (self._wire, references, self.instance, config.page_size)
        self._payables, self._journals = Payables(*told), Journals(*told)

    async def client(self, client_id: str) -> Client:
        """Return one client, or raise `NotFound`."""
        record_id = await self._references.record_of("client", client_id)
        found = await self._wire.one("client", "customer", record_id, records.Customer)
        [said] = await self._clients([found])
        return said

    async def clients(
        self, *, number: str | None = None, tax_id: str | None = None, cursor: str | None = None
    ) -> Page[Client]:
        """Return clients in the order they were created, a page at a time."""
        asked = {"entityId": number, "vatRegNumber": tax_id, "offset": cursor}
        page = await self._wire.page("clients", "customer", asked, records.Customers)
        return Page(await self._clients(page.items), next_cursor(page, self._page_size))

    async def client_by_key(self, key: str) -> Client | None:
        """Return the client that was created with this key, if any."""
        asked = {"externalId": key}
        page = await self._wire.page("clients", "customer", asked, records.Customers)
        return only(self.instance, await self._clients(page.items), key)

    async def create_client(self, draft: ClientDraft, *, key: str) -> Client:
        """Create a client that invoices can be addressed to."""
        wish = wishes.NewCustomer.of(draft, key)
        await self._wire.create("create_client", "customer", wish, records.Customer)
        return await seen(self.instance, self.client_by_key(key), key)

    async def currencies(self) -> frozenset[str] | None:
        """Return the currencies that the books take, and nothing when the ERP tells none."""
        path = f"{ROOT}/currency"
        found = (await self._wire.read("currencies", path, {}, owing.Currencies)).items
        return frozenset(each.symbol for each in found if not each.is_inactive) if found else None

    async def balances(self, *, client_number: str) -> list[ClientBalance]:
        """Return what a client owes each company, in each currency."""
        path, query = f"{ROOT}/customerSubsidiaryRelationship", {"entityId": client_number}
        found = (await self._wire.read("balances", path, query, owing.Balances)).items
        ids = await self._references.ids_of("client", [each.entity for each in found])
        return [r.canonical(i, client_number) for r, i in zip(found, ids, strict=True)]

    async def ledger_project(self, number: str, *, legal_entity: str) -> LedgerProject | None:
        """Return the project dimension of this number, if the books have it."""
        asked: dict[str, str | None] = {"entityId": number, "subsidiary": legal_entity}
        return only(self.instance, await self._jobs(asked), number)

    async def ledger_project_by_key(self, key: str) -> LedgerProject | None:
        """Return the project dimension that was created with this key, if any."""
        return only(self.instance, await self._jobs({"externalId": key}), key)

    async def create_ledger_project(self, draft: LedgerProjectDraft, *, key: str) -> LedgerProject:
        """Create a project dimension in the books."""
        wish = wishes.NewJob.of(draft, key)
        await self._wire.create("create_ledger_project", "job", wish, records.Job)
        return await seen(self.instance, self.ledger_project_by_key(key), key)

    async def close_ledger_project(
        self, number: str, *, legal_entity: str, key: str
    ) -> LedgerProject:
        """Take a project dimension out of use that nothing was booked on (compensation)."""
        known = await self.ledger_project(number, legal_entity=legal_entity)
        if known is None:
            raise NotFound(self.instance, f"no project {number} in {legal_entity}")
        record = f"job/{known.source.record_id}"
        done = await self._wire.act("close_ledger_project", record, "inactivate", records.Job)
        return done.canonical(known.id, self.instance)

    async def fiscal_period(self, *, legal_entity: str, on: date) -> FiscalPeriod | None:
        """Return the fiscal period that a date falls in, if the books have one."""
        query = {"subsidiary": legal_entity, "date": on.isoformat()}
        path = f"{ROOT}/accountingPeriod"
        found = (await self._wire.read("fiscal_period", path, query, records.Periods)).items
        return found[0].canonical() if found else None

    async def invoice(self, invoice_id: str) -> Invoice:
        """Return one invoice, or raise `NotFound`."""
        record_id = await self._references.record_of("invoice", invoice_id)
        found = await self._wire.one("invoice", "invoice", record_id, records.InvoiceRecord)
        return found.canonical(invoice_id, self.instance)

    async def invoices(
        self,
        *,
        number: str | None = None,
        reference: str | None = None,
        legal_entity: str | None = None,
        cursor: str | None = None,
    ) -> Page[Invoice]:
        """Return invoices in the order they were created, a page at a time."""
        asked = {
            "tranId": number,
            "externalId": reference,
            "subsidiary": legal_entity,
            "offset": cursor,
        }
        page = await self._wire.page("invoices", "invoice", asked, records.Invoices)
        return Page(await self._ours("invoice", page.items), next_cursor(page, self._page_size))

    async def invoice_by_key(self, key: str) -> Invoice | None:
        """Return the invoice whose reference is this key, if any; a void one is none."""
        asked = {"externalId": key, "limit": _OF_ONE_KEY}
        page = await self._wire.page("invoices", "invoice", asked, records.Invoices)
        standing = [each for each in page.items if not each.is_void]
        return only(self.instance, await self._ours("invoice", standing), key)

    async def create_invoice(self, draft: InvoiceDraft, *, key: str) -> Invoice:
        """Write a draft invoice with `key` as its reference; nothing is posted yet."""
        wish = wishes.NewInvoice.of(draft, key)
        await self._wire.create("create_invoice", "invoice", wish, records.InvoiceRecord)
        return await seen(self.instance, self.invoice_by_key(key), key)

    async def post_invoice(self, invoice_id: str, *, key: str) -> Invoice:
        """Post a draft, which gives it a number; one that is posted already is returned as it is.

        Raises `Refused` with code `PERIOD_CLOSED` or `NUMBER_ORDER` when the books say no.
        """
        return await self._act("post_invoice", invoice_id, "post")

    async def void_invoice(self, invoice_id: str, *, key: str) -> Invoice:
        """Take a draft that was never posted out of the books (compensation)."""
        return await self._act("void_invoice", invoice_id, "void")

    async def has_every_line(
        self, found: Invoice | CreditNote, *, draft: InvoiceDraft | CreditNoteDraft
    ) -> bool:
        """Whether a document that is not posted has every line that was sent.

        What differs in amounts alone is whole: that is the ERP's own arithmetic.
        """
        is_draft = found.status is InvoiceStatus.DRAFT
        return not is_draft or len(found.lines or ()) == len(draft.lines)

    async def credit_note(self, credit_note_id: str) -> CreditNote:
        """Return one credit note, or raise `NotFound`."""
        record_id = await self._references.record_of("credit_note", credit_note_id)
        found = await self._wire.one("credit_note", "creditMemo", record_id, memos.CreditMemo)
        return found.canonical(credit_note_id, self.instance)

    async def credit_notes(
        self,
        *,
        number: str | None = None,
        invoice_number: str | None = None,
        cursor: str | None = None,
    ) -> Page[CreditNote]:
        """Return credit notes in the order they were created, a page at a time."""
        asked = {"tranId": number, "createdFrom": invoice_number, "offset": cursor}
        page = await self._wire.page("credit_notes", "creditMemo", asked, memos.CreditMemos)
        return Page(await self._ours("credit_note", page.items), next_cursor(page, self._page_size))

    async def credit_note_by_key(self, key: str) -> CreditNote | None:
        """Return the credit note whose reference is this key, if any; a void one is none."""
        asked = {"externalId": key, "limit": _OF_ONE_KEY}
        page = await self._wire.page("credit_notes", "creditMemo", asked, memos.CreditMemos)
        standing = [each for each in page.items if not each.is_void]
        return only(self.instance, await self._ours("credit_note", standing), key)

    async def create_credit_note(self, draft: CreditNoteDraft, *, key: str) -> CreditNote:
        """Write a draft credit note with `key` as its reference; nothing is posted yet."""
        wish = memos.NewMemo.of(draft, key)
        await self._wire.create("create_credit_note", "creditMemo", wish, memos.CreditMemo)
        return await seen(self.instance, self.credit_note_by_key(key), key)

    async def post_credit_note(self, credit_note_id: str, *, key: str) -> CreditNote:
        """Post a draft, which gives it a number and takes it off what its invoice is owed.

        One that is posted already is returned as it is. Raises `Refused` with code
        `PERIOD_CLOSED`, `NUMBER_ORDER` or `CREDIT_EXCEEDS_INVOICE` when the books say no.
        """
        record_id = await self._references.record_of("credit_note", credit_note_id)
        record = f"creditMemo/{record_id}"
        done = await self._wire.act("post_credit_note", record, "post", memos.CreditMemo)
        return done.canonical(credit_note_id, self.instance)

    async def void_credit_note(self, credit_note_id: str, *, key: str) -> CreditNote:
        """Take a draft that was never posted out of the books (compensation)."""
        record_id = await self._references.record_of("credit_note", credit_note_id)
        record = f"creditMemo/{record_id}"
        done = await self._wire.act("void_credit_note", record, "void", memos.CreditMemo)
        return done.canonical(credit_note_id, self.instance)

    async def payment_by_key(self, key: str) -> Payment | None:
        """Return the payment that was booked with this key, if any."""
        asked = {"externalId": key}
        page = await self._wire.page("payments", "customerPayment", asked, records.CustomerPayments)
        return only(self.instance, await self._ours("payment", page.items), key)

    async def payment(self, payment_id: str) -> Payment:
        """Return one payment, or raise `NotFound`."""
        record_id = await self._references.record_of("payment", payment_id)
        found = await self._wire.one(
            "payment", "customerPayment", record_id, records.CustomerPayment
        )
        return found.canonical(payment_id, self.instance)

    async def payments(
        self, *, invoice_number: str | None = None, cursor: str | None = None
    ) -> Page[Payment]:
        """Return payments in the order they were booked, a page at a time."""
        asked = {"invoice": invoice_number, "offset": cursor}
        page = await self._wire.page("payments", "customerPayment", asked, records.CustomerPayments)
        return Page(await self._ours("payment", page.items), next_cursor(page, self._page_size))

    async def record_payment(self, draft: PaymentDraft, *, key: str) -> Payment:
        """Book an incoming payment, against its invoice or as its client's unapplied money."""
        wish = wishes.NewPayment.of(draft, key)
        await self._wire.create("record_payment", "customerPayment", wish, records.CustomerPayment)
        return await seen(self.instance, self.payment_by_key(key), key)

    async def apply_payment(
        self, payment_id: str, application: PaymentApplication, *, key: str
    ) -> Payment:
        """Apply unapplied money to an invoice; what is applied to it already stays as it is."""
        record_id = await self._references.record_of("payment", payment_id)
        wish = wishes.NewApplication(application.invoice_number, application.amount.value)
        record = f"customerPayment/{record_id}"
        done = await self._wire.act(
            "apply_payment", record, "apply", records.CustomerPayment, wish=wish
        )
        return done.canonical(payment_id, self.instance)

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
        of = (bill_number, vendor_number, legal_entity)
        return await self._payables.page(*of, cursor)

    async def payable_by_key(self, key: str) -> Payable | None:
        """Return the payable whose reference is this key, if any; a void one is none."""
        return await self._payables.by_key(key)

    async def owes_every_line(self, found: Payable, *, draft: PayableDraft) -> bool:
        """Whether a payable that is not posted has every line that was sent."""
        return found.status is not PayableStatus.DRAFT or len(found.lines) == len(draft.lines)

    async def create_payable(self, draft: PayableDraft, *, key: str) -> Payable:
        """Write a vendor's bill or credit with `key` as its reference; nothing is posted yet."""
        return await self._payables.create(draft, key)

    async def post_payable(self, payable_id: str, *, key: str) -> Payable:
        """Post a payable, which gives it a number; one that is posted is returned as it is."""
        return await self._payables.act("post_payable", payable_id, "post")

    async def release_payable(self, payable_id: str, *, key: str) -> Payable:
        """Let a payable be paid that was held; one that is not held is returned as it is."""
        return await self._payables.act("release_payable", payable_id, "release")

    async def void_payable(self, payable_id: str, *, key: str) -> Payable:
        """Take a payable that was never posted out of the books (compensation)."""
        return await self._payables.act("void_payable", payable_id, "void")

    async def journal(self, journal_id: str) -> Journal:
        """Return one journal entry, or raise `NotFound`."""
        return await self._journals.one(journal_id)

    async def journals(
        self, *, legal_entity: str | None = None, cursor: str | None = None
    ) -> Page[Journal]:
        """Return entries in the order they were booked, a page at a time."""
        return await self._journals.page(legal_entity, cursor)

    async def journal_by_key(self, key: str) -> Journal | None:
        """Return the entry that was booked with this key, if any."""
        return await self._journals.by_key(key)

    async def record_journal(self, draft: JournalDraft, *, key: str) -> Journal:
        """Book an entry, which is posted at once."""
        return await self._journals.record(draft, key)

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
        query = {"after": str(after)}
        notes = await self._wire.read("changes", "/changes", query, records.SystemNotes)
        return Page(await identified([each.line() for each in notes.items], self._references))

    async def _act(self, operation: str, invoice_id: str, action: str) -> Invoice:
        record = f"invoice/{await self._references.record_of('invoice', invoice_id)}"
        done = await self._wire.act(operation, record, action, records.InvoiceRecord)
        return done.canonical(invoice_id, self.instance)

    async def _clients(self, found: list[records.Customer]) -> list[Client]:
        ids = await self._references.ids_of("client", [each.id for each in found])
        named = [each.parent for each in found]
        parents = await ids_of_named(self._references, "client", named)
        return [
            each.canonical(own, self.instance, parent)
            for each, own, parent in zip(found, ids, parents, strict=True)
        ]

    async def _jobs(self, asked: dict[str, str | None]) -> list[LedgerProject]:
        found = (await self._wire.page("ledger_projects", "job", asked, records.Jobs)).items
        return await self._ours("ledger_project", found)

    async def _ours(self, kind: str, found: Sequence[Spoken[T]]) -> list[T]:
        """Say records in our words, under our ids."""
        ids = await self._references.ids_of(kind, [each.id for each in found])
        return [r.canonical(i, self.instance) for r, i in zip(found, ids, strict=True)]

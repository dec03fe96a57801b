"""Credit notes in Tryton: customer invoices below nothing, each line from the invoice it corrects.

Posted, a credit note has a number of its own sequence, and its line of the books is added to
what settles the invoice, so that less is owed on it.
"""

from decimal import Decimal
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from system_apis.canonical.billing import InvoiceDraft, InvoiceStatus
from system_apis.canonical.credits import CreditNote, CreditNoteDraft
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from system_apis.errors import NotFound
from system_apis.tryton.billed_lines import BilledLine, project_of
from system_apis.tryton.books import Books
from system_apis.tryton.clients import Clients
from system_apis.tryton.invoice_drafts import Desk
from system_apis.tryton.invoices import CustomerInvoice, Invoices
from system_apis.tryton.payment_wizard import pay
from system_apis.tryton.postings import CREDITS, MODEL, OUTGOING, UNPOSTED, Document, explain
from system_apis.tryton.projects import Projects
from system_apis.tryton.values import Coded, Created, Number

_STATES = {
    "posted": InvoiceStatus.POSTED,
    "paid": InvoiceStatus.POSTED,
    "cancelled": InvoiceStatus.VOID,
}


class Numbered(Struct, frozen=True):
    """A document by its number."""

    id: int
    number: str | None


class OwedBack(Struct, frozen=True):
    """A line of the books with what the client is owed, and the invoice that it settles."""

    id: int
    invoice_payment: int | None


class Added(Struct, frozen=True):
    """Lines of the books that are to settle an invoice."""

    payment_lines: tuple[tuple[str, list[int]]]


class CreditInvoice(Document, frozen=True, kw_only=True):
    """A document below nothing, with the totals that Tryton's own books have."""

    model: ClassVar[str] = MODEL
    fields: ClassVar[tuple[str, ...]] = (
        *("number", "reference", "state", "company", "create_date", "write_date"),
        *("party.code", "currency.code", "invoice_date", "origin_invoices.number"),
        *("untaxed_amount", "tax_amount", "total_amount"),
        *("lines_to_pay.invoice_payment", *BilledLine.fields),
    )

    number: str | None
    reference: str | None
    state: str
    company: int
    party: Coded
    currency: Coded
    origin_invoices: list[Numbered]
    untaxed_amount: Number
    tax_amount: Number
    total_amount: Number
    lines_to_pay: list[OwedBack]
    lines: list[BilledLine]

    @property
    def corrected(self) -> str:
        """The number of the invoice that it corrects."""
        return next((each.number for each in self.origin_invoices if each.number), "")

    @property
    def is_applied(self) -> bool:
        """Whether it settles a part of its invoice."""
        return any(each.invoice_payment is not None for each in self.lines_to_pay)

    def canonical(self, credit_note_id: str, instance: str, legal_entity: str) -> CreditNote:
        """Say the same in our words."""
        currency = self.currency.code or ""
        gross = Money.of(-self.total_amount.value, currency)
        return CreditNote(
            id=credit_note_id,
            number=self.number,
            reference=self.reference,
            legal_entity=legal_entity,
            client_number=self.party.code or "",
            project_number=project_of(self.lines),
            invoice_number=self.corrected,
            currency=currency,
            status=_STATES.get(self.state, InvoiceStatus.DRAFT),
            issue_date=self.issued,
            net=Money.of(-self.untaxed_amount.value, currency),
            tax=Money.of(-self.tax_amount.value, currency),
            gross=gross,
            applied=gross if self.is_applied else Money.zero(currency),
            source=self.source(instance, "credit_note"),
            version=self.version,
        )


class CreditNotes:
    """The firm's credit notes; every action is followed by reading the books again."""

    def __init__(
        self, books: Books, clients: Clients, projects: Projects, invoices: Invoices
    ) -> None:
        self._books = books
        self._clients = clients
        self._projects = projects
        self._invoices = invoices
        self._desk = Desk(books)

    async def one(self, credit_note_id: str) -> CreditNote:
        """Return one credit note, or raise `NotFound`."""
        return await self._canonical(await self._record(credit_note_id))

    async def page(
        self,
        *,
        number: str | None = None,
        invoice_number: str | None = None,
        reference: str | None = None,
        cursor: str | None = None,
    ) -> Page[CreditNote]:
        """Return credit notes in the order they were created, a page at a time."""
        domain = self._books.own(OUTGOING, CREDITS)
        asked = {"number": number, "reference": reference, "origin_invoices.number": invoice_number}
        domain += [[name, "=", value] for name, value in asked.items() if value is not None]
        records = await self._books.page(CreditInvoice, domain, cursor)
        return Page([await self._canonical(each) for each in records.items], records.next_cursor)

    async def by_key(self, key: str) -> CreditNote | None:
        """Return the credit note whose reference is this key, if any."""
        found = (await self.page(reference=key)).items
        return found[0] if found else None

    async def create(self, draft: CreditNoteDraft, key: str) -> CreditNote:
        """Write a draft credit note with `key` as its reference."""
        if made := await self.by_key(key):
            return made
        invoice = await self._corrected(draft.invoice_number, draft.legal_entity)
        party = await self._clients.party(draft.client_number)
        project = await self._projects.required(draft.project_number, draft.legal_entity)
        origin = f"account.invoice.line,{invoice.lines[0].id}"
        new = await self._desk.fill_in(_below_nothing(draft), key, party, project, origin=origin)
        # Tryton posts nothing that was due yesterday, and a credit note is due to nobody.
        told = replace(
            new, description=f"{draft.invoice_number}: {draft.reason}", payment_term_date=None
        )
        reply = await self._books.wire.create(MODEL, told, company=new.company)
        return await self._canonical(await self._read(reply.read(Created).id))

    async def post(self, credit_note_id: str) -> CreditNote:
        """Post a draft and take it off what its invoice is owed; both are done once."""
        note = await self._record(credit_note_id)
        if note.state in UNPOSTED:
            await self._check_fits(note)
            note = await self._post(note)
        if note.state == "cancelled":
            raise self._books.refusal("it was taken out of the books", "VOID")
        if not note.is_applied:
            note = await self._apply(note)
        if note.is_applied and note.state != "paid":
            note = await self._settle(note)
        return await self._canonical(note)

    async def _post(self, note: CreditInvoice) -> CreditInvoice:
        """Press the button and read again: what the books say then is what happened."""
        reply = await self._books.wire.act(MODEL, note.id, "post", company=note.company)
        after = await self._read(note.id)
        if after.state in UNPOSTED:
            await explain(self._books, after.company, after.invoice_date, CREDITS)
            reply.read(Created)
        return after

    async def _apply(self, note: CreditInvoice) -> CreditInvoice:
        """Settle a part of the invoice, unless less is owed on it than is credited."""
        invoice = await self._corrected(note.corrected, self._books.legal_entity(note.company))
        owed = invoice.amount_to_pay.value if invoice.amount_to_pay else Decimal(0)
        if invoice.state != "posted" or owed < -note.total_amount.value:
            return note
        added = Added((("add", [each.id for each in note.lines_to_pay]),))
        reply = await self._books.wire.write(MODEL, invoice.id, added, company=note.company)
        after = await self._read(note.id)
        if not after.is_applied:
            reply.read(Created)
        return after

    async def _settle(self, note: CreditInvoice) -> CreditInvoice:
        """Have what settles the whole invoice be marked as paid, together with the invoice."""
        invoice = await self._corrected(note.corrected, self._books.legal_entity(note.company))
        owed = invoice.amount_to_pay.value if invoice.amount_to_pay else Decimal(0)
        if invoice.state != "posted" or owed:
            return note
        nothing = Money.zero(invoice.currency.code or "")
        way = self._books.company(self._books.legal_entity(note.company)).payment_method
        await pay(
            self._books, invoice, nothing, way=way, on=note.issued, description=note.number or ""
        )
        return await self._read(note.id)

    async def _check_fits(self, note: CreditInvoice) -> None:
        """Raise `Refused` when credits would come to more than the invoice."""
        invoice = await self._corrected(note.corrected, self._books.legal_entity(note.company))
        same = ["origin_invoices.number", "=", note.corrected]
        done = ["state", "in", ["posted", "paid"]]
        own = ["company", "=", note.company]
        earlier = await self._books.wire.search(
            CreditInvoice, [own, OUTGOING, CREDITS, same, done], company=note.company
        )
        credited = sum((-each.total_amount.value for each in earlier), Decimal(0))
        left = invoice.total_amount.value - credited
        if left < -note.total_amount.value:
            reason = f"{left} of {note.corrected} is left"
            raise self._books.refusal(reason, "CREDIT_EXCEEDS_INVOICE")

    async def _corrected(self, number: str, legal_entity: str) -> CustomerInvoice:
        invoice = await self._invoices.numbered(number, legal_entity)
        if invoice is None:
            raise NotFound(self._books.instance, f"no invoice {number}")
        return invoice

    async def _record(self, credit_note_id: str) -> CreditInvoice:
        return await self._read(await self._books.record("credit_note", credit_note_id))

    async def _read(self, record_id: int) -> CreditInvoice:
        return await self._books.the(CreditInvoice, record_id, *self._books.own(OUTGOING))

    async def _canonical(self, note: CreditInvoice) -> CreditNote:
        (id_,) = await self._books.references.ids_of("credit_note", [str(note.id)])
        return note.canonical(id_, self._books.instance, self._books.legal_entity(note.company))


def _below_nothing(draft: CreditNoteDraft) -> InvoiceDraft:
    """Return the invoice of a credit note's lines, each taken away."""
    return InvoiceDraft(
        legal_entity=draft.legal_entity,
        client_number=draft.client_number,
        project_number=draft.project_number,
        currency=draft.currency,
        issue_date=draft.issue_date,
        due_date=draft.issue_date,
        purchase_order=None,
        tax_category=draft.tax_category,
        tax_rate=draft.tax_rate,
        lines=tuple(replace(each, quantity=-each.quantity, net=-each.net) for each in draft.lines),
        net=-draft.net,
        tax=-draft.tax,
        gross=-draft.gross,
    )

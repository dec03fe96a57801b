"""Customer invoices in Tryton: written as drafts with our key as reference, then posted."""

from decimal import Decimal
from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.billing import Invoice, InvoiceDraft, InvoiceStatus, TaxGroup
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from system_apis.tryton.billed_lines import BilledLine, booked, project_of
from system_apis.tryton.books import Books
from system_apis.tryton.clients import Clients
from system_apis.tryton.invoice_drafts import Desk, order_in
from system_apis.tryton.postings import BILLS, OUTGOING, UNPOSTED, Document, explain
from system_apis.tryton.projects import Projects
from system_apis.tryton.values import Coded, Created, Day, Number


class Due(Struct, frozen=True):
    """A part of what is owed, and when."""

    maturity_date: Day | None


class Booking(Struct, frozen=True):
    """What a line of the books was written for."""

    origin: str | None


class Settling(Struct, frozen=True):
    """A line of the books that takes off what is owed on an invoice."""

    debit: Number
    credit: Number
    amount_second_currency: Number | None
    second_currency: Coded | None
    move: Booking

    def amount(self, currency: Coded) -> Decimal:
        """What it takes off, in the invoice's currency."""
        foreign = self.amount_second_currency
        if self.second_currency and self.second_currency.id == currency.id and foreign:
            return -foreign.value
        return self.credit.value - self.debit.value


class Tax(Struct, frozen=True):
    """A tax, as a share of what it is on unless it is an amount."""

    id: int
    rate: Number | None


class TaxLine(Struct, frozen=True):
    """What is taxed by one tax of an invoice."""

    base: Number
    amount: Number
    tax: Tax | None

    def canonical(self, currency: str) -> TaxGroup:
        """Say the same in our words."""
        rate = self.tax.rate if self.tax else None
        return TaxGroup(
            rate=rate.value if rate else None,
            basis=Money.of(self.base.value, currency),
            tax=Money.of(self.amount.value, currency),
        )


class CustomerInvoice(Document, frozen=True, kw_only=True):
    """An invoice to a client, with the totals that Tryton's own books have."""

    model: ClassVar[str] = "account.invoice"
    fields: ClassVar[tuple[str, ...]] = (
        *("number", "reference", "state", "company", "account", "create_date", "write_date"),
        *("party.code", "currency.code", "invoice_date", "payment_term_date"),
        *("untaxed_amount", "tax_amount", "total_amount", "amount_to_pay"),
        *("description", "lines_to_pay.maturity_date", *BilledLine.fields),
        *("payment_lines.debit", "payment_lines.credit", "payment_lines.move.origin"),
        *("payment_lines.amount_second_currency", "payment_lines.second_currency.code"),
        *("taxes.base", "taxes.amount", "taxes.tax.rate"),
    )

    number: str | None
    reference: str | None
    description: str | None
    state: str
    company: int
    account: int
    party: Coded
    currency: Coded
    payment_term_date: Day | None
    untaxed_amount: Number
    tax_amount: Number
    total_amount: Number
    amount_to_pay: Number | None
    lines_to_pay: list[Due]
    lines: list[BilledLine]
    payment_lines: list[Settling]
    taxes: list[TaxLine]

    @property
    def credited(self) -> Decimal:
        """What credit notes took off so far: lines that were written for another document."""
        ours = f"{self.model},{self.id}"
        others = (each for each in self.payment_lines if each.move.origin != ours)
        return sum((each.amount(self.currency) for each in others), Decimal(0))

    @property
    def paid(self) -> Decimal:
        """What came in so far."""
        return self._settled - self.credited

    @property
    def _settled(self) -> Decimal:
        match self.state:
            case "posted":
                left = self.amount_to_pay.value if self.amount_to_pay else Decimal(0)
                return self.total_amount.value - left
            case "paid":
                return self.total_amount.value
            case _:
                return Decimal(0)

    @property
    def status(self) -> InvoiceStatus:
        """Where the invoice stands, in our words."""
        match self.state:
            case "posted":
                return InvoiceStatus.PARTIALLY_PAID if self.paid else InvoiceStatus.POSTED
            case "paid":
                return InvoiceStatus.PAID
            case "cancelled":
                return InvoiceStatus.VOID
            case _:
                return InvoiceStatus.DRAFT

    def canonical(self, invoice_id: str, instance: str, legal_entity: str) -> Invoice:
        """Say the same in our words."""
        dues = [each.maturity_date.value for each in self.lines_to_pay if each.maturity_date]
        asked = [self.payment_term_date.value] if self.payment_term_date else []
        currency = self.currency.code or ""
        return Invoice(
            id=invoice_id,
            number=self.number,
            reference=self.reference,
            legal_entity=legal_entity,
            client_number=self.party.code or "",
            project_number=project_of(self.lines),
            currency=currency,
            status=self.status,
            issue_date=self.issued,
            due_date=max(dues or asked, default=None),
            net=Money.of(self.untaxed_amount.value, currency),
            tax=Money.of(self.tax_amount.value, currency),
            gross=Money.of(self.total_amount.value, currency),
            paid=Money.of(self.paid, currency),
            purchase_order=order_in(self.description),
            lines=booked(self.lines, currency),
            credited=Money.of(self.credited, currency),
            tax_groups=tuple(each.canonical(currency) for each in self.taxes),
            source=self.source(instance, "invoice"),
            version=self.version,
        )


class Invoices:
    """The firm's invoices to its clients; every action is followed by reading the books again."""

    def __init__(self, books: Books, clients: Clients, projects: Projects) -> None:
        self._books = books
        self._clients = clients
        self._projects = projects
        self._desk = Desk(books)

    async def one(self, invoice_id: str) -> Invoice:
        """Return one invoice, or raise `NotFound`."""
        return await self._canonical(await self._record(invoice_id))

    async def page(
        self,
        *,
        number: str | None = None,
        reference: str | None = None,
        legal_entity: str | None = None,
        cursor: str | None = None,
    ) -> Page[Invoice]:
        """Return invoices in the order they were created, a page at a time."""
        domain = self._books.own(OUTGOING, BILLS)
        for name, wanted in (("number", number), ("reference", reference)):
            if wanted is not None:
                domain.append([name, "=", wanted])
        if legal_entity is not None:
            domain.append(["company", "=", self._books.company(legal_entity).id])
        records = await self._books.page(CustomerInvoice, domain, cursor)
        return Page([await self._canonical(each) for each in records.items], records.next_cursor)

    async def by_key(self, key: str) -> Invoice | None:
        """Return the invoice whose reference is this key, if any."""
        found = (await self.page(reference=key)).items
        return found[0] if found else None

    async def numbered(self, number: str, legal_entity: str) -> CustomerInvoice | None:
        """Return the invoice of a number in a legal entity's books, if they have it."""
        company = ["company", "=", self._books.company(legal_entity).id]
        domain = [company, OUTGOING, BILLS, ["number", "=", number]]
        found = await self._books.wire.search(CustomerInvoice, domain)
        return found[0] if found else None

    async def create(self, draft: InvoiceDraft, key: str) -> Invoice:
        """Write a draft invoice with `key` as its reference."""
        if made := await self.by_key(key):
            return made
        party = await self._clients.party(draft.client_number)
        project = await self._projects.required(draft.project_number, draft.legal_entity)
        new = await self._desk.fill_in(draft, key, party, project)
        reply = await self._books.wire.create(CustomerInvoice.model, new, company=new.company)
        return await self._canonical(await self._read(reply.read(Created).id))

    async def post(self, invoice_id: str) -> Invoice:
        """Post a draft; Tryton posts an invoice once, and refuses to do it again."""
        invoice = await self._record(invoice_id)
        if invoice.state in UNPOSTED:
            invoice = await self._act(invoice, "post")
        if invoice.state == "cancelled":
            raise self._books.refusal("it was taken out of the books", "VOID")
        return await self._canonical(invoice)

    async def void(self, invoice_id: str) -> Invoice:
        """Cancel a draft that was never posted."""
        invoice = await self._record(invoice_id)
        if invoice.state in UNPOSTED:
            invoice = await self._act(invoice, "cancel")
        if invoice.state != "cancelled":
            raise self._books.refusal(f"it was posted as {invoice.number}", "ALREADY_POSTED")
        return await self._canonical(invoice)

    async def _act(self, invoice: CustomerInvoice, action: str) -> CustomerInvoice:
        """Press a button and read again: what the books say then is what happened."""
        wire, number = self._books.wire, invoice.id
        reply = await wire.act(invoice.model, number, action, company=invoice.company)
        after = await self._read(number)
        if after.state in UNPOSTED:
            if action == "post":
                await explain(self._books, after.company, after.invoice_date, BILLS)
            reply.read(Created)
        return after

    async def _record(self, invoice_id: str) -> CustomerInvoice:
        return await self._read(await self._books.record("invoice", invoice_id))

    async def _read(self, record_id: int) -> CustomerInvoice:
        return await self._books.the(CustomerInvoice, record_id, *self._books.own(OUTGOING))

    async def _canonical(self, invoice: CustomerInvoice) -> Invoice:
        (id_,) = await self._books.references.ids_of("invoice", [str(invoice.id)])
        legal_entity = self._books.legal_entity(invoice.company)
        return invoice.canonical(id_, self._books.instance, legal_entity)

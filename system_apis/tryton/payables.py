"""What companies owe their vendors in Tryton: supplier invoices, held until they may be paid.

A hold is Tryton's own block on the lines that a payment would take: it is put on when the
invoice is validated, which writes the booking down, and only then is the booking posted.
"""

from decimal import Decimal
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from system_apis.canonical.billing import BookedLine
from system_apis.canonical.money import Money
from system_apis.canonical.payables import Payable, PayableDraft, PayableKind, PayableStatus
from system_apis.canonical.record import Page
from system_apis.tryton.billed_lines import BilledLine, booked
from system_apis.tryton.books import Books
from system_apis.tryton.payable_drafts import CORRECTS, HELD, PayableDesk
from system_apis.tryton.periods import open_period
from system_apis.tryton.postings import INCOMING, UNPOSTED, Document
from system_apis.tryton.projects import Projects
from system_apis.tryton.values import Coded, Created, Day, Number, labelled, noted

_MOVE_LINE = "account.move.line"


class OwedLine(Struct, frozen=True):
    """A part of what is owed, when, and whether paying it is blocked."""

    id: int
    maturity_date: Day | None
    payment_blocked: bool | int | None


class AssessedTax(Struct, frozen=True):
    """What one tax of a bill comes to; the company owes itself what is below nothing."""

    model: ClassVar[str] = "account.invoice.tax"

    id: int
    amount: Number


class _NewAmount(Struct, frozen=True):
    amount: Number


class _NewComment(Struct, frozen=True):
    comment: str | None


class SupplierInvoice(Document, frozen=True, kw_only=True):
    """A vendor's bill, or what the vendor takes back, with the totals of Tryton's own books."""

    model: ClassVar[str] = "account.invoice"
    fields: ClassVar[tuple[str, ...]] = (
        *("number", "reference", "description", "comment", "state", "company"),
        *("party.code", "currency.code", "invoice_date", "payment_term_date"),
        *("untaxed_amount", "tax_amount", "total_amount", "taxes.amount"),
        *("lines_to_pay.maturity_date", "lines_to_pay.payment_blocked", *BilledLine.fields),
        *("create_date", "write_date"),
    )

    number: str | None
    reference: str | None
    description: str | None
    comment: str | None
    state: str
    company: int
    party: Coded
    currency: Coded
    payment_term_date: Day | None
    untaxed_amount: Number
    tax_amount: Number
    total_amount: Number
    taxes: list[AssessedTax]
    lines_to_pay: list[OwedLine]
    lines: list[BilledLine]

    @property
    def is_credit(self) -> bool:
        """Whether the vendor takes something back."""
        return self.total_amount.value < 0

    @property
    def is_held(self) -> bool:
        """Whether it may not be paid now; of one that is not posted, whether it shall be."""
        if self.state in UNPOSTED:
            return noted(self.comment, HELD) is not None
        return any(each.payment_blocked for each in self.lines_to_pay)

    @property
    def status(self) -> PayableStatus:
        """Where it stands, in our words."""
        match self.state:
            case "posted":
                return PayableStatus.POSTED
            case "paid":
                return PayableStatus.PAID
            case "cancelled":
                return PayableStatus.VOID
            case _:
                return PayableStatus.DRAFT

    def canonical(self, payable_id: str, instance: str, legal_entity: str) -> Payable:
        """Say the same in our words."""
        currency = self.currency.code or ""
        sign = -1 if self.is_credit else 1
        owing = (min(sign * each.amount.value, Decimal(0)) for each in self.taxes)
        return Payable(
            id=payable_id,
            number=self.number if self.state not in UNPOSTED else None,
            kind=PayableKind.CREDIT if self.is_credit else PayableKind.BILL,
            reference=self.description,
            legal_entity=legal_entity,
            vendor_number=self.party.code or "",
            bill_number=self.reference or "",
            corrects=noted(self.comment, CORRECTS),
            currency=currency,
            status=self.status,
            issue_date=self.issued,
            due_date=self.payment_term_date.value if self.payment_term_date else self.issued,
            net=Money.of(sign * self.untaxed_amount.value, currency),
            tax=Money.of(sign * self.tax_amount.value, currency),
            gross=Money.of(sign * self.total_amount.value, currency),
            self_assessed=Money.of(-sum(owing, Decimal(0)), currency),
            held=self.is_held,
            lines=tuple(_signed(each, sign) for each in booked(self.lines, currency)),
            source=self.source(instance, "payable"),
            version=self.version,
        )


def _signed(line: BookedLine, sign: int) -> BookedLine:
    """Return a line as the vendor says it: of a credit, too, above nothing."""
    return line if sign > 0 else replace(line, quantity=-line.quantity, net=-line.net)


class Payables:
    """What the firm's companies owe; every action is followed by reading the books again."""

    def __init__(self, books: Books, projects: Projects) -> None:
        self._books = books
        self._desk = PayableDesk(books, projects)

    async def one(self, payable_id: str) -> Payable:
        """Return one payable, or raise `NotFound`."""
        return await self._canonical(await self._record(payable_id))

    async def page(
        self,
        *,
        bill_number: str | None = None,
        vendor_number: str | None = None,
        legal_entity: str | None = None,
        cursor: str | None = None,
    ) -> Page[Payable]:
        """Return payables in the order they were created, a page at a time."""
        domain = [*self._kept(), INCOMING]
        for name, wanted in (("reference", bill_number), ("party.code", vendor_number)):
            if wanted is not None:
                domain.append([name, "=", wanted])
        if legal_entity is not None:
            domain.append(["company", "=", self._books.company(legal_entity).id])
        if not self._keeps():
            return Page([])
        records = await self._books.page(SupplierInvoice, domain, cursor)
        return Page([await self._canonical(each) for each in records.items], records.next_cursor)

    async def by_key(self, key: str) -> Payable | None:
        """Return the payable whose description is this key, if any; a void one is none."""
        found = await self._written(key)
        return await self._canonical(found) if found else None

    async def create(self, draft: PayableDraft, key: str) -> Payable:
        """Write a vendor's bill or credit, with the tax that the vendor says."""
        if not self._books.company(draft.legal_entity).purchases:
            reason = f"key {draft.bill_number} of {draft.vendor_name} in by hand"
            raise self._books.refusal(reason, "NOT_OFFERED")
        written = await self._written(key)
        if written is None:
            new = await self._desk.fill_in(draft, key)
            reply = await self._books.wire.create(SupplierInvoice.model, new, company=new.company)
            written = await self._read(reply.read(Created).id)
        return await self._canonical(await self._taxed(written, draft))

    async def post(self, payable_id: str) -> Payable:
        """Post a draft, blocked before it is posted when it is held; once posted it stays."""
        payable = await self._record(payable_id)
        if payable.state == "draft":
            payable = await self._act(payable, "validate_invoice")
        if payable.state == "validated":
            if payable.is_held:
                await self._block(payable, "payment_block", blocked=True)
            payable = await self._act(payable, "post")
        if payable.state == "cancelled":
            raise self._books.refusal("it was taken out of the books", "VOID")
        return await self._canonical(payable)

    async def release(self, payable_id: str) -> Payable:
        """Let a payable be paid that was held."""
        payable = await self._record(payable_id)
        if payable.state in UNPOSTED and payable.is_held:
            said = labelled({CORRECTS: noted(payable.comment, CORRECTS)})
            change = _NewComment(said)
            await self._write(payable.model, payable.id, change, payable.company)
        await self._block(payable, "payment_unblock", blocked=False)
        return await self._canonical(await self._read(payable.id))

    async def _block(self, payable: SupplierInvoice, button: str, *, blocked: bool) -> None:
        """Block or unblock what a payment would take."""
        for each in payable.lines_to_pay:
            if bool(each.payment_blocked) is not blocked:
                wire, company = self._books.wire, payable.company
                reply = await wire.act(_MOVE_LINE, each.id, button, company=company)
                reply.read(Created)

    async def _taxed(self, written: SupplierInvoice, draft: PayableDraft) -> SupplierInvoice:
        """Let the tax of a draft be what the vendor says, where Tryton's own is cents off."""
        sign = -1 if written.is_credit else 1
        told = Number(f"{sign * draft.tax.value:f}")
        off = written.tax_amount.value != told.value
        if written.state != "draft" or draft.self_assessed_rate or not off:
            return written
        match written.taxes:
            case [one]:
                await self._write(one.model, one.id, _NewAmount(told), written.company)
                return await self._read(written.id)
            case _:
                return written

    async def _write(self, model: str, record_id: int, change: object, company: int) -> None:
        reply = await self._books.wire.write(model, record_id, change, company=company)
        if reply.status >= 400:
            reply.read(Created)

    async def _act(self, payable: SupplierInvoice, action: str) -> SupplierInvoice:
        """Press a button and read again: what the books say then is what happened."""
        wire = self._books.wire
        reply = await wire.act(payable.model, payable.id, action, company=payable.company)
        after = await self._read(payable.id)
        if after.state == payable.state:
            if after.invoice_date is not None:
                await open_period(self._books, after.company, after.issued)
            reply.read(Created)
        return after

    def _keeps(self) -> list[int]:
        """Return the companies whose payables are kept in Tryton through us."""
        return [each.id for each in self._books.companies if each.purchases]

    def _kept(self) -> list[object]:
        return [["company", "in", self._keeps()]]

    async def _written(self, key: str) -> SupplierInvoice | None:
        if not self._keeps():
            return None
        standing = ["state", "!=", "cancelled"]
        domain = [*self._kept(), INCOMING, ["description", "=", key], standing]
        found = await self._books.wire.search(SupplierInvoice, domain)
        return found[0] if found else None

    async def _record(self, payable_id: str) -> SupplierInvoice:
        return await self._read(await self._books.record("payable", payable_id))

    async def _read(self, record_id: int) -> SupplierInvoice:
        return await self._books.the(SupplierInvoice, record_id, *self._kept(), INCOMING)

    async def _canonical(self, payable: SupplierInvoice) -> Payable:
        (id_,) = await self._books.references.ids_of("payable", [str(payable.id)])
        legal_entity = self._books.legal_entity(payable.company)
        return payable.canonical(id_, self._books.instance, legal_entity)

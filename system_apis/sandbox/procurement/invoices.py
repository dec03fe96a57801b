"""The suppliers' invoices: one for each supplier and number, however the number is spelled.

What an invoice says is kept as it came; whether it is right is for others to find out.
"""

from datetime import date
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.exchange import Answer, Call, Route
from system_apis.sandbox.procurement import listing
from system_apis.sandbox.procurement.orders import Orders
from system_apis.sandbox.procurement.records import (
    Code,
    Invoice,
    InvoiceLine,
    Named,
    OrderLineRef,
    SupplierRef,
)
from system_apis.sandbox.procurement.suppliers import Suppliers
from system_apis.sandbox.rounding import rounded

_FILTERS = {
    "invoice-number": "invoice_number",
    "supplier[id]": "supplier_id",
    "account-type[name]": "company",
    "external-ref-num": "external_ref_num",
}
_PATH = "/api/invoices"
# What duplicates are not looked for among, and what nothing counts as billed by.
_VOID = {"rejected", "voided"}


class NewLine(Struct, frozen=True, rename="kebab", kw_only=True, forbid_unknown_fields=True):
    """A line as the supplier wrote it."""

    description: str
    order_line: OrderLineRef | None = None
    quantity: Decimal
    price: Decimal
    total: Decimal
    tax_amount: Decimal


class NewInvoice(Struct, frozen=True, rename="kebab", kw_only=True, forbid_unknown_fields=True):
    """What an invoice is created from."""

    invoice_number: str
    supplier: SupplierRef
    account_type: Named
    currency: Code
    invoice_date: date
    net_due_date: date
    invoice_lines: tuple[NewLine, ...]
    pay_when_paid: bool
    external_ref_num: str


class Dispute(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """Why an invoice is disputed."""

    dispute_reason: str


class Invoices:
    """The supplier invoices of one firm."""

    def __init__(self, books: Books, suppliers: Suppliers, orders: Orders) -> None:
        self._books, self._suppliers, self._orders = books, suppliers, orders
        self._shelf = Shelf(books, "invoice", Invoice, (*_FILTERS.values(), "bare_number"))

    def routes(self) -> list[Route]:
        """Return the addresses of invoices."""
        one = f"{_PATH}/{{id}}"
        return [
            Route("bills", "GET", _PATH, self._all),
            Route("bill", "GET", one, self._one),
            Route("record_bill", "POST", _PATH, self._create),
            Route("dispute_bill", "PUT", f"{one}/dispute", self._dispute),
            Route("approve_bill", "PUT", f"{one}/approve", self._approve),
            Route("void_bill", "PUT", f"{one}/void", self._void),
        ]

    def billed(self, line: OrderLineRef, company: str) -> Decimal:
        """Return how much of a company's order line was billed."""
        found = self._shelf.find({"company": company})
        return sum(
            (
                each.quantity
                for kept in found
                if kept.record.status not in _VOID
                for each in kept.record.invoice_lines
                if each.order_line == line
            ),
            start=Decimal(0),
        )

    def _all(self, call: Call) -> Answer:
        number = call.query.get("invoice-lines[order-line][po-number]")
        if number is None:
            return listing.page(call, self._shelf, _FILTERS)
        found = listing.filtered(call, self._shelf, _FILTERS)
        return listing.page_of(call, [each for each in found if _names(each.record, number)])

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self._shelf)

    def _create(self, call: Call) -> Answer:
        wish = call.read(NewInvoice)
        self._suppliers.require(wish.supplier.id)
        self._orders.require_company(wish.account_type.name)
        for line in wish.invoice_lines:
            if line.order_line is not None:
                self._require_line(line.order_line, wish)
        made = self._invoice(wish, () if call.half else wish.invoice_lines)
        if self._is_taken(made):
            raise listing.wrong("invoice-number", "has already been taken")
        return listing.answer(self._shelf.put(made.id, made, call.now), status=201)

    def _require_line(self, line: OrderLineRef, wish: NewInvoice) -> None:
        """Refuse a line of an order that the company has not with this supplier."""
        order = self._orders.of_number(line.po_number, wish.account_type.name)
        lines = order.order_lines if order and order.supplier == wish.supplier else ()
        if line.line_num not in {each.line_num for each in lines}:
            raise listing.wrong("order-line", "does not exist")

    def _invoice(self, wish: NewInvoice, lines: tuple[NewLine, ...]) -> Invoice:
        nothing = rounded(Decimal(0), wish.currency.code, "half_up")
        net = sum((each.total for each in lines), start=nothing)
        tax = sum((each.tax_amount for each in lines), start=nothing)
        return Invoice(
            id=str(self._books.next("invoice", start=9001)),
            invoice_number=wish.invoice_number,
            status="pending_receipt" if lines else "new",
            supplier=wish.supplier,
            account_type=wish.account_type,
            currency=wish.currency,
            invoice_date=wish.invoice_date,
            net_due_date=wish.net_due_date,
            invoice_lines=tuple(
                InvoiceLine(line_num=number, **structs.asdict(line))
                for number, line in enumerate(lines, start=1)
            ),
            line_total=net,
            tax_total=tax,
            gross_total=net + tax,
            pay_when_paid=wish.pay_when_paid,
            external_ref_num=wish.external_ref_num,
        )

    def _is_taken(self, invoice: Invoice) -> bool:
        alike = {"supplier_id": invoice.supplier.id, "bare_number": invoice.bare_number}
        return any(each.record.status not in _VOID for each in self._shelf.find(alike))

    def _dispute(self, call: Call) -> Answer:
        kept, wish = self._open(call), call.read(Dispute)
        disputed = structs.replace(
            kept.record, status="disputed", dispute_reason=wish.dispute_reason
        )
        if disputed == kept.record:
            return listing.answer(kept)
        return listing.answer(self._shelf.put(disputed.id, disputed, call.now))

    def _approve(self, call: Call) -> Answer:
        kept = self._open(call)
        if kept.record.status == "approved":
            return listing.answer(kept)
        if kept.record.status == "disputed":
            raise listing.wrong("status", "is disputed")
        if not kept.record.invoice_lines:
            raise listing.wrong("invoice-lines", "can't be blank")
        approved = structs.replace(kept.record, status="approved")
        return listing.answer(self._shelf.put(approved.id, approved, call.now))

    def _void(self, call: Call) -> Answer:
        kept = listing.known(call, self._shelf)
        if kept.record.status == "voided":
            return listing.answer(kept)
        self._open(call)
        voided = structs.replace(kept.record, status="voided")
        return listing.answer(self._shelf.put(voided.id, voided, call.now))

    def _open(self, call: Call) -> Kept[Invoice]:
        """Return an invoice that can still be judged, or refuse."""
        kept = listing.known(call, self._shelf)
        if kept.record.status in _VOID or kept.record.exported or kept.record.paid:
            raise listing.wrong("status", "is final")
        return kept


def _names(invoice: Invoice, po_number: str) -> bool:
    return any(
        line.order_line is not None and line.order_line.po_number == po_number
        for line in invoice.invoice_lines
    )

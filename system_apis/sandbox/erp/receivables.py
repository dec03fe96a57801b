"""Money that comes in: each payment is applied to one posted invoice, and never too much."""

from datetime import date
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.erp import listing
from system_apis.sandbox.erp.invoicing import Invoicing
from system_apis.sandbox.erp.records import CustomerPayment, Invoice
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route

_FILTERS = {"invoice": "invoice", "externalId": "external_id"}


class NewPayment(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What a payment is booked from; `invoice` is the number of the invoice."""

    external_id: str
    subsidiary: str
    tran_date: date
    invoice: str
    currency: str
    payment: Decimal
    memo: str


class Receivables:
    """The payments of one ERP."""

    def __init__(self, books: Books, invoicing: Invoicing) -> None:
        self._books = books
        self._invoicing = invoicing
        self._payments = Shelf(books, "customerPayment", CustomerPayment, tuple(_FILTERS.values()))

    def routes(self) -> list[Route]:
        """Return the addresses of payments."""
        path = "/record/v1/customerPayment"
        return [
            Route("payments", "GET", path, self._all),
            Route("payment", "GET", f"{path}/{{id}}", self._one),
            Route("record_payment", "POST", path, self._book),
        ]

    def _all(self, call: Call) -> Answer:
        return listing.page(call, self._payments, _FILTERS)

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self._payments)

    def _book(self, call: Call) -> Answer:
        wish = call.read(NewPayment)
        invoice = self._payable(wish).record
        made = CustomerPayment(
            id=str(self._books.next("payment", start=8001)), **structs.asdict(wish)
        )
        due = invoice.amount_due - wish.payment
        applied = structs.replace(
            invoice,
            amount_paid=invoice.amount_paid + wish.payment,
            amount_due=due,
            status="Partially Paid" if due else "Paid In Full",
        )
        self._invoicing.invoices.put(applied.id, applied, call.now)
        return listing.answer(self._payments.put(made.id, made, call.now), status=201)

    def _payable(self, wish: NewPayment) -> Kept[Invoice]:
        found = self._invoicing.invoices.find(
            {"tran_id": wish.invoice, "subsidiary": wish.subsidiary}
        )
        if not found:
            raise Refusal(400, "INVALID_INVOICE", f"There is no invoice {wish.invoice}.")
        if wish.currency != found[0].record.currency:
            raise Refusal(400, "CURRENCY_MISMATCH", f"It is due in {found[0].record.currency}.")
        if not 0 < wish.payment <= found[0].record.amount_due:
            raise Refusal(400, "OVERPAYMENT", f"{found[0].record.amount_due} is due.")
        return found[0]

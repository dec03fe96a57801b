"""Money that comes in: booked for an invoice or from a customer, and never applied too much."""

from datetime import date
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.erp import listing
from system_apis.sandbox.erp.invoicing import Invoicing
from system_apis.sandbox.erp.masters import Masters
from system_apis.sandbox.erp.records import Applied, CustomerPayment, Invoice
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route

_FILTERS = {"invoice": "invoice", "externalId": "external_id", "customer": "customer"}


class NewPayment(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What a payment is booked from; `invoice` is the number of the invoice."""

    external_id: str
    subsidiary: str
    tran_date: date
    invoice: str | None = None
    customer: str | None = None
    currency: str
    payment: Decimal
    memo: str


class Receivables:
    """The payments of one ERP."""

    def __init__(self, books: Books, invoicing: Invoicing, masters: Masters) -> None:
        self._books = books
        self._invoicing = invoicing
        self._masters = masters
        self.payments = Shelf(books, "customerPayment", CustomerPayment, tuple(_FILTERS.values()))

    def routes(self) -> list[Route]:
        """Return the addresses of payments."""
        path = "/record/v1/customerPayment"
        return [
            Route("payments", "GET", path, self._all),
            Route("payment", "GET", f"{path}/{{id}}", self._one),
            Route("record_payment", "POST", path, self._book),
            Route("apply_payment", "POST", f"{path}/{{id}}/apply", self._apply),
        ]

    def _all(self, call: Call) -> Answer:
        return listing.page(call, self.payments, _FILTERS)

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self.payments)

    def _book(self, call: Call) -> Answer:
        wish = call.read(NewPayment)
        if wish.invoice is None:
            self._check_customer(wish)
        else:
            invoice = self._payable(wish.subsidiary, wish.currency, wish.invoice, wish.payment)
            self._pay(invoice.record, wish.payment, call)
            wish = structs.replace(wish, customer=invoice.record.entity)
        made = CustomerPayment(
            id=str(self._books.next("payment", start=8001)),
            apply=(Applied(wish.invoice, wish.payment),) if wish.invoice else (),
            unapplied=wish.payment * 0 if wish.invoice else wish.payment,
            **structs.asdict(wish),
        )
        return listing.answer(self.payments.put(made.id, made, call.now), status=201)

    def _check_customer(self, wish: NewPayment) -> None:
        if not self._invoicing.has_subsidiary(wish.subsidiary):
            raise Refusal(400, "INVALID_SUBSIDIARY", f"There is no {wish.subsidiary} here.")
        if wish.customer is None or not self._masters.has_customer(wish.customer):
            raise Refusal(400, "INVALID_CUSTOMER", f"There is no customer {wish.customer}.")
        if wish.payment <= 0:
            raise Refusal(400, "INVALID_AMOUNT", "A payment is more than nothing.")

    def _apply(self, call: Call) -> Answer:
        """Apply to an invoice once: there is one line of a payment for each."""
        wish = call.read(Applied)
        kept = listing.known(call, self.payments)
        payment = kept.record
        for line in payment.apply:
            if line.doc == wish.doc and line.amount == wish.amount:
                return listing.answer(kept)
            if line.doc == wish.doc:
                raise Refusal(400, "ALREADY_APPLIED", f"{line.amount} are applied to {wish.doc}.")
        invoice = self._payable(payment.subsidiary, payment.currency, wish.doc, wish.amount).record
        if invoice.entity != payment.customer:
            raise Refusal(400, "INVALID_INVOICE", f"{wish.doc} is another customer's.")
        if wish.amount > payment.unapplied:
            raise Refusal(400, "NOTHING_LEFT", f"{payment.unapplied} are left of the payment.")
        self._pay(invoice, wish.amount, call)
        applied = structs.replace(
            payment, apply=(*payment.apply, wish), unapplied=payment.unapplied - wish.amount
        )
        return listing.answer(self.payments.put(applied.id, applied, call.now))

    def _pay(self, invoice: Invoice, amount: Decimal, call: Call) -> None:
        due = invoice.amount_due - amount
        applied = structs.replace(
            invoice,
            amount_paid=invoice.amount_paid + amount,
            amount_due=due,
            status="Partially Paid" if due else "Paid In Full",
        )
        self._invoicing.invoices.put(applied.id, applied, call.now)

    def _payable(
        self, subsidiary: str, currency: str, number: str, amount: Decimal
    ) -> Kept[Invoice]:
        found = self._invoicing.invoices.find({"tran_id": number, "subsidiary": subsidiary})
        if not found:
            raise Refusal(400, "INVALID_INVOICE", f"There is no invoice {number}.")
        if currency != found[0].record.currency:
            raise Refusal(400, "CURRENCY_MISMATCH", f"It is due in {found[0].record.currency}.")
        if not 0 < amount <= found[0].record.amount_due:
            raise Refusal(400, "OVERPAYMENT", f"{found[0].record.amount_due} is due.")
        return found[0]

"""The ERP's invoices: totals of its own, numbers without gaps, and nothing changed once posted.

`externalId` can be searched for and is not unique: who repeats a create has two invoices.
"""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.erp import listing
from system_apis.sandbox.erp.lines import NewItem, Sums, item, sums
from system_apis.sandbox.erp.masters import Masters
from system_apis.sandbox.erp.numbering import Numbering
from system_apis.sandbox.erp.periods import Periods
from system_apis.sandbox.erp.records import Invoice, Item, TaxDetail
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route

_FILTERS = {
    "tranId": "tran_id",
    "externalId": "external_id",
    "subsidiary": "subsidiary",
    "entity": "entity",
}


class NewInvoice(Struct, frozen=True, rename="camel", kw_only=True):
    """What an invoice is created from; totals that come with it are not looked at."""

    external_id: str
    subsidiary: str
    entity: str
    job: str
    currency: str
    tran_date: date
    due_date: date
    other_ref_num: str | None = None
    tax_code: str
    tax_rate: Decimal
    message: str | None = None
    items: tuple[NewItem, ...]


class Invoicing:
    """The invoices of one ERP."""

    def __init__(self, books: Books, masters: Masters, periods: Periods, rounding: str) -> None:
        self._books = books
        self._masters = masters
        self._periods = periods
        self._rounding = rounding
        self.invoices = Shelf(books, "invoice", Invoice, tuple(_FILTERS.values()))
        self._numbers = Numbering(books, "sequence")

    def routes(self) -> list[Route]:
        """Return the addresses of invoices."""
        path = "/record/v1/invoice"
        return [
            Route("invoices", "GET", path, self._all),
            Route("invoice", "GET", f"{path}/{{id}}", self._one),
            Route("create_invoice", "POST", path, self._create),
            Route("post_invoice", "POST", f"{path}/{{id}}/post", self._post),
            Route("void_invoice", "POST", f"{path}/{{id}}/void", self._void),
        ]

    def has_subsidiary(self, code: str) -> bool:
        """Whether these books have a company."""
        return self._numbers.has(code)

    def _all(self, call: Call) -> Answer:
        return listing.page(call, self.invoices, _FILTERS)

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self.invoices)

    def _create(self, call: Call) -> Answer:
        wish = call.read(NewInvoice)
        self._numbers.known(wish.subsidiary)
        if not self._masters.has_customer(wish.entity):
            raise Refusal(400, "INVALID_CUSTOMER", f"There is no customer {wish.entity}.")
        if not self._masters.has_job(wish.job, wish.subsidiary):
            raise Refusal(400, "INVALID_JOB", f"There is no job {wish.job}.")
        lines = () if call.half else wish.items
        items = tuple(item(each, wish.currency, self._rounding) for each in lines)
        made = self._draft(wish, items, sums(items, wish.tax_rate, wish.currency, self._rounding))
        return listing.answer(self.invoices.put(made.id, made, call.now), status=201)

    def _draft(self, wish: NewInvoice, items: tuple[Item, ...], totals: Sums) -> Invoice:
        return Invoice(
            id=str(self._books.next("invoice", start=6001)),
            external_id=wish.external_id,
            subsidiary=wish.subsidiary,
            entity=wish.entity,
            job=wish.job,
            currency=wish.currency,
            tran_date=wish.tran_date,
            due_date=wish.due_date,
            other_ref_num=wish.other_ref_num,
            tax_code=wish.tax_code,
            tax_rate=wish.tax_rate,
            message=wish.message,
            status="Draft",
            items=items,
            subtotal=totals.net,
            tax_total=totals.tax,
            total=totals.total,
            amount_paid=totals.net * 0,
            amount_due=totals.total,
            tax_details=(
                TaxDetail(
                    tax_code=wish.tax_code,
                    tax_rate=wish.tax_rate,
                    tax_basis=totals.net,
                    tax_amount=totals.tax,
                ),
            ),
        )

    def _post(self, call: Call) -> Answer:
        kept = listing.known(call, self.invoices)
        invoice = kept.record
        if invoice.status == "Voided":
            raise Refusal(400, "RECORD_VOIDED", "A voided invoice cannot be posted.")
        if invoice.tran_id is not None:
            return listing.answer(kept)
        if self._periods.closed(invoice.subsidiary, invoice.tran_date):
            raise Refusal(400, "PERIOD_CLOSED", f"The period of {invoice.tran_date} is closed.")
        number = self._numbers.take(invoice.subsidiary, invoice.tran_date, call.now)
        posted = structs.replace(invoice, status="Open", tran_id=number)
        return listing.answer(self.invoices.put(posted.id, posted, call.now))

    def credit(self, invoice: Invoice, total: Decimal, applied: Decimal, now: datetime) -> None:
        """Take a posted credit memo off what is due on an invoice."""
        due = invoice.amount_due - applied
        credited = structs.replace(
            invoice,
            amount_credited=invoice.amount_credited + total,
            amount_due=due,
            status=invoice.status if due else "Paid In Full",
        )
        self.invoices.put(credited.id, credited, now)

    def _void(self, call: Call) -> Answer:
        kept = listing.known(call, self.invoices)
        if kept.record.status == "Voided":
            return listing.answer(kept)
        if kept.record.tran_id is not None:
            raise Refusal(400, "POSTED_IS_FINAL", "A posted invoice cannot be voided.")
        voided = structs.replace(kept.record, status="Voided")
        return listing.answer(self.invoices.put(voided.id, voided, call.now))

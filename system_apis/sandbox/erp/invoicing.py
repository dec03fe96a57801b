"""The ERP's invoices: totals of its own, numbers without gaps, and nothing changed once posted.

`externalId` can be searched for and is not unique: who repeats a create has two invoices.
"""

from datetime import date
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.erp import listing
from system_apis.sandbox.erp.masters import Masters
from system_apis.sandbox.erp.periods import Periods
from system_apis.sandbox.erp.records import Invoice, Item, Sequence
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route
from system_apis.sandbox.rounding import rounded

_FILTERS = {"tranId": "tran_id", "externalId": "external_id", "subsidiary": "subsidiary"}


class NewItem(Struct, frozen=True, rename="camel", kw_only=True):
    """A line as the caller sends it; an amount that comes with it is not looked at."""

    kind: str
    description: str
    quantity: Decimal
    rate: Decimal
    employee: str | None = None


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
        self._sequences = Shelf(books, "sequence", Sequence, (), announced=False)

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
        return self._sequences.get(code) is not None

    def _all(self, call: Call) -> Answer:
        return listing.page(call, self.invoices, _FILTERS)

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self.invoices)

    def _create(self, call: Call) -> Answer:
        wish = call.read(NewInvoice)
        if self._sequences.get(wish.subsidiary) is None:
            raise Refusal(400, "INVALID_SUBSIDIARY", f"There is no {wish.subsidiary} here.")
        if not self._masters.has_customer(wish.entity):
            raise Refusal(400, "INVALID_CUSTOMER", f"There is no customer {wish.entity}.")
        if not self._masters.has_job(wish.job, wish.subsidiary):
            raise Refusal(400, "INVALID_JOB", f"There is no job {wish.job}.")
        items = () if call.half else tuple(self._item(each, wish) for each in wish.items)
        made = self._draft(wish, items)
        return listing.answer(self.invoices.put(made.id, made, call.now), status=201)

    def _item(self, line: NewItem, wish: NewInvoice) -> Item:
        return Item(
            kind=line.kind,
            description=line.description,
            quantity=line.quantity,
            rate=line.rate,
            amount=rounded(line.quantity * line.rate, wish.currency, self._rounding),
            employee=line.employee,
        )

    def _draft(self, wish: NewInvoice, items: tuple[Item, ...]) -> Invoice:
        nothing = rounded(Decimal(0), wish.currency, self._rounding)
        net = sum((each.amount for each in items), start=nothing)
        tax = rounded(net * wish.tax_rate, wish.currency, self._rounding)
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
            subtotal=net,
            tax_total=tax,
            total=net + tax,
            amount_paid=nothing,
            amount_due=net + tax,
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
        posted = structs.replace(invoice, status="Open", tran_id=self._number(invoice, call))
        return listing.answer(self.invoices.put(posted.id, posted, call.now))

    def _number(self, invoice: Invoice, call: Call) -> str:
        """Return the subsidiary's next number; documents are numbered in the order of dates."""
        kept = self._sequences.get(invoice.subsidiary)
        if kept is None:
            raise Refusal(400, "INVALID_SUBSIDIARY", f"There is no {invoice.subsidiary} here.")
        last = kept.record.last_date
        if last is not None and invoice.tran_date < last:
            raise Refusal(
                400, "TRANDATE_BEFORE_LAST", f"{invoice.tran_date} is before {last}, posted last."
            )
        number = f"{kept.record.prefix}{kept.record.next:04d}"
        moved = structs.replace(kept.record, next=kept.record.next + 1, last_date=invoice.tran_date)
        self._sequences.put(moved.subsidiary, moved, call.now)
        return number

    def _void(self, call: Call) -> Answer:
        kept = listing.known(call, self.invoices)
        if kept.record.status == "Voided":
            return listing.answer(kept)
        if kept.record.tran_id is not None:
            raise Refusal(400, "POSTED_IS_FINAL", "A posted invoice cannot be voided.")
        voided = structs.replace(kept.record, status="Voided")
        return listing.answer(self.invoices.put(voided.id, voided, call.now))

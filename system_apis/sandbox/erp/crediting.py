"""The ERP's credit memos: numbers of their own, applied to one invoice, never more than it."""

from datetime import date
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.erp import listing
from system_apis.sandbox.erp.invoicing import Invoicing
from system_apis.sandbox.erp.lines import NewItem, Sums, item, sums
from system_apis.sandbox.erp.numbering import Numbering
from system_apis.sandbox.erp.periods import Periods
from system_apis.sandbox.erp.records import CreditMemo, Invoice, Item
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route

_FILTERS = {
    "tranId": "tran_id",
    "externalId": "external_id",
    "subsidiary": "subsidiary",
    "createdFrom": "created_from",
    "entity": "entity",
}


class NewMemo(Struct, frozen=True, rename="camel", kw_only=True):
    """What a credit memo is created from; `createdFrom` is the number of the invoice."""

    external_id: str
    subsidiary: str
    entity: str
    job: str
    created_from: str
    currency: str
    tran_date: date
    memo: str
    tax_code: str
    tax_rate: Decimal
    items: tuple[NewItem, ...]


class Crediting:
    """The credit memos of one ERP."""

    def __init__(self, books: Books, invoicing: Invoicing, periods: Periods, rounding: str) -> None:
        self._books = books
        self._invoicing = invoicing
        self._periods = periods
        self._rounding = rounding
        self._numbers = Numbering(books, "creditSequence")
        self.memos = Shelf(books, "creditMemo", CreditMemo, tuple(_FILTERS.values()))

    def routes(self) -> list[Route]:
        """Return the addresses of credit memos."""
        path = "/record/v1/creditMemo"
        return [
            Route("credit_notes", "GET", path, self._all),
            Route("credit_note", "GET", f"{path}/{{id}}", self._one),
            Route("create_credit_note", "POST", path, self._create),
            Route("post_credit_note", "POST", f"{path}/{{id}}/post", self._post),
            Route("void_credit_note", "POST", f"{path}/{{id}}/void", self._void),
        ]

    def _all(self, call: Call) -> Answer:
        return listing.page(call, self.memos, _FILTERS)

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self.memos)

    def _create(self, call: Call) -> Answer:
        wish = call.read(NewMemo)
        self._numbers.known(wish.subsidiary)
        invoice = self._corrected(wish.subsidiary, wish.created_from).record
        if (wish.entity, wish.currency) != (invoice.entity, invoice.currency):
            raise Refusal(400, "INVALID_CUSTOMER", f"{invoice.tran_id} is not of {wish.entity}.")
        lines = () if call.half else wish.items
        items = tuple(item(each, wish.currency, self._rounding) for each in lines)
        totals = sums(items, wish.tax_rate, wish.currency, self._rounding)
        made = self._draft(wish, items, totals)
        return listing.answer(self.memos.put(made.id, made, call.now), status=201)

    def _draft(self, wish: NewMemo, items: tuple[Item, ...], totals: Sums) -> CreditMemo:
        return CreditMemo(
            id=str(self._books.next("creditMemo", start=9501)),
            external_id=wish.external_id,
            subsidiary=wish.subsidiary,
            entity=wish.entity,
            job=wish.job,
            created_from=wish.created_from,
            currency=wish.currency,
            tran_date=wish.tran_date,
            memo=wish.memo,
            tax_code=wish.tax_code,
            tax_rate=wish.tax_rate,
            status="Draft",
            items=items,
            subtotal=totals.net,
            tax_total=totals.tax,
            total=totals.total,
            applied=totals.net * 0,
        )

    def _post(self, call: Call) -> Answer:
        kept = listing.known(call, self.memos)
        memo = kept.record
        if memo.status == "Voided":
            raise Refusal(400, "RECORD_VOIDED", "A voided credit memo cannot be posted.")
        if memo.tran_id is not None:
            return listing.answer(kept)
        if self._periods.closed(memo.subsidiary, memo.tran_date):
            raise Refusal(400, "PERIOD_CLOSED", f"The period of {memo.tran_date} is closed.")
        invoice = self._creditable(memo)
        number = self._numbers.take(memo.subsidiary, memo.tran_date, call.now)
        applied = min(memo.total, invoice.amount_due)
        posted = structs.replace(
            memo,
            tran_id=number,
            applied=applied,
            status="Fully Applied" if applied == memo.total else "Open",
        )
        self._invoicing.credit(invoice, memo.total, applied, call.now)
        return listing.answer(self.memos.put(posted.id, posted, call.now))

    def _creditable(self, memo: CreditMemo) -> Invoice:
        """Return the invoice that a memo corrects, or refuse to take back more than it asked."""
        invoice = self._corrected(memo.subsidiary, memo.created_from).record
        if memo.tran_date < invoice.tran_date:
            raise Refusal(400, "TRANDATE_BEFORE_LAST", f"{invoice.tran_id} is of a later day.")
        if not 0 < memo.total <= invoice.total - invoice.amount_credited:
            left = invoice.total - invoice.amount_credited
            raise Refusal(400, "CREDIT_EXCEEDS_INVOICE", f"{left} of {invoice.tran_id} is left.")
        return invoice

    def _corrected(self, subsidiary: str, number: str) -> Kept[Invoice]:
        found = self._invoicing.invoices.find({"tran_id": number, "subsidiary": subsidiary})
        if not found:
            raise Refusal(400, "INVALID_INVOICE", f"There is no invoice {number}.")
        return found[0]

    def _void(self, call: Call) -> Answer:
        kept = listing.known(call, self.memos)
        if kept.record.status == "Voided":
            return listing.answer(kept)
        if kept.record.tran_id is not None:
            raise Refusal(400, "POSTED_IS_FINAL", "A posted credit memo cannot be voided.")
        voided = structs.replace(kept.record, status="Voided")
        return listing.answer(self.memos.put(voided.id, voided, call.now))

"""The ERP's vendor bills and vendor credits: tax that it assesses itself, and holds of payment.

`externalId` can be searched for and is not unique.
"""

from datetime import date
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.erp import listing
from system_apis.sandbox.erp.lines import NewItem, item, sums
from system_apis.sandbox.erp.numbering import Numbering
from system_apis.sandbox.erp.periods import Periods
from system_apis.sandbox.erp.records import VendorBill
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route
from system_apis.sandbox.rounding import rounded

_FILTERS = {
    "tranId": "tran_id",
    "transactionNumber": "transaction_number",
    "externalId": "external_id",
    "subsidiary": "subsidiary",
    "entity": "entity",
}


class NewVendorBill(Struct, frozen=True, rename="camel", kw_only=True):
    """What a vendor bill is created from; `tranId` is the vendor's own number."""

    external_id: str
    type: str
    subsidiary: str
    entity: str
    tran_id: str
    created_from: str | None = None
    currency: str
    tran_date: date
    due_date: date
    tax_total: Decimal
    reverse_charge_rate: Decimal
    payment_hold: bool
    items: tuple[NewItem, ...]


class Payables:
    """The vendor bills and credits of one ERP."""

    def __init__(self, books: Books, periods: Periods, rounding: str) -> None:
        self._books, self._periods, self._rounding = books, periods, rounding
        # A company is known by the numbers of its sales documents.
        self._companies = Numbering(books, "sequence")
        self._bills = Shelf(
            books, "vendorBill", VendorBill, tuple(_FILTERS.values()), announced=False
        )

    def routes(self) -> list[Route]:
        """Return the addresses of vendor bills."""
        path = "/record/v1/vendorBill"
        return [
            Route("payables", "GET", path, self._all),
            Route("payable", "GET", f"{path}/{{id}}", self._one),
            Route("create_payable", "POST", path, self._create),
            Route("post_payable", "POST", f"{path}/{{id}}/post", self._post),
            Route("release_payable", "POST", f"{path}/{{id}}/release", self._release),
            Route("void_payable", "POST", f"{path}/{{id}}/void", self._void),
        ]

    def _all(self, call: Call) -> Answer:
        return listing.page(call, self._bills, _FILTERS)

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self._bills)

    def _create(self, call: Call) -> Answer:
        wish = call.read(NewVendorBill)
        self._companies.known(wish.subsidiary)
        lines = () if call.half else wish.items
        items = tuple(item(each, wish.currency, self._rounding) for each in lines)
        net = sums(items, Decimal(0), wish.currency, self._rounding).net
        made = VendorBill(
            id=str(self._books.next("vendorBill", start=8501)),
            type=wish.type,
            external_id=wish.external_id,
            subsidiary=wish.subsidiary,
            entity=wish.entity,
            tran_id=wish.tran_id,
            created_from=wish.created_from,
            currency=wish.currency,
            tran_date=wish.tran_date,
            due_date=wish.due_date,
            status="Pending Approval",
            items=items,
            subtotal=net,
            tax_total=wish.tax_total,
            reverse_charge=rounded(net * wish.reverse_charge_rate, wish.currency, self._rounding),
            total=net + wish.tax_total,
            payment_hold=wish.payment_hold,
        )
        return listing.answer(self._bills.put(made.id, made, call.now), status=201)

    def _post(self, call: Call) -> Answer:
        kept = listing.known(call, self._bills)
        bill = kept.record
        if bill.status == "Voided":
            raise Refusal(400, "RECORD_VOIDED", "A voided bill cannot be posted.")
        if bill.transaction_number is not None:
            return listing.answer(kept)
        if self._periods.closed(bill.subsidiary, bill.tran_date):
            raise Refusal(400, "PERIOD_CLOSED", f"The period of {bill.tran_date} is closed.")
        count = self._books.next(f"payable/{bill.subsidiary}", start=1001)
        number = f"AP-{bill.subsidiary}-{count}"
        posted = structs.replace(bill, status="Open", transaction_number=number)
        return listing.answer(self._bills.put(posted.id, posted, call.now))

    def _release(self, call: Call) -> Answer:
        kept = listing.known(call, self._bills)
        if not kept.record.payment_hold:
            return listing.answer(kept)
        released = structs.replace(kept.record, payment_hold=False)
        return listing.answer(self._bills.put(released.id, released, call.now))

    def _void(self, call: Call) -> Answer:
        kept = listing.known(call, self._bills)
        if kept.record.status == "Voided":
            return listing.answer(kept)
        if kept.record.transaction_number is not None:
            raise Refusal(400, "POSTED_IS_FINAL", "A posted bill cannot be voided.")
        voided = structs.replace(kept.record, status="Voided")
        return listing.answer(self._bills.put(voided.id, voided, call.now))

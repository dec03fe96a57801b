"""The orders of the procurement system: numbered here, held until released, revised in place.

`external-ref-num` can be searched for and is not unique: who repeats a create has two orders.
A revision is known by its reference, and done once.
"""

from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.exchange import Answer, Call, Route
from system_apis.sandbox.procurement import listing
from system_apis.sandbox.procurement.records import (
    Code,
    Named,
    OrderFields,
    OrderLine,
    PurchaseOrder,
    SupplierRef,
)
from system_apis.sandbox.procurement.suppliers import Suppliers
from system_apis.sandbox.rounding import rounded

_FILTERS = {
    "po-number": "po_number",
    "account-type[name]": "company",
    "external-ref-num": "external_ref_num",
}
_PATH = "/api/purchase_orders"
_RELEASED = {"scheduled_for_release", "issued"}
_OVER = {"cancelled", "closed"}
# From here on a rise over what was approved is held for its buyer, whatever the caller says.
_RISE_THAT_IS_HELD = Decimal("1.10")


class Numbers(Struct, frozen=True):
    """How the system numbers its orders, and which number comes first."""

    prefix: str = "PO-"
    first: int = 1001
    digits: int = 4


class NewLine(Struct, frozen=True, rename="kebab", kw_only=True, forbid_unknown_fields=True):
    """A line as the caller sends it."""

    uom: Code
    quantity: Decimal
    price: Decimal
    receiving_tolerance: Decimal = Decimal(0)
    custom_fields: OrderFields


class NewOrder(Struct, frozen=True, rename="kebab", kw_only=True, forbid_unknown_fields=True):
    """What an order is created from."""

    supplier: SupplierRef
    account_type: Named
    currency: Code
    external_ref_num: str
    order_lines: tuple[NewLine, ...]


class NewRevision(Struct, frozen=True, rename="kebab", kw_only=True, forbid_unknown_fields=True):
    """The lines that take the place of a version's own."""

    version: int
    revision_ref: str
    buyer_hold: bool
    order_lines: tuple[NewLine, ...]


class Release(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """The version that is released from its hold."""

    version: int


class Orders:
    """The orders of one firm; `roundings` says how each company's books round."""

    def __init__(
        self, books: Books, suppliers: Suppliers, roundings: dict[str, str], numbers: Numbers
    ) -> None:
        self._books, self._suppliers = books, suppliers
        self._roundings, self._numbers = roundings, numbers
        self.shelf = Shelf(books, "purchase_order", PurchaseOrder, tuple(_FILTERS.values()))

    def routes(self) -> list[Route]:
        """Return the addresses of orders."""
        one = f"{_PATH}/{{id}}"
        return [
            Route("purchase_orders", "GET", _PATH, self._all),
            Route("purchase_order", "GET", one, self._one),
            Route("create_purchase_order", "POST", _PATH, self._create),
            Route("revise_purchase_order", "PUT", one, self._revise),
            Route("approve_purchase_order", "PUT", f"{one}/release_from_buyer_hold", self._release),
            Route("send_purchase_order", "PUT", f"{one}/issue", self._issue),
            Route("cancel_purchase_order", "PUT", f"{one}/cancel", self._cancel),
        ]

    def of_number(self, po_number: str, company: str) -> PurchaseOrder | None:
        """Return a company's order of a number."""
        found = self.shelf.find({"po_number": po_number, "company": company})
        return found[0].record if found else None

    def require_company(self, company: str) -> str:
        """Return how the books of a company round, or refuse one that there is not."""
        if company not in self._roundings:
            raise listing.wrong("account-type", "does not exist")
        return self._roundings[company]

    def _all(self, call: Call) -> Answer:
        project = call.query.get("order-lines[custom-fields][project]")
        if project is None:
            return listing.page(call, self.shelf, _FILTERS)
        found = listing.filtered(call, self.shelf, _FILTERS)
        return listing.page_of(call, [each for each in found if _is_for(each.record, project)])

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self.shelf)

    def _create(self, call: Call) -> Answer:
        wish = call.read(NewOrder)
        self._suppliers.require_active(wish.supplier.id)
        rounding = self.require_company(wish.account_type.name)
        numbers = self._numbers
        count = self._books.next("purchase_order", start=numbers.first)
        lines = () if call.half else _lines(wish.order_lines, wish.currency.code, rounding)
        made = PurchaseOrder(
            id=str(self._books.next("purchase_order_id", start=5001)),
            po_number=f"{numbers.prefix}{count:0{numbers.digits}d}",
            status="buyer_hold" if lines else "draft",
            version=1,
            supplier=wish.supplier,
            account_type=wish.account_type,
            currency=wish.currency,
            external_ref_num=wish.external_ref_num,
            order_lines=lines,
            total=_total(lines, wish.currency.code),
        )
        return listing.answer(self.shelf.put(made.id, made, call.now), status=201)

    def _revise(self, call: Call) -> Answer:
        kept, wish = listing.known(call, self.shelf), call.read(NewRevision)
        order = kept.record
        if wish.revision_ref in order.revision_refs:
            return listing.answer(kept)
        if order.status in _OVER:
            raise listing.wrong("status", f"is {order.status}")
        if wish.version != order.version:
            raise listing.wrong("version", "is stale", status=409)
        currency = order.currency.code
        rounding = self.require_company(order.company)
        lines = _lines(wish.order_lines, currency, rounding, received=_received(order))
        total = _total(lines, currency)
        changed = structs.replace(order, order_lines=lines, total=total)
        if call.half:
            return listing.answer(self.shelf.put(order.id, changed, call.now))
        revised = structs.replace(
            changed,
            version=order.version + 1,
            revision_refs=(*order.revision_refs, wish.revision_ref),
            status="buyer_hold" if wish.buyer_hold or _rises(order, total) else order.status,
        )
        return listing.answer(self.shelf.put(order.id, revised, call.now))

    def _release(self, call: Call) -> Answer:
        kept, wish = self._going_on(call), call.read(Release)
        order = kept.record
        if wish.version != order.version:
            raise listing.wrong("version", "is stale", status=409)
        if order.status in _RELEASED:
            return listing.answer(kept)
        if not order.order_lines:
            raise listing.wrong("order-lines", "can't be blank")
        released = structs.replace(
            order, status="scheduled_for_release", approved_total=order.total
        )
        return listing.answer(self.shelf.put(order.id, released, call.now))

    def _issue(self, call: Call) -> Answer:
        kept = self._going_on(call)
        if kept.record.status == "issued":
            return listing.answer(kept)
        if kept.record.status != "scheduled_for_release":
            raise listing.wrong("status", "is not released")
        issued = structs.replace(kept.record, status="issued")
        return listing.answer(self.shelf.put(issued.id, issued, call.now))

    def _cancel(self, call: Call) -> Answer:
        kept = listing.known(call, self.shelf)
        if kept.record.status == "cancelled":
            return listing.answer(kept)
        if any(line.received for line in kept.record.order_lines):
            raise listing.wrong("status", "has been received against")
        cancelled = structs.replace(kept.record, status="cancelled")
        return listing.answer(self.shelf.put(cancelled.id, cancelled, call.now))

    def _going_on(self, call: Call) -> Kept[PurchaseOrder]:
        kept = listing.known(call, self.shelf)
        if kept.record.status in _OVER:
            raise listing.wrong("status", f"is {kept.record.status}")
        return kept


def _lines(
    wished: tuple[NewLine, ...],
    currency: str,
    rounding: str,
    *,
    received: dict[int, Decimal] | None = None,
) -> tuple[OrderLine, ...]:
    """Return lines with their totals; none may fall below what was received of it."""
    there = received or {}
    for number, quantity in there.items():
        if number > len(wished) or wished[number - 1].quantity < quantity:
            raise listing.wrong("order-lines", "can't be less than received")
    return tuple(
        OrderLine(
            line_num=number,
            uom=line.uom,
            quantity=line.quantity,
            price=line.price,
            total=rounded(line.quantity * line.price, currency, rounding),
            received=there.get(number, Decimal(0)),
            receiving_tolerance=line.receiving_tolerance,
            custom_fields=line.custom_fields,
        )
        for number, line in enumerate(wished, start=1)
    )


def _received(order: PurchaseOrder) -> dict[int, Decimal]:
    return {line.line_num: line.received for line in order.order_lines if line.received}


def _total(lines: tuple[OrderLine, ...], currency: str) -> Decimal:
    return sum((each.total for each in lines), start=rounded(Decimal(0), currency, "half_up"))


def _rises(order: PurchaseOrder, total: Decimal) -> bool:
    if order.approved_total is None:
        return True
    return total > order.approved_total * _RISE_THAT_IS_HELD


def _is_for(order: PurchaseOrder, project: str) -> bool:
    return any(line.custom_fields.project == project for line in order.order_lines)

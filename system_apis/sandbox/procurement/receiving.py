"""What was received on the orders: never more than ordered and tolerated, and never twice billed.

`external-ref-num` can be searched for and is not unique.
"""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.exchange import Answer, Call, Route
from system_apis.sandbox.procurement import listing
from system_apis.sandbox.procurement.invoices import Invoices
from system_apis.sandbox.procurement.orders import Orders
from system_apis.sandbox.procurement.records import (
    OrderLine,
    OrderLineRef,
    PurchaseOrder,
    Receiving,
)
from system_apis.sandbox.rounding import rounded

_FILTERS = {"order-line[po-number]": "po_number", "external-ref-num": "external_ref_num"}
_PATH = "/api/receiving_transactions"


class NewReceiving(Struct, frozen=True, rename="kebab", kw_only=True, forbid_unknown_fields=True):
    """What was accepted, on the order of an id."""

    order_header_id: str
    line_num: int
    quantity: Decimal
    received_from: date
    received_to: date
    basis: str
    attachments: tuple[str, ...] = ()
    accepted_by: str
    accepted_at: datetime
    external_ref_num: str


class Receivings:
    """The receiving transactions of one firm."""

    def __init__(self, books: Books, orders: Orders, invoices: Invoices) -> None:
        self._books, self._orders, self._invoices = books, orders, invoices
        self._shelf = Shelf(books, "receiving_transaction", Receiving, tuple(_FILTERS.values()))

    def routes(self) -> list[Route]:
        """Return the addresses of receiving transactions."""
        return [
            Route("receipts", "GET", _PATH, self._all),
            Route("receipt", "GET", f"{_PATH}/{{id}}", self._one),
            Route("record_receipt", "POST", _PATH, self._receive),
            Route("reverse_receipt", "PUT", f"{_PATH}/{{id}}/void", self._void),
        ]

    def _all(self, call: Call) -> Answer:
        return listing.page(call, self._shelf, _FILTERS)

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self._shelf)

    def _receive(self, call: Call) -> Answer:
        wish = call.read(NewReceiving)
        order, line = self._open(wish)
        self._check(order, line, wish)
        made = Receiving(
            id=str(self._books.next("receiving_transaction", start=7001)),
            status="created",
            account_type=order.account_type,
            currency=order.currency,
            order_line=OrderLineRef(order.po_number, line.line_num),
            quantity=wish.quantity,
            price=line.price,
            total=self._worth(wish.quantity, line, order),
            received_from=wish.received_from,
            received_to=wish.received_to,
            basis=wish.basis,
            attachments=wish.attachments,
            accepted_by=wish.accepted_by,
            accepted_at=wish.accepted_at,
            external_ref_num=wish.external_ref_num,
        )
        kept = self._shelf.put(made.id, made, call.now)
        if not call.half:
            self._tell(order, call)
        return listing.answer(kept, status=201)

    def _void(self, call: Call) -> Answer:
        kept = listing.known(call, self._shelf)
        receipt = kept.record
        if receipt.status == "voided":
            return listing.answer(kept)
        order = self._orders.of_number(receipt.po_number, receipt.account_type.name)
        if order is None:
            raise listing.wrong("order-line", "does not exist")
        left = self._received(order, receipt.order_line.line_num) - receipt.quantity
        if self._invoices.billed(receipt.order_line, receipt.account_type.name) > left:
            raise listing.wrong("status", "has been invoiced")
        voided = self._shelf.put(receipt.id, structs.replace(receipt, status="voided"), call.now)
        self._tell(order, call)
        return listing.answer(voided)

    def _open(self, wish: NewReceiving) -> tuple[PurchaseOrder, OrderLine]:
        """Return the order and the line that services are received on, or refuse."""
        kept = self._orders.shelf.get(wish.order_header_id)
        found = kept.record.order_lines if kept else ()
        lines = [each for each in found if each.line_num == wish.line_num]
        if kept is None or not lines:
            raise listing.wrong("order-line", "does not exist")
        if kept.record.status != "issued":
            raise listing.wrong("order-line", "is not open for receiving")
        return kept.record, lines[0]

    def _check(self, order: PurchaseOrder, line: OrderLine, wish: NewReceiving) -> None:
        """Refuse to receive more than was ordered, or to take back what was billed."""
        there = self._received(order, line.line_num) + wish.quantity
        if wish.quantity > 0 and there > line.quantity * (1 + line.receiving_tolerance):
            raise listing.wrong("quantity", "can't be more than ordered")
        place = OrderLineRef(order.po_number, line.line_num)
        billed = self._invoices.billed(place, order.account_type.name)
        if wish.quantity < 0 and there < billed:
            raise listing.wrong("quantity", "has been invoiced")

    def _received(self, order: PurchaseOrder, line: int) -> Decimal:
        """Return how much of a line was received, by the receipts themselves."""
        found = self._shelf.find({"po_number": order.po_number})
        return sum(
            (
                each.record.quantity
                for each in found
                if each.record.status != "voided" and each.record.order_line.line_num == line
            ),
            start=Decimal(0),
        )

    def _worth(self, quantity: Decimal, line: OrderLine, order: PurchaseOrder) -> Decimal:
        rounding = self._orders.require_company(order.company)
        return rounded(quantity * line.price, order.currency.code, rounding)

    def _tell(self, order: PurchaseOrder, call: Call) -> None:
        """Write on the order how much of each line was received."""
        lines = tuple(
            structs.replace(line, received=self._received(order, line.line_num))
            for line in order.order_lines
        )
        self._orders.shelf.put(order.id, structs.replace(order, order_lines=lines), call.now)

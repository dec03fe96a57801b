"""The sandbox firm's procurement system, which speaks like Coupa, behind our interface.

Its `external-ref-num` can be searched for and is not unique, so every create is looked up first
and read again by its key afterwards; what is changed in place is known by its version or state.
"""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct

from system_apis.canonical.payroll import ContractorRun
from system_apis.canonical.procurement import (
    BillStatus,
    OrderRevision,
    OrderStatus,
    PurchaseOrder,
    PurchaseOrderDraft,
    ServiceReceipt,
    ServiceReceiptDraft,
    Vendor,
    VendorBill,
    VendorBillDraft,
)
from system_apis.canonical.record import Change, Page
from system_apis.change_feed import identified
from system_apis.connector import Connection, References, Upstream
from system_apis.dedupe import DedupeMode, LookUpFirst, NativeKey, Parts
from system_apis.errors import Refused, TryAgain, Unknown
from system_apis.procurement import sandbox_bills as papers
from system_apis.procurement import sandbox_hours as hours
from system_apis.procurement import sandbox_records as records
from system_apis.procurement import sandbox_wishes as wishes
from system_apis.procurement.interface import Procurement
from system_apis.procurement.sandbox_wire import Wire

# The longest time that the system may still be busy with a request, as its makers declare it.
SETTLES_AFTER = timedelta(seconds=2)
# As many records as can bear one key, with the halves that were taken out.
_OF_ONE_KEY = "50"
_ORDERS, _RECEIPTS, _BILLS = "purchase_orders", "receiving_transactions", "invoices"
T = TypeVar("T")


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the system is, and how many records a page asks for: it gives at most 50."""

    connection: Connection
    page_size: int = 50

    def __post_init__(self) -> None:
        if not 2 <= self.page_size <= 50:
            raise ValueError("a page has from 2 to 50 records")


def connect(config: Config, upstream: Upstream, references: References) -> Procurement:
    """Return the procurement system behind an upstream."""
    return SandboxProcurement(config, upstream, references)


class SandboxProcurement:
    """The sandbox firm's procurement system as our processes see it."""

    writes: Mapping[str, DedupeMode] = {
        "create_purchase_order": LookUpFirst(
            "purchase_order_by_key",
            SETTLES_AFTER,
            Parts("order_has_every_line", "cancel_purchase_order"),
        ),
        "revise_purchase_order": NativeKey(),
        "approve_purchase_order": NativeKey(),
        "send_purchase_order": NativeKey(),
        "cancel_purchase_order": NativeKey(),
        "record_receipt": LookUpFirst(
            "receipt_by_key", SETTLES_AFTER, Parts("order_knows", "reverse_receipt")
        ),
        "reverse_receipt": NativeKey(),
        "record_bill": LookUpFirst(
            "bill_by_key", SETTLES_AFTER, Parts("bill_has_every_line", "void_bill")
        ),
        "dispute_bill": NativeKey(),
        "approve_bill": NativeKey(),
        "record_contractor_hours": NativeKey(),
    }

    def __init__(self, config: Config, upstream: Upstream, references: References) -> None:
        self.instance = upstream.instance
        self._wire = Wire(upstream, config.page_size)
        self._references = references

    async def vendor(self, vendor_id: str) -> Vendor:
        """Return one vendor, or raise `NotFound`."""
        record_id = await self._references.record_of("vendor", vendor_id)
        found = await self._wire.one("vendor", "suppliers", record_id, records.Supplier)
        return found.canonical(vendor_id, self.instance)

    async def vendors(
        self, *, number: str | None = None, tax_id: str | None = None, cursor: str | None = None
    ) -> Page[Vendor]:
        """Return vendors in the order they were created, a page at a time."""
        asked = {"number": number, "tax-id": tax_id}
        found, following = await self._wire.page(
            "vendors", "suppliers", asked, list[records.Supplier], cursor
        )
        ids = await self._references.ids_of("vendor", [each.id for each in found])
        said = [r.canonical(i, self.instance) for r, i in zip(found, ids, strict=True)]
        return Page(said, following)

    async def purchase_order(self, purchase_order_id: str) -> PurchaseOrder:
        """Return one purchase order, or raise `NotFound`."""
        record_id = await self._references.record_of("purchase_order", purchase_order_id)
        found = await self._wire.one(
            "purchase_order", _ORDERS, record_id, records.PurchaseOrderRecord
        )
        return (await self._orders([found]))[0]

    async def purchase_orders(
        self,
        *,
        number: str | None = None,
        project_number: str | None = None,
        legal_entity: str | None = None,
        cursor: str | None = None,
    ) -> Page[PurchaseOrder]:
        """Return purchase orders in the order they were created, a page at a time."""
        asked = {
            "po-number": number,
            "order-lines[custom-fields][project]": project_number,
            "account-type[name]": legal_entity,
        }
        found, following = await self._wire.page(
            "purchase_orders", _ORDERS, asked, list[records.PurchaseOrderRecord], cursor
        )
        return Page(await self._orders(found), following)

    async def purchase_order_by_key(self, key: str) -> PurchaseOrder | None:
        """Return the purchase order that was created with this key, one that stands if any does."""
        asked = {"external-ref-num": key, "limit": _OF_ONE_KEY}
        found, _ = await self._wire.page(
            "purchase_orders", _ORDERS, asked, list[records.PurchaseOrderRecord]
        )
        orders = await self._orders(found)
        return self._only([(o, o.status is not OrderStatus.CANCELLED) for o in orders], key)

    async def order_has_every_line(
        self, found: PurchaseOrder, *, draft: PurchaseOrderDraft
    ) -> bool:
        """Whether an order that nobody revised has every line that was sent."""
        is_new = found.status in {OrderStatus.DRAFT, OrderStatus.PENDING_APPROVAL}
        return not is_new or found.revision > 1 or len(found.lines) == len(draft.lines)

    async def create_purchase_order(self, draft: PurchaseOrderDraft, *, key: str) -> PurchaseOrder:
        """Write an order that waits for approval."""
        supplier = await self._references.record_of("vendor", draft.vendor_id)
        wish = wishes.NewOrder.of(draft, supplier, key)
        await self._wire.create("create_purchase_order", _ORDERS, wish, records.PurchaseOrderRecord)
        return await self._seen(self.purchase_order_by_key(key), key)

    async def revise_purchase_order(
        self, purchase_order_id: str, revision: OrderRevision, *, key: str
    ) -> PurchaseOrder:
        """Put other lines in the place of an order's own; it may have to be approved again."""
        wish = wishes.NewRevision.of(revision, key)
        return await self._act_on_order("revise_purchase_order", purchase_order_id, "", wish)

    async def approve_purchase_order(
        self, purchase_order_id: str, *, revision: int, key: str
    ) -> PurchaseOrder:
        """Say that one revision of an order is approved."""
        wish = wishes.Release(revision)
        action = "release_from_buyer_hold"
        return await self._act_on_order("approve_purchase_order", purchase_order_id, action, wish)

    async def send_purchase_order(self, purchase_order_id: str, *, key: str) -> PurchaseOrder:
        """Send an approved order to its vendor."""
        wish = wishes.Nothing()
        return await self._act_on_order("send_purchase_order", purchase_order_id, "issue", wish)

    async def cancel_purchase_order(self, purchase_order_id: str, *, key: str) -> PurchaseOrder:
        """Take an order back of which nothing was received."""
        wish = wishes.Nothing()
        return await self._act_on_order("cancel_purchase_order", purchase_order_id, "cancel", wish)

    async def receipt(self, receipt_id: str) -> ServiceReceipt:
        """Return one service receipt, or raise `NotFound`."""
        record_id = await self._references.record_of("receipt", receipt_id)
        found = await self._wire.one("receipt", _RECEIPTS, record_id, papers.Receiving)
        return found.canonical(receipt_id, self.instance)

    async def receipts(
        self, *, purchase_order_number: str | None = None, cursor: str | None = None
    ) -> Page[ServiceReceipt]:
        """Return receipts in the order they were recorded, reversed ones too."""
        asked = {"order-line[po-number]": purchase_order_number}
        found, following = await self._wire.page(
            "receipts", _RECEIPTS, asked, list[papers.Receiving], cursor
        )
        return Page(await self._receipts(found), following)

    async def receipt_by_key(self, key: str) -> ServiceReceipt | None:
        """Return the receipt that was recorded with this key, one that stands if any does."""
        asked = {"external-ref-num": key, "limit": _OF_ONE_KEY}
        found, _ = await self._wire.page("receipts", _RECEIPTS, asked, list[papers.Receiving])
        receipts = await self._receipts(found)
        return self._only([(each, not each.is_reversed) for each in receipts], key)

    async def order_knows(
        self, found: ServiceReceipt, *, purchase_order_id: str, draft: ServiceReceiptDraft
    ) -> bool:
        """Whether the order tells of all that was received on the line of a receipt."""
        order, received, cursor = await self.purchase_order(purchase_order_id), Decimal(0), None
        while True:
            page = await self.receipts(purchase_order_number=order.number, cursor=cursor)
            received += sum(_on_line(found, page.items), start=Decimal(0))
            if page.next_cursor is None:
                break
            cursor = page.next_cursor
        told = (line.received for line in order.lines if line.number == found.line)
        return sum(told, start=Decimal(0)) == received

    async def record_receipt(
        self, purchase_order_id: str, draft: ServiceReceiptDraft, *, key: str
    ) -> ServiceReceipt:
        """Record services that were accepted, never more than was ordered and tolerated."""
        order = await self._references.record_of("purchase_order", purchase_order_id)
        wish = wishes.NewReceiving.of(draft, order, key)
        await self._wire.create("record_receipt", _RECEIPTS, wish, papers.Receiving)
        return await self._seen(self.receipt_by_key(key), key)

    async def reverse_receipt(self, receipt_id: str, *, key: str) -> ServiceReceipt:
        """Take back a receipt that no bill rests on."""
        record_id = await self._references.record_of("receipt", receipt_id)
        path, wish = f"{_RECEIPTS}/{record_id}", wishes.Nothing()
        done = await self._wire.act("reverse_receipt", path, "void", wish, papers.Receiving)
        return done.canonical(receipt_id, self.instance)

    async def bill(self, bill_id: str) -> VendorBill:
        """Return one vendor bill, or raise `NotFound`."""
        record_id = await self._references.record_of("bill", bill_id)
        found = await self._wire.one("bill", _BILLS, record_id, papers.InvoiceRecord)
        return (await self._bills([found]))[0]

    async def bills(
        self,
        *,
        number: str | None = None,
        vendor_id: str | None = None,
        purchase_order_number: str | None = None,
        legal_entity: str | None = None,
        cursor: str | None = None,
    ) -> Page[VendorBill]:
        """Return vendor bills in the order they were recorded, a page at a time."""
        supplier = await self._references.record_of("vendor", vendor_id) if vendor_id else None
        asked = {
            "invoice-number": number,
            "supplier[id]": supplier,
            "invoice-lines[order-line][po-number]": purchase_order_number,
            "account-type[name]": legal_entity,
        }
        found, following = await self._wire.page(
            "bills", _BILLS, asked, list[papers.InvoiceRecord], cursor
        )
        return Page(await self._bills(found), following)

    async def bill_by_key(self, key: str) -> VendorBill | None:
        """Return the bill that was recorded with this key, one that stands if any does."""
        asked = {"external-ref-num": key, "limit": _OF_ONE_KEY}
        found, _ = await self._wire.page("bills", _BILLS, asked, list[papers.InvoiceRecord])
        bills = await self._bills(found)
        return self._only([(each, each.status is not BillStatus.VOID) for each in bills], key)

    async def bill_has_every_line(self, found: VendorBill, *, draft: VendorBillDraft) -> bool:
        """Whether a bill that nobody looked at yet has every line that was sent."""
        is_new = found.status is BillStatus.RECEIVED
        return not is_new or len(found.lines) == len(draft.lines)

    async def record_bill(self, draft: VendorBillDraft, *, key: str) -> VendorBill:
        """Record a bill that came in, whether it is right or not."""
        supplier = await self._references.record_of("vendor", draft.vendor_id)
        wish = wishes.NewInvoice.of(draft, supplier, key)
        await self._wire.create("record_bill", _BILLS, wish, papers.InvoiceRecord)
        return await self._seen(self.bill_by_key(key), key)

    async def dispute_bill(self, bill_id: str, reason: str, *, key: str) -> VendorBill:
        """Tell the vendor that its bill is disputed, and why."""
        return await self._act_on_bill("dispute_bill", bill_id, "dispute", wishes.Dispute(reason))

    async def approve_bill(self, bill_id: str, *, key: str) -> VendorBill:
        """Approve a bill for posting."""
        return await self._act_on_bill("approve_bill", bill_id, "approve", wishes.Nothing())

    async def void_bill(self, bill_id: str, *, key: str) -> VendorBill:
        """Take out a bill that is neither posted nor paid (compensation)."""
        return await self._act_on_bill("void_bill", bill_id, "void", wishes.Nothing())

    async def record_contractor_hours(self, run: ContractorRun, *, key: str) -> ContractorRun:
        """Record approved hours of contractors; a batch's number is unique, so that it is once."""
        batch = await self._wire.create(
            "record_contractor_hours",
            "contractor_hours",
            hours.HoursBatch.of(run),
            hours.HoursBatch,
        )
        recorded = batch.canonical()
        if recorded != run:
            raise Unknown(self.instance, f"told of {run.number}, was answered {recorded.number}")
        return recorded

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
        query = {"after": str(after)}
        events = await self._wire.read("changes", "/changes", query, list[records.Event])
        return Page(await identified([each.line() for each in events], self._references))

    async def _act_on_order(
        self, operation: str, purchase_order_id: str, action: str, wish: Struct
    ) -> PurchaseOrder:
        record_id = await self._references.record_of("purchase_order", purchase_order_id)
        path = f"{_ORDERS}/{record_id}"
        done = await self._wire.act(operation, path, action, wish, records.PurchaseOrderRecord)
        return (await self._orders([done]))[0]

    async def _act_on_bill(
        self, operation: str, bill_id: str, action: str, wish: Struct
    ) -> VendorBill:
        record_id = await self._references.record_of("bill", bill_id)
        path = f"{_BILLS}/{record_id}"
        done = await self._wire.act(operation, path, action, wish, papers.InvoiceRecord)
        return (await self._bills([done]))[0]

    async def _orders(self, found: list[records.PurchaseOrderRecord]) -> list[PurchaseOrder]:
        ids = await self._references.ids_of("purchase_order", [each.id for each in found])
        vendors = await self._references.ids_of("vendor", [each.supplier.id for each in found])
        named = zip(found, ids, vendors, strict=True)
        return [record.canonical(own, vendor, self.instance) for record, own, vendor in named]

    async def _receipts(self, found: list[papers.Receiving]) -> list[ServiceReceipt]:
        ids = await self._references.ids_of("receipt", [each.id for each in found])
        return [r.canonical(i, self.instance) for r, i in zip(found, ids, strict=True)]

    async def _bills(self, found: list[papers.InvoiceRecord]) -> list[VendorBill]:
        ids = await self._references.ids_of("bill", [each.id for each in found])
        vendors = await self._references.ids_of("vendor", [each.supplier.id for each in found])
        named = zip(found, ids, vendors, strict=True)
        return [record.canonical(own, vendor, self.instance) for record, own, vendor in named]

    def _only(self, found: Sequence[tuple[T, bool]], key: str) -> T | None:
        """Return the one record with a key that stands, else the last that was taken out.

        Two that stand are for a person to look at.
        """
        standing = [record for record, stands in found if stands]
        if len(standing) > 1:
            raise Refused(self.instance, f"{len(standing)} with {key}", code="DUPLICATE_EFFECT")
        last = standing or [record for record, _ in found]
        return last[-1] if last else None

    async def _seen(self, found: Awaitable[T | None], key: str) -> T:
        """Return what was written as the system has it; what is not seen may still be there."""
        try:
            made = await found
        except TryAgain as lost:
            raise Unknown(self.instance, lost.reason, settles_after=SETTLES_AFTER) from lost
        if made is None:
            reason = f"{key} was written and is not to be seen yet"
            raise Unknown(self.instance, reason, settles_after=SETTLES_AFTER)
        return made


def _on_line(receipt: ServiceReceipt, among: Sequence[ServiceReceipt]) -> list[Decimal]:
    """Return what the receipts that stand say was received on a receipt's line."""
    line = (receipt.legal_entity, receipt.line)
    return [
        each.quantity
        for each in among
        if not each.is_reversed and (each.legal_entity, each.line) == line
    ]

"""What any procurement system must answer, in our words."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from system_apis.canonical.payroll import ContractorRun
from system_apis.canonical.procurement import (
    OrderRevision,
    PurchaseOrder,
    PurchaseOrderDraft,
    ServiceReceipt,
    ServiceReceiptDraft,
    Vendor,
    VendorBill,
    VendorBillDraft,
)
from system_apis.canonical.record import Change, Page
from system_apis.dedupe import DedupeMode


@runtime_checkable
class Procurement(Protocol):
    """A procurement system: it owns vendors, purchase orders, receipts and vendor bills.

    A write that is refused says why in the code that stands at its method.
    """

    instance: str
    writes: Mapping[str, DedupeMode]

    async def vendor(self, vendor_id: str) -> Vendor:
        """Return one vendor, or raise `NotFound`."""

    async def vendors(
        self, *, number: str | None = None, tax_id: str | None = None, cursor: str | None = None
    ) -> Page[Vendor]:
        """Return vendors in the order they were created, a page at a time."""

    async def purchase_order(self, purchase_order_id: str) -> PurchaseOrder:
        """Return one purchase order, or raise `NotFound`."""

    async def purchase_orders(
        self,
        *,
        number: str | None = None,
        project_number: str | None = None,
        legal_entity: str | None = None,
        cursor: str | None = None,
    ) -> Page[PurchaseOrder]:
        """Return purchase orders in the order they were created, a page at a time."""

    async def purchase_order_by_key(self, key: str) -> PurchaseOrder | None:
        """Return the purchase order that was created with this key, if any."""

    async def create_purchase_order(self, draft: PurchaseOrderDraft, *, key: str) -> PurchaseOrder:
        """Write an order that waits for approval.

        Refused: `VENDOR_UNKNOWN`, `VENDOR_INACTIVE`, `LEGAL_ENTITY_UNKNOWN`.
        """

    async def revise_purchase_order(
        self, purchase_order_id: str, revision: OrderRevision, *, key: str
    ) -> PurchaseOrder:
        """Put other lines in the place of an order's own; it may have to be approved again.

        Refused: `VERSION_CONFLICT`, `BELOW_RECEIVED`, `ORDER_FINAL`.
        """

    async def approve_purchase_order(
        self, purchase_order_id: str, *, revision: int, key: str
    ) -> PurchaseOrder:
        """Say that one revision of an order is approved.

        Refused: `VERSION_CONFLICT`, `ORDER_EMPTY`, `ORDER_FINAL`.
        """

    async def send_purchase_order(self, purchase_order_id: str, *, key: str) -> PurchaseOrder:
        """Send an approved order to its vendor; refused: `ORDER_NOT_APPROVED`, `ORDER_FINAL`."""

    async def cancel_purchase_order(self, purchase_order_id: str, *, key: str) -> PurchaseOrder:
        """Take an order back of which nothing was received; refused: `ORDER_RECEIVED`."""

    async def receipt(self, receipt_id: str) -> ServiceReceipt:
        """Return one service receipt, or raise `NotFound`."""

    async def receipts(
        self, *, purchase_order_number: str | None = None, cursor: str | None = None
    ) -> Page[ServiceReceipt]:
        """Return receipts in the order they were recorded, reversed ones too."""

    async def receipt_by_key(self, key: str) -> ServiceReceipt | None:
        """Return the receipt that was recorded with this key, if any."""

    async def record_receipt(
        self, purchase_order_id: str, draft: ServiceReceiptDraft, *, key: str
    ) -> ServiceReceipt:
        """Record services that were accepted, never more than was ordered and tolerated.

        A draft that takes back takes no more than was received and not billed.
        Refused: `OVER_RECEIPT`, `RECEIPT_BILLED`, `ORDER_NOT_SENT`, `ORDER_LINE_UNKNOWN`.
        """

    async def reverse_receipt(self, receipt_id: str, *, key: str) -> ServiceReceipt:
        """Take back a receipt that no bill rests on; refused: `RECEIPT_BILLED`."""

    async def bill(self, bill_id: str) -> VendorBill:
        """Return one vendor bill, or raise `NotFound`."""

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

    async def bill_by_key(self, key: str) -> VendorBill | None:
        """Return the bill that was recorded with this key, if any."""

    async def record_bill(self, draft: VendorBillDraft, *, key: str) -> VendorBill:
        """Record a bill that came in, whether it is right or not.

        Refused: `DUPLICATE_BILL`, `VENDOR_UNKNOWN`, `ORDER_LINE_UNKNOWN`, `LEGAL_ENTITY_UNKNOWN`.
        """

    async def dispute_bill(self, bill_id: str, reason: str, *, key: str) -> VendorBill:
        """Tell the vendor that its bill is disputed, and why; refused: `BILL_FINAL`."""

    async def approve_bill(self, bill_id: str, *, key: str) -> VendorBill:
        """Approve a bill for posting; refused: `BILL_DISPUTED`, `BILL_EMPTY`, `BILL_FINAL`."""

    async def record_contractor_hours(self, run: ContractorRun, *, key: str) -> ContractorRun:
        """Record approved hours of contractors; a run of that number is not recorded again.

        Refused: `BATCH_NUMBER` for a number that stands for other hours.
        """

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""

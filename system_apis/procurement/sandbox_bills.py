"""The sandbox procurement system's receipts and invoices, in Coupa's own words and in ours.

Coupa's words: https://compass.coupa.com/en-us/products/product-documentation/integration-technical-documentation/the-coupa-core-api
"""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.money import Money, Price
from system_apis.canonical.procurement import (
    BillLine,
    BillStatus,
    ReceiptSource,
    ServiceReceipt,
    VendorBill,
)
from system_apis.canonical.record import Source
from system_apis.connector import worded
from system_apis.procurement.sandbox_records import Code, Named, SupplierRef

BASES = {
    "timesheet": ReceiptSource.TIME_ENTRIES,
    "milestone": ReceiptSource.MILESTONE,
    "manual": ReceiptSource.MANUAL,
}
_BILL_STATUSES = {
    "new": BillStatus.RECEIVED,
    "pending_receipt": BillStatus.RECEIVED,
    "pending_approval": BillStatus.MATCHED,
    "ap_hold": BillStatus.EXCEPTION,
    "approved": BillStatus.APPROVED,
    "disputed": BillStatus.DISPUTED,
    "rejected": BillStatus.DUPLICATE,
    "voided": BillStatus.VOID,
}


class OrderLineRef(Struct, frozen=True, rename="kebab"):
    """The order line that a document rests on."""

    po_number: str
    line_num: int


class Receiving(Struct, frozen=True, rename="kebab"):
    """A receiving transaction, which we call a service receipt."""

    id: str
    status: str
    account_type: Named
    currency: Code
    order_line: OrderLineRef
    quantity: Decimal
    total: Decimal
    received_from: date
    received_to: date
    basis: str
    attachments: tuple[str, ...]
    accepted_by: str
    accepted_at: datetime
    external_ref_num: str | None
    row_version: int
    updated_at: datetime

    def canonical(self, receipt_id: str, instance: str) -> ServiceReceipt:
        """Say the same in our words."""
        return ServiceReceipt(
            id=receipt_id,
            number=self.id,
            purchase_order_number=self.order_line.po_number,
            line=self.order_line.line_num,
            legal_entity=self.account_type.name,
            start=self.received_from,
            end=self.received_to,
            quantity=self.quantity,
            amount=Money.of(self.total, self.currency.code),
            rests_on=worded(BASES, self.basis, field="basis", system=instance),
            evidence=self.attachments,
            accepted_by=self.accepted_by,
            accepted_at=self.accepted_at,
            is_reversed=self.status == "voided",
            reference=self.external_ref_num,
            source=Source("procurement", instance, "receipt", self.id, self.updated_at),
            version=self.row_version,
        )


class InvoiceLineRecord(Struct, frozen=True, rename="kebab"):
    """A line of a supplier's invoice, in Coupa's own words."""

    description: str
    order_line: OrderLineRef | None
    quantity: Decimal
    price: Decimal
    total: Decimal
    tax_amount: Decimal

    def canonical(self, currency: str) -> BillLine:
        """Say the same in our words."""
        return BillLine(
            description=self.description,
            purchase_order_number=self.order_line.po_number if self.order_line else None,
            purchase_order_line=self.order_line.line_num if self.order_line else None,
            quantity=self.quantity,
            unit_price=Price(f"{self.price:f}", currency),
            net=Money.of(self.total, currency),
            tax=Money.of(self.tax_amount, currency),
        )


class InvoiceRecord(Struct, frozen=True, rename="kebab"):
    """A supplier's invoice, which we call a vendor bill."""

    id: str
    invoice_number: str
    status: str
    exported: bool
    paid: bool
    dispute_reason: str | None
    supplier: SupplierRef
    account_type: Named
    currency: Code
    invoice_date: date
    net_due_date: date | None
    invoice_lines: tuple[InvoiceLineRecord, ...]
    line_total: Decimal
    tax_total: Decimal
    gross_total: Decimal
    pay_when_paid: bool
    external_ref_num: str | None
    row_version: int
    updated_at: datetime

    def canonical(self, bill_id: str, vendor_id: str, instance: str) -> VendorBill:
        """Say the same in our words."""
        currency = self.currency.code
        return VendorBill(
            id=bill_id,
            number=self.invoice_number,
            vendor_id=vendor_id,
            legal_entity=self.account_type.name,
            currency=currency,
            issue_date=self.invoice_date,
            due_date=self.net_due_date,
            status=self._status(instance),
            dispute_reason=self.dispute_reason,
            lines=tuple(each.canonical(currency) for each in self.invoice_lines),
            net=Money.of(self.line_total, currency),
            tax=Money.of(self.tax_total, currency),
            gross=Money.of(self.gross_total, currency),
            paid_when_paid=self.pay_when_paid,
            reference=self.external_ref_num,
            source=Source("procurement", instance, "bill", self.id, self.updated_at),
            version=self.row_version,
        )

    def _status(self, instance: str) -> BillStatus:
        """Where the bill stands; Coupa keeps posting and payment beside its status."""
        if self.paid:
            return BillStatus.PAID
        if self.exported:
            return BillStatus.POSTED
        return worded(_BILL_STATUSES, self.status, field="status", system=instance)

"""The sandbox procurement system's records, in Coupa's own words, and what they are in ours.

Coupa's words: https://compass.coupa.com/en-us/products/product-documentation/integration-technical-documentation/the-coupa-core-api
"""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.money import Money, Price
from system_apis.canonical.procurement import (
    BankAccount,
    OnboardingItem,
    OrderLine,
    OrderStatus,
    OrderUnit,
    PurchaseOrder,
    Vendor,
    VendorStatus,
)
from system_apis.canonical.record import Source
from system_apis.change_feed import FeedLine
from system_apis.connector import same_words, worded

UNITS = {"HR": OrderUnit.HOURS, "DA": OrderUnit.DAYS, "EA": OrderUnit.LUMP}
_VENDOR_STATUSES = same_words(VendorStatus)
_ORDER_STATUSES = {
    "draft": OrderStatus.DRAFT,
    "buyer_hold": OrderStatus.PENDING_APPROVAL,
    "scheduled_for_release": OrderStatus.APPROVED,
    "closed": OrderStatus.CLOSED,
    "cancelled": OrderStatus.CANCELLED,
}
_RECORD_TYPES = {
    "supplier": "vendor",
    "purchase_order": "purchase_order",
    "receiving_transaction": "receipt",
    "invoice": "bill",
}


class FieldErrors(Struct, frozen=True):
    """Why the system says no: what is wrong, by field."""

    errors: dict[str, list[str]]


class Named(Struct, frozen=True):
    """A record that is referred to by its name alone."""

    name: str


class Code(Struct, frozen=True):
    """A value of a list, such as a currency or a unit."""

    code: str


class SupplierRef(Struct, frozen=True):
    """The supplier that a document names."""

    id: str


class RemitTo(Struct, frozen=True, rename="kebab"):
    """A bank account, which is shown in part."""

    account_number_masked: str
    created_by: str
    verified_by: str | None
    verified_at: datetime | None

    def canonical(self) -> BankAccount:
        """Say the same in our words."""
        return BankAccount(
            masked=self.account_number_masked,
            entered_by=self.created_by,
            verified_by=self.verified_by,
            verified_at=self.verified_at,
        )


class Task(Struct, frozen=True, rename="kebab"):
    """A task of the onboarding."""

    name: str
    completed_on: date | None


class Supplier(Struct, frozen=True, rename="kebab"):
    """A supplier, whom we call a vendor."""

    id: str
    number: str
    name: str
    status: str
    country: Code
    tax_id: str | None
    payment_term_days: int | None
    remit_to_addresses: tuple[RemitTo, ...]
    tasks: tuple[Task, ...]
    insurance_expires_on: date | None
    sanctions_checked_at: datetime | None
    row_version: int
    updated_at: datetime

    def canonical(self, vendor_id: str, instance: str) -> Vendor:
        """Say the same in our words."""
        done = {task.name for task in self.tasks if task.completed_on is not None}
        return Vendor(
            id=vendor_id,
            number=self.number,
            legal_name=self.name,
            country=self.country.code,
            status=worded(_VENDOR_STATUSES, self.status, field="status", system=instance),
            tax_ids=(self.tax_id,) if self.tax_id else (),
            bank_accounts=tuple(each.canonical() for each in self.remit_to_addresses),
            payment_terms_days=self.payment_term_days,
            tax_form_on_file="tax_form" in done,
            insurance_expiry=self.insurance_expires_on,
            nda_signed="nda" in done,
            sanctions_checked_at=self.sanctions_checked_at,
            onboarding_checklist=tuple(
                OnboardingItem(task.name, task.completed_on) for task in self.tasks
            ),
            source=Source("procurement", instance, "vendor", self.id, self.updated_at),
            version=self.row_version,
        )


class OrderFields(Struct, frozen=True, rename="kebab"):
    """What the firm itself notes on an order line."""

    project: str
    role: str
    resource: str | None
    start_date: date | None
    end_date: date | None


class OrderLineRecord(Struct, frozen=True, rename="kebab"):
    """A line of an order, in Coupa's own words."""

    line_num: int
    uom: Code
    quantity: Decimal
    price: Decimal
    total: Decimal
    received: Decimal
    receiving_tolerance: Decimal
    custom_fields: OrderFields

    def canonical(self, currency: str) -> OrderLine:
        """Say the same in our words."""
        fields = self.custom_fields
        return OrderLine(
            number=self.line_num,
            project_number=fields.project,
            role=fields.role,
            contractor=fields.resource,
            unit=UNITS[self.uom.code],
            quantity=self.quantity,
            rate=Price(f"{self.price:f}", currency),
            receipt_tolerance=self.receiving_tolerance,
            start=fields.start_date,
            end=fields.end_date,
            amount=Money.of(self.total, currency),
            received=self.received,
        )


class PurchaseOrderRecord(Struct, frozen=True, rename="kebab"):
    """An order, in Coupa's own words."""

    id: str
    po_number: str
    status: str
    version: int
    supplier: SupplierRef
    account_type: Named
    currency: Code
    external_ref_num: str | None
    order_lines: tuple[OrderLineRecord, ...]
    total: Decimal
    approved_total: Decimal | None
    row_version: int
    updated_at: datetime

    def canonical(self, order_id: str, vendor_id: str, instance: str) -> PurchaseOrder:
        """Say the same in our words."""
        currency, approved = self.currency.code, self.approved_total
        return PurchaseOrder(
            id=order_id,
            number=self.po_number,
            vendor_id=vendor_id,
            legal_entity=self.account_type.name,
            currency=currency,
            status=self._status(instance),
            revision=self.version,
            reference=self.external_ref_num,
            lines=tuple(each.canonical(currency) for each in self.order_lines),
            total=Money.of(self.total, currency),
            approved_total=Money.of(approved, currency) if approved is not None else None,
            source=Source("procurement", instance, "purchase_order", self.id, self.updated_at),
            version=self.row_version,
        )

    def _status(self, instance: str) -> OrderStatus:
        """Where the order stands; Coupa knows one word for all that its supplier was sent."""
        if self.status != "issued":
            return worded(_ORDER_STATUSES, self.status, field="status", system=instance)
        if all(line.received >= line.quantity for line in self.order_lines):
            return OrderStatus.RECEIVED
        some = any(line.received for line in self.order_lines)
        return OrderStatus.PARTIALLY_RECEIVED if some else OrderStatus.SENT


class Event(Struct, frozen=True, rename="kebab"):
    """Something that happened to a record."""

    id: int
    object_type: str
    object_id: str
    row_version: int
    created_at: datetime

    def line(self) -> FeedLine:
        """Say the same in our words."""
        kind = _RECORD_TYPES[self.object_type]
        return FeedLine(self.id, kind, self.object_id, self.row_version, self.created_at)

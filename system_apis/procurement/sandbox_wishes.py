"""What the sandbox procurement system is asked to write, in Coupa's own words."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.procurement import (
    BillLine,
    OrderLineDraft,
    OrderRevision,
    PurchaseOrderDraft,
    ServiceReceiptDraft,
    VendorBillDraft,
)
from system_apis.procurement.sandbox_bills import BASES, OrderLineRef
from system_apis.procurement.sandbox_records import (
    UNITS,
    Code,
    Named,
    OrderFields,
    SupplierRef,
)

_CODE_OF = {ours: theirs for theirs, ours in UNITS.items()}
_BASIS_OF = {ours: theirs for theirs, ours in BASES.items()}


class NewOrderLine(Struct, frozen=True, rename="kebab"):
    """A line that is to be ordered; the system computes its total."""

    uom: Code
    quantity: Decimal
    price: Decimal
    receiving_tolerance: Decimal
    custom_fields: OrderFields

    @classmethod
    def of(cls, line: OrderLineDraft) -> "NewOrderLine":
        """Say a line in Coupa's words."""
        return cls(
            uom=Code(_CODE_OF[line.unit]),
            quantity=line.quantity,
            price=line.rate.value,
            receiving_tolerance=line.receipt_tolerance,
            custom_fields=OrderFields(
                line.project_number, line.role, line.contractor, line.start, line.end
            ),
        )


class NewOrder(Struct, frozen=True, rename="kebab"):
    """An order that is to be created; the system gives it its number."""

    supplier: SupplierRef
    account_type: Named
    currency: Code
    external_ref_num: str
    order_lines: tuple[NewOrderLine, ...]

    @classmethod
    def of(cls, draft: PurchaseOrderDraft, supplier: str, key: str) -> "NewOrder":
        """Say a draft in Coupa's words."""
        return cls(
            supplier=SupplierRef(supplier),
            account_type=Named(draft.legal_entity),
            currency=Code(draft.currency),
            external_ref_num=key,
            order_lines=tuple(map(NewOrderLine.of, draft.lines)),
        )


class NewRevision(Struct, frozen=True, rename="kebab"):
    """The lines that are to take the place of a version's own."""

    version: int
    revision_ref: str
    buyer_hold: bool
    order_lines: tuple[NewOrderLine, ...]

    @classmethod
    def of(cls, revision: OrderRevision, key: str) -> "NewRevision":
        """Say a revision in Coupa's words."""
        return cls(
            version=revision.of_revision,
            revision_ref=key,
            buyer_hold=revision.needs_approval,
            order_lines=tuple(map(NewOrderLine.of, revision.lines)),
        )


class Release(Struct, frozen=True, rename="kebab"):
    """The version that is to be released."""

    version: int


class Nothing(Struct, frozen=True):
    """An action that needs no words."""


class NewReceiving(Struct, frozen=True, rename="kebab", kw_only=True):
    """Services that were accepted on an order line."""

    order_header_id: str
    line_num: int
    quantity: Decimal
    received_from: date
    received_to: date
    basis: str
    attachments: tuple[str, ...]
    accepted_by: str
    accepted_at: datetime
    external_ref_num: str

    @classmethod
    def of(cls, draft: ServiceReceiptDraft, order: str, key: str) -> "NewReceiving":
        """Say a draft in Coupa's words."""
        return cls(
            order_header_id=order,
            line_num=draft.line,
            quantity=-draft.quantity if draft.takes_back else draft.quantity,
            received_from=draft.start,
            received_to=draft.end,
            basis=_BASIS_OF[draft.rests_on],
            attachments=draft.evidence,
            accepted_by=draft.accepted_by,
            accepted_at=draft.accepted_at,
            external_ref_num=key,
        )


class NewInvoiceLine(Struct, frozen=True, rename="kebab"):
    """A line as the vendor wrote it."""

    description: str
    order_line: OrderLineRef | None
    quantity: Decimal
    price: Decimal
    total: Decimal
    tax_amount: Decimal

    @classmethod
    def of(cls, line: BillLine) -> "NewInvoiceLine":
        """Say a line in Coupa's words."""
        number, row = line.purchase_order_number, line.purchase_order_line
        return cls(
            description=line.description,
            order_line=OrderLineRef(number, row) if number and row else None,
            quantity=line.quantity,
            price=line.unit_price.value,
            total=line.net.value,
            tax_amount=line.tax.value,
        )


class NewInvoice(Struct, frozen=True, rename="kebab", kw_only=True):
    """A bill that came in."""

    invoice_number: str
    supplier: SupplierRef
    account_type: Named
    currency: Code
    invoice_date: date
    net_due_date: date
    invoice_lines: tuple[NewInvoiceLine, ...]
    pay_when_paid: bool
    external_ref_num: str

    @classmethod
    def of(cls, draft: VendorBillDraft, supplier: str, key: str) -> "NewInvoice":
        """Say a draft in Coupa's words."""
        return cls(
            invoice_number=draft.number,
            supplier=SupplierRef(supplier),
            account_type=Named(draft.legal_entity),
            currency=Code(draft.currency),
            invoice_date=draft.issue_date,
            net_due_date=draft.due_date,
            invoice_lines=tuple(map(NewInvoiceLine.of, draft.lines)),
            pay_when_paid=draft.paid_when_paid,
            external_ref_num=key,
        )


class Dispute(Struct, frozen=True, rename="kebab"):
    """Why a bill is disputed."""

    dispute_reason: str

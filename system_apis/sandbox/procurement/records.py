"""The procurement system's records, in Coupa's words: hyphens in the keys, references nested."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct


class Named(Struct, frozen=True, rename="kebab"):
    """A record that is referred to by its name alone: a company, which owns a chart of accounts."""

    name: str


class Code(Struct, frozen=True, rename="kebab"):
    """A value of a list, such as a currency or a unit."""

    code: str


class SupplierRef(Struct, frozen=True, rename="kebab"):
    """The supplier that a document names."""

    id: str


class RemitTo(Struct, frozen=True, rename="kebab", kw_only=True):
    """A bank account to pay to; its number is never shown whole."""

    account_number_masked: str
    created_by: str
    verified_by: str | None = None
    verified_at: datetime | None = None


class Task(Struct, frozen=True, rename="kebab"):
    """A task of the supplier's onboarding."""

    name: str
    completed_on: date | None


class Supplier(Struct, frozen=True, rename="kebab", kw_only=True):
    """A firm that is bought from."""

    id: str
    number: str
    name: str
    status: str
    country: Code
    tax_id: str | None = None
    payment_term_days: int | None = None
    remit_to_addresses: tuple[RemitTo, ...] = ()
    tasks: tuple[Task, ...] = ()
    insurance_expires_on: date | None = None
    sanctions_checked_at: datetime | None = None
    row_version: int = 0
    updated_at: str = ""


class OrderFields(Struct, frozen=True, rename="kebab", kw_only=True):
    """What the firm itself notes on an order line."""

    project: str
    role: str
    resource: str | None = None
    start_date: date | None = None
    end_date: date | None = None


class OrderLine(Struct, frozen=True, rename="kebab", kw_only=True):
    """A line of an order; its total is computed here, whatever the caller thinks."""

    line_num: int
    uom: Code
    quantity: Decimal
    price: Decimal
    total: Decimal
    received: Decimal
    receiving_tolerance: Decimal
    custom_fields: OrderFields


class PurchaseOrder(Struct, frozen=True, rename="kebab", kw_only=True):
    """An order; `version` counts its revisions, and `revision-refs` are those it was given."""

    id: str
    po_number: str
    status: str
    version: int
    supplier: SupplierRef
    account_type: Named
    currency: Code
    external_ref_num: str | None = None
    revision_refs: tuple[str, ...] = ()
    order_lines: tuple[OrderLine, ...] = ()
    total: Decimal
    approved_total: Decimal | None = None
    row_version: int = 0
    updated_at: str = ""

    @property
    def company(self) -> str:
        """The company whose order it is."""
        return self.account_type.name


class OrderLineRef(Struct, frozen=True, rename="kebab"):
    """The order line that a document rests on."""

    po_number: str
    line_num: int


class Receiving(Struct, frozen=True, rename="kebab", kw_only=True):
    """A receiving transaction: services that somebody accepted."""

    id: str
    status: str
    account_type: Named
    currency: Code
    order_line: OrderLineRef
    quantity: Decimal
    price: Decimal
    total: Decimal
    received_from: date
    received_to: date
    basis: str
    attachments: tuple[str, ...] = ()
    accepted_by: str
    accepted_at: datetime
    external_ref_num: str | None = None
    row_version: int = 0
    updated_at: str = ""

    @property
    def po_number(self) -> str:
        """The number of the order that was received."""
        return self.order_line.po_number


class InvoiceLine(Struct, frozen=True, rename="kebab", kw_only=True):
    """A line as the supplier wrote it."""

    line_num: int
    description: str
    order_line: OrderLineRef | None = None
    quantity: Decimal
    price: Decimal
    total: Decimal
    tax_amount: Decimal


class Invoice(Struct, frozen=True, rename="kebab", kw_only=True):
    """A supplier's invoice; it is exported once it was posted, and paid when it was paid."""

    id: str
    invoice_number: str
    status: str
    exported: bool = False
    paid: bool = False
    dispute_reason: str | None = None
    supplier: SupplierRef
    account_type: Named
    currency: Code
    invoice_date: date
    net_due_date: date | None = None
    invoice_lines: tuple[InvoiceLine, ...] = ()
    line_total: Decimal
    tax_total: Decimal
    gross_total: Decimal
    pay_when_paid: bool = False
    external_ref_num: str | None = None
    row_version: int = 0
    updated_at: str = ""

    @property
    def supplier_id(self) -> str:
        """The supplier that sent it."""
        return self.supplier.id

    @property
    def company(self) -> str:
        """The company that it was sent to."""
        return self.account_type.name

    @property
    def bare_number(self) -> str:
        """The number as duplicates are looked for: letters and digits alone, in capitals."""
        return "".join(filter(str.isalnum, self.invoice_number.upper()))

"""What the firm agreed with its clients, as its `fixture.json` tells it."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct, field


class Effective(Struct, frozen=True):
    """From when to when a contract holds."""

    start: date = field(name="from")
    end: date = field(name="to")


class PurchaseOrder(Struct, frozen=True):
    """A client's purchase order, and when it arrived."""

    number: str
    amount: Decimal
    valid_to: date
    received_at: datetime | None = None


class Evidence(Struct, frozen=True):
    """What proves that a milestone was accepted, and when it arrived."""

    type: str
    document: str | None = None
    received_at: datetime | None = None


class Milestone(Struct, frozen=True):
    """A part of a fixed price."""

    id: str
    amount: Decimal
    planned_date: date
    evidence: Evidence | None = None


class Tax(Struct, frozen=True):
    """The tax that a contract names."""

    category: str
    rate: Decimal


class DownPayment(Struct, frozen=True):
    """What the client pays first, and when that is invoiced."""

    amount: Decimal
    invoiced_on: date


class Invoicing(Struct, frozen=True):
    """How the client wants to be invoiced."""

    detail: str = "person"
    backup: tuple[str, ...] = ()


class Contract(Struct, frozen=True):
    """A contract with all its terms."""

    id: str
    client: str
    project: str
    legal_entity: str
    currency: str
    billing_model: str
    effective: Effective
    opportunity: str | None = None
    project_manager: str | None = None
    business_unit: str | None = None
    signed_at: datetime | None = None
    document: str | None = None
    price: Decimal | None = None
    total_value: Decimal | None = None
    discount_pct: Decimal | None = None
    nte_cap: Decimal | None = None
    nte_scope: str = "fees"
    rates: dict[str, Decimal] = {}
    po_required: bool = False
    purchase_order: PurchaseOrder | None = None
    terms_days: int | None = None
    expenses: str | None = None
    billed_to_date: Decimal | None = None
    tax: Tax | None = None
    milestones: tuple[Milestone, ...] = ()
    monthly: Decimal | None = None
    included_hours: Decimal | None = None
    overage_rate: Decimal | None = None
    rollover: bool = False
    rollover_months: int | None = None
    down_payment: DownPayment | None = None
    term_months: int | None = None
    billing: str | None = None
    eac_cost: Decimal | None = None
    revenue_method: str | None = None
    client_notice_business_days: int | None = None
    invoicing: Invoicing | None = None


class ServiceLevel(Struct, frozen=True):
    """Whether a month's service was as promised, and when that was reported."""

    contract: str
    period: str
    met: bool
    reported_at: datetime
    credit_pct: Decimal | None = None

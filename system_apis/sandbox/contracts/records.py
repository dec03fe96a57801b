"""The contract system's records, in its own words."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct


class Lifecycle(Struct, frozen=True, rename="camel"):
    """How far an agreement has come, and from when to when it holds."""

    state: str
    effective_from: date
    effective_to: date
    signed_at: datetime | None = None


class Rate(Struct, frozen=True, rename="camel"):
    """What one hour of a role costs the client."""

    role: str
    hourly_rate: Decimal


class NotToExceed(Struct, frozen=True, rename="camel"):
    """A cap, and what it counts."""

    amount: Decimal
    scope: str


class OpeningBalance(Struct, frozen=True, rename="camel"):
    """What was billed before, up to and including a day."""

    amount: Decimal
    through: date | None


class Tax(Struct, frozen=True, rename="camel"):
    """The tax that the agreement names."""

    category: str
    rate: Decimal


class AdvancePayment(Struct, frozen=True, rename="camel"):
    """What the client pays first, and when that is invoiced."""

    amount: Decimal
    invoice_date: date


class Recurring(Struct, frozen=True, rename="camel"):
    """A fee that comes every month."""

    monthly_fee: Decimal
    included_hours: Decimal | None = None
    overage_rate: Decimal | None = None
    rollover: bool = False
    carry_over_months: int | None = None
    term_months: int | None = None
    in_advance: bool = False


class Invoicing(Struct, frozen=True, rename="camel"):
    """How the client wants to be invoiced."""

    line_detail: str
    attachments: tuple[str, ...] = ()


class Commercials(Struct, frozen=True, rename="camel", kw_only=True):
    """What the client pays, and how."""

    currency: str
    billing_model: str
    total_value: Decimal | None = None
    discount_percent: Decimal | None = None
    not_to_exceed: NotToExceed | None = None
    rate_schedule: tuple[Rate, ...] = ()
    recurring: Recurring | None = None
    payment_terms_days: int | None = None
    expenses: str | None = None
    opening_balance: OpeningBalance | None = None
    advance_payment: AdvancePayment | None = None
    tax: Tax | None = None
    planned_cost: Decimal | None = None
    revenue_method: str | None = None
    invoicing: Invoicing | None = None


class ReceivedOrder(Struct, frozen=True, rename="camel"):
    """A purchase order that the client sent."""

    number: str
    amount: Decimal
    valid_to: date
    received_at: datetime


class Evidence(Struct, frozen=True, rename="camel"):
    """What proves that a milestone was accepted; a document by its hash."""

    type: str
    digest: str | None
    received_at: datetime | None
    accepted_by: str | None = None
    accepted_at: datetime | None = None


class Deliverable(Struct, frozen=True, rename="camel"):
    """A part of a fixed price."""

    deliverable_id: str
    amount: Decimal
    planned_date: date
    evidence_type: str | None = None
    evidence: Evidence | None = None


class Agreement(Struct, frozen=True, rename="camel", kw_only=True):
    """A contract."""

    agreement_id: str
    agreement_number: str
    client_ref: str
    contracting_entity: str
    project_ref: str
    opportunity_ref: str | None = None
    project_manager: str | None = None
    delivering_unit: str | None = None
    lifecycle: Lifecycle
    document: str | None = None
    commercials: Commercials
    order_required: bool = False
    orders: tuple[ReceivedOrder, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()
    notice_business_days: int | None = None
    revision: int = 0
    modified_at: str = ""


class Order(Struct, frozen=True, rename="camel"):
    """A purchase order on the agreement that it was sent for."""

    agreement_id: str
    number: str
    order: ReceivedOrder


class Acceptance(Struct, frozen=True, rename="camel"):
    """The proof that a client accepted a deliverable of an agreement."""

    agreement_id: str
    deliverable_id: str
    evidence: Evidence


class Document(Struct, frozen=True, rename="camel", kw_only=True):
    """A document of an agreement by its hash; one whose content is held has a type and length."""

    document_id: str
    agreement_id: str
    agreement_number: str
    contracting_entity: str
    digest: str
    title: str
    media_type: str | None = None
    byte_length: int | None = None
    filed_at: datetime
    revision: int = 0
    modified_at: str = ""


class DocumentContent(Struct, frozen=True, rename="camel"):
    """What a document says, byte by byte."""

    document_id: str
    digest: str
    media_type: str
    content: bytes


class RoleHours(Struct, frozen=True, rename="camel"):
    """Hours of a role that come on top, or fall away."""

    role: str
    hours: Decimal


class DeliverableDelta(Struct, frozen=True, rename="camel"):
    """What is to be different about a deliverable."""

    deliverable_id: str
    amount: Decimal | None = None
    planned_date: date | None = None


class Deltas(Struct, frozen=True, rename="camel", kw_only=True):
    """What is to be different, in the agreement's currency."""

    price: Decimal | None = None
    cost: Decimal | None = None
    not_to_exceed: Decimal | None = None
    effective_to: date | None = None
    hours: tuple[RoleHours, ...] = ()
    deliverables: tuple[DeliverableDelta, ...] = ()


class Amendment(Struct, frozen=True, rename="camel", kw_only=True):
    """A change to an agreement that somebody asked for."""

    amendment_id: str
    amendment_number: str
    agreement_id: str
    agreement_number: str
    contracting_entity: str
    project_ref: str
    currency: str
    reason: str
    requested_by: str
    requested_at: datetime
    concerns: tuple[str, ...] = ()
    deltas: Deltas
    state: str = "DRAFT"
    requested_with: str | None = None
    document: str | None = None
    accounting: str | None = None
    waived_by: str | None = None
    revision: int = 0
    modified_at: str = ""


class ServiceReport(Struct, frozen=True, rename="camel", kw_only=True):
    """Whether a month's service was as promised, and what is given back if not."""

    report_id: str
    agreement_id: str
    agreement_number: str
    contracting_entity: str
    month: str
    target_met: bool
    credit_percent: Decimal | None = None
    reported_at: datetime
    revision: int = 0

"""Contracts: the terms that win over every other system's."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.documents import DocumentHash
from system_apis.canonical.money import MaybeCost, Money, Price
from system_apis.canonical.record import Id, Source, Text
from system_apis.canonical.revenue import RevenueMethod
from system_apis.canonical.sales import RoleRate


class BillingModel(StrEnum):
    """How a contract is billed."""

    TIME_AND_MATERIALS = "T&M"
    FIXED_FEE = "FIXED_FEE"
    RETAINER = "RETAINER"
    SUBSCRIPTION = "SUBSCRIPTION"


class CapScope(StrEnum):
    """What a not-to-exceed cap counts."""

    FEES = "fees"
    FEES_AND_EXPENSES = "fees+expenses"


class TaxTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """The tax category (EN 16931 code list 5305) and rate that the contract names."""

    category: str
    rate: Decimal


class PurchaseOrderReference(Struct, frozen=True, forbid_unknown_fields=True):
    """A client's purchase order as it was received for a contract."""

    number: str
    amount: Money
    valid_to: date
    received_at: datetime


class ClientOrderDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A client's purchase order as it is to be recorded; the system says when it came."""

    number: Text
    amount: Money
    valid_to: date

    def __post_init__(self) -> None:
        if self.amount.value <= 0:
            raise ValueError("a purchase order is for more than nothing")


class Evidence(Struct, frozen=True, forbid_unknown_fields=True):
    """What proves that a milestone was accepted; without a hash it has not come yet."""

    type: str
    document_hash: str | None = None
    received_at: datetime | None = None
    accepted_by: str | None = None
    accepted_at: datetime | None = None


class EvidenceDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A milestone's evidence as it is to be filed: a document on file, and who accepted when."""

    milestone: Text
    type: Text
    document_hash: DocumentHash
    accepted_by: Text
    accepted_at: Annotated[datetime, Meta(tz=True)]


class MilestoneTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a fixed price that is billed when the client accepts it."""

    number: str
    amount: Money
    planned_date: date
    evidence: Evidence | None = None


class DownPaymentTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """What a client pays before work is billed, and the day it is invoiced."""

    amount: Money
    invoiced_on: date


class RecurringTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fee of every month; a retainer's includes hours, and bills those beyond them.

    With `rollover` hours that were not used are carried for `rollover_months`.
    """

    monthly_fee: Money
    included_hours: Decimal | None = None
    overage_rate: Price | None = None
    rollover: bool = False
    rollover_months: int | None = None
    in_advance: bool = False


class LineDetail(StrEnum):
    """What makes a line of hours of its own: each entry, a person and rate, or a role."""

    ENTRY = "entry"
    PERSON = "person"
    ROLE = "role"


class Backup(StrEnum):
    """What a client wants to see with an invoice."""

    TIMESHEETS = "timesheets"
    RECEIPTS = "receipts"


class InvoicingTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """How a client wants to be invoiced; the total follows the lines (domain handbook, 0.4)."""

    detail: LineDetail = LineDetail.PERSON
    backup: tuple[Backup, ...] = ()


class Contract(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A contract. When signed it has a document hash and an effective date.

    `notice_business_days` is how long before a change of dates its client is to be told of it.
    `billed_to_date` is the opening balance of fees billed before Strata took the
    engagement on, up to and including `billed_until`; the billing plan begins after it.
    """

    id: Id
    number: str
    opportunity_number: str | None
    client_id: Id
    legal_entity: str
    project_number: str
    project_manager: str | None
    business_unit: str | None = None
    currency: str
    billing_model: BillingModel
    signed_at: datetime | None
    document_hash: str | None
    effective_from: date
    effective_to: date
    total_value: Money | None = None
    discount_percent: Decimal | None = None
    nte_cap: Money | None = None
    nte_scope: CapScope = CapScope.FEES
    rates: tuple[RoleRate, ...] = ()
    purchase_order_required: bool = False
    purchase_orders: tuple[PurchaseOrderReference, ...] = ()
    payment_terms_days: int | None = None
    expenses_billable: bool = False
    billed_to_date: Money | None = None
    billed_until: date | None = None
    tax: TaxTerms | None = None
    milestones: tuple[MilestoneTerms, ...] = ()
    recurring: RecurringTerms | None = None
    down_payment: DownPaymentTerms | None = None
    planned_cost: MaybeCost = None
    invoicing: InvoicingTerms = InvoicingTerms()
    revenue_method: RevenueMethod | None = None
    notice_business_days: int | None = None
    source: Source
    version: int = 1


class ServiceLevelReport(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether the service of a month was as a contract promised, and what is given back if not."""

    id: Id
    contract_id: Id
    contract_number: str
    legal_entity: str
    period: str
    met: bool
    credit_percent: Decimal | None = None
    reported_at: datetime
    source: Source
    version: int = 1

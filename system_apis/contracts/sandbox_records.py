"""The sandbox contract system's records, in its own words, and how they say the same in ours."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.contracts import (
    Backup,
    BillingModel,
    CapScope,
    Contract,
    DownPaymentTerms,
    Evidence,
    InvoicingTerms,
    LineDetail,
    MilestoneTerms,
    PurchaseOrderReference,
    RecurringTerms,
    TaxTerms,
)
from system_apis.canonical.money import Money, Price
from system_apis.canonical.record import Source
from system_apis.canonical.revenue import RevenueMethod
from system_apis.canonical.sales import RoleRate
from system_apis.connector import same_words, worded

_MODELS = {
    "TIME_AND_MATERIALS": BillingModel.TIME_AND_MATERIALS,
    "FIXED_FEE": BillingModel.FIXED_FEE,
    "RETAINER": BillingModel.RETAINER,
    "SUBSCRIPTION": BillingModel.SUBSCRIPTION,
}
_SCOPES = same_words(CapScope)
_METHODS = {
    "RIGHT_TO_INVOICE": RevenueMethod.RIGHT_TO_INVOICE,
    "OVER_TIME_INPUT_COST": RevenueMethod.INPUT_COST,
    "OVER_TIME_INPUT_HOURS": RevenueMethod.INPUT_HOURS,
    "OVER_TIME_OUTPUT_MILESTONE": RevenueMethod.OUTPUT_MILESTONE,
    "OVER_TIME_STRAIGHT_LINE": RevenueMethod.STRAIGHT_LINE,
    "POINT_IN_TIME": RevenueMethod.POINT_IN_TIME,
}


class Lifecycle(Struct, frozen=True, rename="camel"):
    """How far an agreement has come."""

    state: str
    effective_from: date
    effective_to: date
    signed_at: datetime | None


class Rate(Struct, frozen=True, rename="camel"):
    """What one hour of a role costs."""

    role: str
    hourly_rate: Decimal

    def canonical(self, currency: str) -> RoleRate:
        """Say the same in our words."""
        return RoleRate(self.role, Price(f"{self.hourly_rate:f}", currency))


class NotToExceed(Struct, frozen=True):
    """A cap."""

    amount: Decimal
    scope: str


class OpeningBalance(Struct, frozen=True):
    """What was billed before."""

    amount: Decimal
    through: date | None


class Tax(Struct, frozen=True):
    """The tax that the agreement names."""

    category: str
    rate: Decimal


class AdvancePayment(Struct, frozen=True, rename="camel"):
    """What the client pays first."""

    amount: Decimal
    invoice_date: date

    def canonical(self, currency: str) -> DownPaymentTerms:
        """Say the same in our words."""
        return DownPaymentTerms(Money.of(self.amount, currency), self.invoice_date)


class Recurring(Struct, frozen=True, rename="camel"):
    """A fee that comes every month."""

    monthly_fee: Decimal
    included_hours: Decimal | None
    overage_rate: Decimal | None
    rollover: bool
    carry_over_months: int | None
    in_advance: bool

    def canonical(self, currency: str) -> RecurringTerms:
        """Say the same in our words."""
        overage = self.overage_rate
        return RecurringTerms(
            monthly_fee=Money.of(self.monthly_fee, currency),
            included_hours=self.included_hours,
            overage_rate=None if overage is None else Price(f"{overage:f}", currency),
            rollover=self.rollover,
            rollover_months=self.carry_over_months,
            in_advance=self.in_advance,
        )


class Proof(Struct, frozen=True, rename="camel"):
    """What proves that a deliverable was accepted."""

    type: str
    digest: str | None
    received_at: datetime | None
    accepted_by: str | None = None
    accepted_at: datetime | None = None

    def canonical(self) -> Evidence:
        """Say the same in our words."""
        return Evidence(
            self.type, self.digest, self.received_at, self.accepted_by, self.accepted_at
        )


class Deliverable(Struct, frozen=True, rename="camel"):
    """A part of a fixed price."""

    deliverable_id: str
    amount: Decimal
    planned_date: date
    evidence: Proof | None

    def canonical(self, currency: str) -> MilestoneTerms:
        """Say the same in our words."""
        proof = self.evidence
        return MilestoneTerms(
            number=self.deliverable_id,
            amount=Money.of(self.amount, currency),
            planned_date=self.planned_date,
            evidence=proof.canonical() if proof else None,
        )


class Invoicing(Struct, frozen=True, rename="camel"):
    """How the client wants to be invoiced."""

    line_detail: str
    attachments: tuple[str, ...]

    def canonical(self) -> InvoicingTerms:
        """Say the same in our words."""
        backup = tuple(Backup(each.lower()) for each in self.attachments)
        return InvoicingTerms(LineDetail(self.line_detail.lower()), backup)


class Commercials(Struct, frozen=True, rename="camel"):
    """What the client pays, and how."""

    currency: str
    billing_model: str
    total_value: Decimal | None
    discount_percent: Decimal | None
    not_to_exceed: NotToExceed | None
    rate_schedule: tuple[Rate, ...]
    recurring: Recurring | None
    payment_terms_days: int | None
    expenses: str | None
    opening_balance: OpeningBalance | None
    planned_cost: Decimal | None
    advance_payment: AdvancePayment | None
    tax: Tax | None
    invoicing: Invoicing | None
    revenue_method: str | None = None

    def money(self, amount: Decimal | None) -> Money | None:
        """Return an amount in the agreement's currency."""
        return None if amount is None else Money.of(amount, self.currency)


class ReceivedOrder(Struct, frozen=True, rename="camel"):
    """A purchase order that the client sent."""

    number: str
    amount: Decimal
    valid_to: date
    received_at: datetime

    def canonical(self, currency: str) -> PurchaseOrderReference:
        """Say the same in our words."""
        amount = Money.of(self.amount, currency)
        return PurchaseOrderReference(self.number, amount, self.valid_to, self.received_at)


class Agreement(Struct, frozen=True, rename="camel"):
    """An agreement, in the system's own words."""

    agreement_id: str
    agreement_number: str
    client_ref: str
    contracting_entity: str
    project_ref: str
    opportunity_ref: str | None
    project_manager: str | None
    lifecycle: Lifecycle
    document: str | None
    commercials: Commercials
    order_required: bool
    orders: tuple[ReceivedOrder, ...]
    deliverables: tuple[Deliverable, ...]
    revision: int
    modified_at: datetime
    delivering_unit: str | None = None
    notice_business_days: int | None = None

    def canonical(self, contract_id: str, client_id: str, instance: str) -> Contract:
        """Say the same in our words."""
        terms, cap = self.commercials, self.commercials.not_to_exceed
        opening, advance = terms.opening_balance, terms.advance_payment
        return Contract(
            id=contract_id,
            number=self.agreement_number,
            opportunity_number=self.opportunity_ref,
            client_id=client_id,
            legal_entity=self.contracting_entity,
            project_number=self.project_ref,
            project_manager=self.project_manager,
            business_unit=self.delivering_unit,
            currency=terms.currency,
            billing_model=_model(terms.billing_model, instance),
            signed_at=self.lifecycle.signed_at,
            document_hash=self.document,
            effective_from=self.lifecycle.effective_from,
            effective_to=self.lifecycle.effective_to,
            total_value=terms.money(terms.total_value),
            discount_percent=terms.discount_percent,
            nte_cap=terms.money(cap.amount) if cap else None,
            nte_scope=_scope(cap, instance),
            rates=tuple(rate.canonical(terms.currency) for rate in terms.rate_schedule),
            purchase_order_required=self.order_required,
            purchase_orders=tuple(order.canonical(terms.currency) for order in self.orders),
            payment_terms_days=terms.payment_terms_days,
            expenses_billable=terms.expenses == "BILLABLE_AT_COST",
            billed_to_date=terms.money(opening.amount) if opening else None,
            billed_until=opening.through if opening else None,
            tax=TaxTerms(terms.tax.category, terms.tax.rate) if terms.tax else None,
            milestones=tuple(each.canonical(terms.currency) for each in self.deliverables),
            recurring=terms.recurring.canonical(terms.currency) if terms.recurring else None,
            down_payment=advance.canonical(terms.currency) if advance else None,
            planned_cost=terms.money(terms.planned_cost),
            invoicing=terms.invoicing.canonical() if terms.invoicing else InvoicingTerms(),
            revenue_method=_method(terms.revenue_method, instance),
            notice_business_days=self.notice_business_days,
            source=Source("contracts", instance, "contract", self.agreement_id, self.modified_at),
            version=self.revision,
        )


class Agreements(Struct, frozen=True, rename="camel"):
    """A page of agreements."""

    agreements: list[Agreement]
    next_page_token: str | None


def _model(said: str, instance: str) -> BillingModel:
    return worded(_MODELS, said, field="billingModel", system=instance)


def _method(said: str | None, instance: str) -> RevenueMethod | None:
    if said is None:
        return None
    return worded(_METHODS, said, field="revenueMethod", system=instance)


def _scope(cap: NotToExceed | None, instance: str) -> CapScope:
    if cap is None:
        return CapScope.FEES
    return worded(_SCOPES, cap.scope, field="scope", system=instance)

"""What the sandbox PSA is asked to write, in Kantata's own words."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.delivery import BudgetDraft, ProjectDraft
from system_apis.canonical.money import minor_unit
from system_apis.canonical.sales import RoleRate
from system_apis.canonical.time import EntryDraft, ExpenseDraft

_METHODS = {
    BillingModel.TIME_AND_MATERIALS: "time_and_materials",
    BillingModel.FIXED_FEE: "fixed_fee",
    BillingModel.RETAINER: "retainer",
    BillingModel.SUBSCRIPTION: "subscription",
}
_Day = date


class NewWorkspace(Struct, frozen=True):
    """A workspace that is to be created, under a reference that is unique."""

    title: str
    project_number: str
    external_reference: str
    client_number: str
    client_name: str
    contract_number: str
    legal_entity: str
    billing_method: str
    currency: str
    lead: str
    template_code: str
    template_version: int
    start_date: date
    due_date: date
    department: str | None

    @classmethod
    def of(cls, draft: ProjectDraft, key: str) -> "NewWorkspace":
        """Say a draft in Kantata's words."""
        return cls(
            title=draft.name,
            project_number=draft.number,
            external_reference=key,
            client_number=draft.client_number,
            client_name=draft.client_name,
            contract_number=draft.contract_number,
            legal_entity=draft.legal_entity,
            billing_method=_METHODS[draft.billing_model],
            currency=draft.currency,
            lead=draft.project_manager,
            template_code=draft.template_code,
            template_version=draft.template_version,
            start_date=draft.start,
            due_date=draft.end,
            department=draft.business_unit,
        )


class NewBudget(Struct, frozen=True):
    """A budget in base units; the margin in percent."""

    price_in_cents: int
    planned_cost_in_cents: int
    currency: str
    currency_base_unit: int
    target_margin: Decimal

    @classmethod
    def of(cls, budget: BudgetDraft) -> "NewBudget":
        """Say a budget in Kantata's words."""
        currency = budget.price.currency
        unit = minor_unit(currency)
        return cls(
            price_in_cents=int(budget.price.value / unit),
            planned_cost_in_cents=int(budget.cost.value / unit),
            currency=currency,
            currency_base_unit=int(1 / unit),
            target_margin=budget.margin.scaleb(2),
        )


class RateLine(Struct, frozen=True):
    """What one hour of a role is billed at, in base units."""

    role: str
    rate_in_cents: Decimal


class NewRateCard(Struct, frozen=True):
    """The bill rates of a workspace."""

    rates: tuple[RateLine, ...]

    @classmethod
    def of(cls, rates: Iterable[RoleRate]) -> "NewRateCard":
        """Say bill rates in Kantata's words."""
        return cls(
            tuple(
                RateLine(each.role, each.rate.value / minor_unit(each.rate.currency))
                for each in rates
            )
        )


class NewStatus(Struct, frozen=True):
    """Where a workspace is to stand."""

    status: str


class NewCorrection(Struct, frozen=True):
    """How many minutes an entry should have had."""

    time_in_minutes: Decimal
    notes: str


class NewEntry(Struct, frozen=True):
    """Minutes of a person, under a reference that is unique."""

    user_number: str
    role_name: str
    workspace_number: str
    date_performed: date
    time_in_minutes: Decimal
    billable: bool
    approval: str
    reference: str
    story: str | None
    notes: str | None

    @classmethod
    def of(cls, draft: EntryDraft) -> "NewEntry":
        """Say hours in Kantata's words."""
        return cls(
            user_number=draft.employee,
            role_name=draft.role,
            workspace_number=draft.project_number,
            date_performed=draft.work_date,
            time_in_minutes=draft.hours * 60,
            billable=draft.billable,
            approval="held" if draft.held else "submitted",
            reference=draft.number,
            story=draft.task,
            notes=draft.notes,
        )


class NewExpense(Struct, frozen=True):
    """An expense in base units, under a reference that is unique."""

    user_number: str
    workspace_number: str
    date: date
    category: str
    vendor: str | None
    amount_in_cents: int
    currency: str
    currency_base_unit: int
    billable: bool
    approval: str
    receipt_digest: str | None
    reference: str
    trip_from: _Day | None
    trip_to: _Day | None

    @classmethod
    def of(cls, draft: ExpenseDraft) -> "NewExpense":
        """Say an expense in Kantata's words."""
        unit = minor_unit(draft.amount.currency)
        return cls(
            user_number=draft.employee,
            workspace_number=draft.project_number,
            date=draft.date,
            category=draft.category,
            vendor=draft.merchant,
            amount_in_cents=int(draft.amount.value / unit),
            currency=draft.amount.currency,
            currency_base_unit=int(1 / unit),
            billable=draft.billable,
            approval="held" if draft.held else "submitted",
            receipt_digest=draft.receipt_hash,
            reference=draft.number,
            trip_from=draft.trip.start if draft.trip else None,
            trip_to=draft.trip.end if draft.trip else None,
        )


class NewApproval(Struct, frozen=True):
    """What was decided about an entry or an expense."""

    approval: str


class NewSubmission(Struct, frozen=True):
    """A week that a person hands in."""

    user_number: str
    start_date: date

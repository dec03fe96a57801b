"""What the sandbox PSA is asked to write, in Kantata's own words."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.delivery import BudgetDraft, ProjectDraft
from system_apis.canonical.money import minor_unit
from system_apis.canonical.sales import RoleRate

_METHODS = {
    BillingModel.TIME_AND_MATERIALS: "time_and_materials",
    BillingModel.FIXED_FEE: "fixed_fee",
    BillingModel.RETAINER: "retainer",
    BillingModel.SUBSCRIPTION: "subscription",
}


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

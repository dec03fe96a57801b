"""The sandbox PSA's records, in Kantata's own words, and how they say the same in ours.

Kantata's words: https://developer.kantata.com/kantata/specification
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Struct

from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.delivery import (
    Budget,
    ChecklistItem,
    Estimate,
    ProgressReport,
    Project,
    ProjectStatus,
    ProjectTemplate,
    Resource,
)
from system_apis.canonical.money import Money, Price
from system_apis.canonical.record import Source
from system_apis.canonical.sales import RoleRate
from system_apis.connector import worded

_MODELS = {
    "time_and_materials": BillingModel.TIME_AND_MATERIALS,
    "fixed_fee": BillingModel.FIXED_FEE,
    "retainer": BillingModel.RETAINER,
    "subscription": BillingModel.SUBSCRIPTION,
}
_STATUSES = {
    "Provisioning": ProjectStatus.PROVISIONING,
    "Active": ProjectStatus.ACTIVE,
    "Closed": ProjectStatus.FINANCIALLY_CLOSED,
    "Archived": ProjectStatus.CANCELLED,
}


class Error(Struct, frozen=True):
    """Why the PSA says no."""

    type: str
    message: str


class Errors(Struct, frozen=True):
    """Every reason why the PSA says no."""

    errors: tuple[Error, ...]


class Reference(Struct, frozen=True):
    """The id of a record that stands elsewhere in the reply."""

    id: str


class Meta(Struct, frozen=True):
    """Which page this is, of how many."""

    page_count: int
    page_number: int


class Listing(Struct, frozen=True, kw_only=True):
    """One page: ids in their order, the records beside them."""

    results: tuple[Reference, ...]
    meta: Meta

    @property
    def ids(self) -> list[str]:
        """The ids of the page's records, in order."""
        return [each.id for each in self.results]

    @property
    def next_cursor(self) -> str | None:
        """The number of the next page, if there is one."""
        more = self.meta.page_number < self.meta.page_count
        return str(self.meta.page_number + 1) if more else None


class RateLine(Struct, frozen=True):
    """What one hour of a role is billed at, in base units."""

    role: str
    rate_in_cents: Decimal


class StatusReport(Struct, frozen=True):
    """How far a workspace has come, in whole percent."""

    reported_on: date
    percentage_complete: Annotated[int, msgspec.Meta(ge=0, le=100)]
    note: str | None

    def canonical(self) -> ProgressReport:
        """Say the same in our words."""
        return ProgressReport(
            reported_on=self.reported_on,
            percent_complete=Decimal(self.percentage_complete).scaleb(-2),
            note=self.note or None,
        )


class Workspace(Struct, frozen=True):
    """A workspace, which we call a project."""

    id: str
    title: str
    project_number: str
    client_number: str
    contract_number: str
    legal_entity: str
    billing_method: str
    currency: str
    currency_base_unit: int
    lead: str
    start_date: date
    due_date: date
    status: str
    price_in_cents: int | None
    planned_cost_in_cents: int | None
    target_margin: Decimal | None
    rate_card: tuple[RateLine, ...]
    lock_version: int
    updated_at: datetime
    department: str | None = None
    estimate_at_completion_in_cents: int | None = None
    estimated_as_of: date | None = None
    status_reports: tuple[StatusReport, ...] = ()

    def canonical(self, project_id: str, instance: str) -> Project:
        """Say the same in our words."""
        return Project(
            id=project_id,
            number=self.project_number,
            name=self.title,
            client_number=self.client_number,
            contract_number=self.contract_number,
            legal_entity=self.legal_entity,
            billing_model=worded(
                _MODELS, self.billing_method, field="billing_method", system=instance
            ),
            currency=self.currency,
            status=worded(_STATUSES, self.status, field="status", system=instance),
            project_manager=self.lead,
            start=self.start_date,
            end=self.due_date,
            business_unit=self.department,
            budget=self._budget(),
            rate_card=tuple(
                RoleRate(
                    line.role, _price(line.rate_in_cents, self.currency_base_unit, self.currency)
                )
                for line in self.rate_card
            ),
            estimate_at_completion=self._estimate(),
            progress=tuple(each.canonical() for each in self._reports()),
            source=Source("psa", instance, "project", self.id, self.updated_at),
            version=self.lock_version,
        )

    def _reports(self) -> list[StatusReport]:
        return sorted(self.status_reports, key=lambda each: each.reported_on)

    def _estimate(self) -> Estimate | None:
        cost, day = self.estimate_at_completion_in_cents, self.estimated_as_of
        if cost is None or day is None:
            return None
        money = Money.of(Decimal(cost) / self.currency_base_unit, self.currency)
        return Estimate(cost=money, as_of=day)

    def _budget(self) -> Budget | None:
        price, cost, margin = self.price_in_cents, self.planned_cost_in_cents, self.target_margin
        if price is None or cost is None or margin is None:
            return None
        return Budget(
            price=Money.of(Decimal(price) / self.currency_base_unit, self.currency),
            cost=Money.of(Decimal(cost) / self.currency_base_unit, self.currency),
            margin=margin.scaleb(-2),
        )


class Workspaces(Listing, frozen=True, kw_only=True):
    """A page of workspaces."""

    workspaces: dict[str, Workspace]


class Membership(Struct, frozen=True):
    """A person with what an hour costs and is listed at, in base units."""

    user_number: str
    full_name: str
    role_name: str
    legal_entity: str
    currency: str
    currency_base_unit: int
    cost_rate_in_cents: Decimal
    bill_rate_in_cents: Decimal | None
    department: str | None = None

    def canonical(self) -> Resource:
        """Say the same in our words."""
        unit, listed = self.currency_base_unit, self.bill_rate_in_cents
        return Resource(
            number=self.user_number,
            name=self.full_name,
            role=self.role_name,
            legal_entity=self.legal_entity,
            business_unit=self.department,
            cost_rate=_price(self.cost_rate_in_cents, unit, self.currency),
            list_rate=_price(listed, unit, self.currency) if listed is not None else None,
        )


class Memberships(Listing, frozen=True, kw_only=True):
    """A page of people."""

    account_memberships: dict[str, Membership]


class CheckItem(Struct, frozen=True):
    """Something that a workspace of a plan begins with."""

    title: str
    assignee: str
    offset_days: int
    blocks_start: bool

    def canonical(self) -> ChecklistItem:
        """Say the same in our words."""
        return ChecklistItem(self.title, self.assignee, self.offset_days, self.blocks_start)


class Template(Struct, frozen=True):
    """A published plan."""

    code: str
    version: int
    billing_method: str
    phases: tuple[str, ...]
    checklist: tuple[CheckItem, ...]

    def canonical(self) -> ProjectTemplate:
        """Say the same in our words."""
        return ProjectTemplate(
            self.code,
            self.version,
            _MODELS[self.billing_method],
            self.phases,
            tuple(each.canonical() for each in self.checklist),
        )


class Templates(Listing, frozen=True, kw_only=True):
    """A page of templates."""

    project_templates: dict[str, Template]


def _price(amount: Decimal, base_unit: int, currency: str) -> Price:
    return Price(f"{amount / base_unit:f}", currency)

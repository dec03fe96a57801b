"""Projects: the work a contract promised."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct

from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.money import (
    Cost,
    CostShare,
    Currency,
    Money,
    Price,
    minor_unit,
)
from system_apis.canonical.record import Id, Source, Text
from system_apis.canonical.sales import RoleRate


class ProjectStatus(StrEnum):
    """Where a project stands; only `active` takes time entries."""

    PENDING_APPROVAL = "pending_approval"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    DELIVERY_COMPLETE = "delivery_complete"
    FINANCIALLY_CLOSED = "financially_closed"
    CANCELLED = "cancelled"


class ChecklistItem(Struct, frozen=True, forbid_unknown_fields=True):
    """Something to be done when a project begins; a mandatory one before it is active.

    It is due so many days after the project's first day, or before it.
    """

    name: str
    owner: str
    due_in_days: int = 0
    is_mandatory: bool = False


class ProjectTemplate(Struct, frozen=True, forbid_unknown_fields=True):
    """A published plan that projects of one billing model begin from; immutable by version."""

    code: str
    version: int
    billing_model: BillingModel
    phases: tuple[str, ...]
    checklist: tuple[ChecklistItem, ...]


class BudgetDraft(Struct, frozen=True, forbid_unknown_fields=True):
    """What a project was sold for and is planned to cost, as it is to be written."""

    price: Money
    cost: Money
    margin: Decimal


class Budget(Struct, frozen=True, forbid_unknown_fields=True):
    """What a project was sold for; what it is planned to cost, for who may see cost rates.

    Of one role's hours the cost is that role's cost rate, and price and margin give it away.
    """

    price: Money
    cost: Cost = UNSET
    margin: CostShare = UNSET


class Estimate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a project will have cost in the end, as it was estimated last."""

    cost: Cost = UNSET
    as_of: date


class ProgressReport(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much of a project was done on a day; a note says why it was more before."""

    reported_on: date
    percent_complete: Decimal
    note: Text | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.percent_complete <= 1:
            raise ValueError("what is complete of a project is from 0 to 1")


class ProjectDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A project as it is to be created in the PSA, in status `provisioning`."""

    number: Text
    name: Text
    client_number: Text
    client_name: Text
    contract_number: Text
    legal_entity: Text
    billing_model: BillingModel
    currency: Currency
    project_manager: Text
    business_unit: Text | None = None
    template_code: Text
    template_version: int
    start: date
    end: date

    def __post_init__(self) -> None:
        minor_unit(self.currency)
        if self.end < self.start:
            raise ValueError("a project ends after it begins")


class Project(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A project in the PSA; its progress is told report by report, the oldest first."""

    id: Id
    number: str
    name: str
    client_number: str
    contract_number: str
    legal_entity: str
    billing_model: BillingModel
    currency: str
    status: ProjectStatus
    project_manager: str
    start: date
    end: date
    business_unit: str | None = None
    budget: Budget | None = None
    rate_card: tuple[RoleRate, ...] = ()
    estimate_at_completion: Estimate | None = None
    progress: tuple[ProgressReport, ...] = ()
    source: Source
    version: int = 1


class Resource(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person who can be booked, with the cost of one hour (a restricted field)."""

    number: str
    name: str
    role: str
    legal_entity: str
    business_unit: str | None = None
    cost_rate: Annotated[Price, Meta(extra={"scope": "system:psa:read_cost"})]
    list_rate: Price | None = None

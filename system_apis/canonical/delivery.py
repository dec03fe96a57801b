"""Projects: the work a contract promised."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.money import Money, Price
from system_apis.canonical.record import Id, Source
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


class ProjectTemplate(Struct, frozen=True, forbid_unknown_fields=True):
    """A published plan that projects of one billing model begin from; immutable by version."""

    code: str
    version: int
    billing_model: BillingModel
    phases: tuple[str, ...]
    checklist: tuple[str, ...]


class Budget(Struct, frozen=True, forbid_unknown_fields=True):
    """What the project was sold for and is planned to cost."""

    price: Money
    cost: Money
    margin: Decimal


class ProjectDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A project as it is to be created in the PSA, in status `provisioning`."""

    number: str
    name: str
    client_number: str
    client_name: str
    contract_number: str
    legal_entity: str
    billing_model: BillingModel
    currency: str
    project_manager: str
    template_code: str
    template_version: int
    start: date
    end: date


class Project(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A project in the PSA."""

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
    budget: Budget | None = None
    rate_card: tuple[RoleRate, ...] = ()
    source: Source
    version: int = 1


class Resource(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person who can be booked, with the cost of one hour (a restricted field)."""

    number: str
    name: str
    role: str
    legal_entity: str
    cost_rate: Price
    list_rate: Price | None = None

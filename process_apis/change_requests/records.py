"""The nouns of changes: consequences, the plans that they make up, and the figures of a plan."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, UnsetType

from system_apis.canonical.changes import ChangeStatus, ModificationAccounting
from system_apis.canonical.money import Money
from system_apis.canonical.record import Id

# What is done of an effort that is measured by cost tells of costs.
Progress = Annotated[Decimal | UnsetType | None, Meta(extra={"scope": "system:psa:read_cost"})]


class Happening(StrEnum):
    """What happens to a milestone: another date, another scope, its acceptance or the end of it."""

    DATE = "date"
    SCOPE = "scope"
    ACCEPTED = "accepted"
    REOPENED = "reopened"


class Domain(StrEnum):
    """Which part of the firm's work a consequence is about."""

    CONTRACT = "contract"
    INVOICE_TIMING = "invoice_timing"
    REVENUE = "revenue"
    STAFF = "staff"
    PURCHASE_ORDERS = "purchase_orders"
    CASH = "cash"
    CLIENT_NOTICE = "client_notice"


class Action(StrEnum):
    """What becomes of a consequence: `told` changes nothing, `blocked` keeps the plan back."""

    AUTO = "auto"
    APPROVAL = "approval"
    TOLD = "told"
    BLOCKED = "blocked"


class Consequence(Struct, frozen=True, kw_only=True):
    """One thing that a change brings with it, and who must approve it if somebody must.

    `subject` is what it happens to: an event, a person, an order.
    """

    domain: Domain
    code: str
    effect: str
    action: Action
    reversible: bool
    approvers: tuple[str, ...] = ()
    subject: str | None = None
    amount: Money | None = None
    before: date | None = None
    after: date | None = None


class OverAllocation(Struct, frozen=True, kw_only=True):
    """A person who would be booked for more than there is of them, from one day to another."""

    employee: str
    percent: Decimal
    start: date
    end: date


class Extension(Struct, frozen=True, kw_only=True):
    """A booking that goes on: who works how much of a week, in which days that come on top."""

    employee: str
    role: str
    legal_entity: str
    percent: Decimal
    start: date
    end: date


class OrderChange(Struct, frozen=True, kw_only=True):
    """What a purchase order needs so that its work goes on: hours, days, and an approval."""

    purchase_order_id: Id
    number: str
    line: int
    revision: int
    hours_left: Decimal
    hours_added: Decimal
    quantity_after: Decimal
    amount_added: Money
    change_pct: Decimal | None
    total_after: Money
    end_before: date | None
    end_after: date | None
    needs_reapproval: bool
    approvers: tuple[str, ...]


class MilestoneFigures(Struct, frozen=True, kw_only=True):
    """What another date of a milestone comes to.

    `revenue_to_date_change` is what changes of the revenue that is earned already, and
    `revenue_moved` what is earned in another month than it was to be.
    """

    net: Money
    gross: Money
    date_before: date
    date_after: date
    due_before: date
    due_after: date
    cash_crosses_month: bool
    cash_crosses_quarter: bool
    cash_crosses_fiscal_year: bool
    revenue_to_date_change: Money
    revenue_moved: Money
    working_days_added: int
    extensions: tuple[Extension, ...]
    over_allocated: tuple[OverAllocation, ...]
    orders: tuple[OrderChange, ...]
    client_notice_business_days: int
    client_notice_by: date


class MilestonePlan(Struct, frozen=True, kw_only=True):
    """What happens when a milestone moves, worked out and not carried out.

    `ground` stands for everything that it was worked out from: it is sent back to have
    exactly this plan carried out.
    """

    project_number: str
    contract_number: str
    legal_entity: str
    milestone: str
    what: Happening = Happening.DATE
    billing_event_id: Id | None
    as_of: date
    terms_version: int
    figures: MilestoneFigures
    consequences: tuple[Consequence, ...]
    approvers: tuple[str, ...]
    applies_by_itself: bool
    ground: str


class PlannedBill(Struct, frozen=True, kw_only=True):
    """A part of a fixed price as it is invoiced; what is invoiced stays as it is."""

    id: str
    amount: Money
    planned_date: date | None
    invoiced: bool


class ForecastMargins(Struct, frozen=True, kw_only=True):
    """What a contract is to cost and to leave in the end, before a change and after it."""

    cost_before: Money
    cost_after: Money
    margin_before: Money
    margin_after: Money
    margin_pct_before: Decimal | None
    margin_pct_after: Decimal | None
    people: int


# Of one person, the cost divided by the hours is that person's cost rate.
MarginFigures = Annotated[
    ForecastMargins | UnsetType | None,
    Meta(extra={"scope": "system:psa:read_cost", "total_of": "people"}),
]


class ChangeFigures(Struct, frozen=True, kw_only=True):
    """What a change request comes to; a figure is absent where nothing says it.

    `catch_up` is what is earned at once because the contract is another one from now on.
    """

    price_before: Money | None
    price_after: Money | None
    cap_before: Money | None
    cap_after: Money | None
    treatment: ModificationAccounting
    percent_complete_before: Progress
    percent_complete_after: Progress
    cumulative_revenue_before: Money
    cumulative_revenue_after: Money
    catch_up: Money
    contract_asset_after: Money
    contract_liability_after: Money
    forecast: MarginFigures
    invoice_plan_before: tuple[PlannedBill, ...]
    invoice_plan_after: tuple[PlannedBill, ...]


class ChangePlan(Struct, frozen=True, kw_only=True):
    """What happens when a change request is applied, worked out and not carried out.

    `ground` stands for everything that it was worked out from: it is sent back to have
    exactly this plan carried out.
    """

    change_request_id: Id
    change_request_number: str
    status: ChangeStatus
    project_number: str
    contract_number: str
    legal_entity: str
    as_of: date
    terms_version: int
    figures: ChangeFigures
    consequences: tuple[Consequence, ...]
    approvers: tuple[str, ...]
    ground: str


class ApplicationState(StrEnum):
    """How far the carrying out of a plan is; `given_up` is one that a person ended midway.

    `agreed` is a submission that everybody of the firm approved.
    """

    ASKED = "asked"
    AGREED = "agreed"
    APPLYING = "applying"
    APPLIED = "applied"
    REJECTED = "rejected"
    GIVEN_UP = "given_up"


class PlannedChange(Struct, frozen=True, kw_only=True):
    """A plan that somebody wants carried out, as it was then, and how far that is.

    `subject` is the milestone or the change request, `contractor_hours` what was asked for
    beside the milestone's date. `notice` is the draft of what the client is to be told: a
    person sends it. One that is `submitted` is approved before the client signs, and carried
    out by another.
    """

    id: Id
    subject: str
    legal_entity: str
    project_number: str
    contract_number: str
    ground: str
    state: ApplicationState
    asked_by: str
    asked_at: datetime
    approvers: tuple[str, ...]
    milestone: MilestonePlan | None = None
    contractor_hours: Decimal | None = None
    change: ChangePlan | None = None
    notice: str | None = None
    submitted: bool = False

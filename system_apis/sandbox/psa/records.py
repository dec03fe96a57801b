"""The PSA's records, in Kantata's words: money in whole base units, time in minutes."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

_Day = date


class RateLine(Struct, frozen=True):
    """What one hour of a role is billed at, in base units."""

    role: str
    rate_in_cents: Decimal


class StatusReport(Struct, frozen=True):
    """How far a workspace has come, in whole percent."""

    reported_on: date
    percentage_complete: int
    note: str | None = None


class Workspace(Struct, frozen=True, kw_only=True):
    """A project; `currency_base_unit` says how many base units make one of the currency."""

    id: str
    title: str
    project_number: str
    external_reference: str
    client_number: str
    client_name: str
    contract_number: str
    legal_entity: str
    billing_method: str
    currency: str
    currency_base_unit: int
    lead: str
    template_code: str
    template_version: int
    start_date: date
    due_date: date
    department: str | None = None
    status: str = "Provisioning"
    price_in_cents: int | None = None
    planned_cost_in_cents: int | None = None
    target_margin: Decimal | None = None
    rate_card: tuple[RateLine, ...] = ()
    estimate_at_completion_in_cents: int | None = None
    estimated_as_of: date | None = None
    status_reports: tuple[StatusReport, ...] = ()
    lock_version: int = 0
    updated_at: str = ""


class TimeEntry(Struct, frozen=True, kw_only=True):
    """Minutes of a person on a workspace and day."""

    id: str
    user_number: str
    role_name: str
    workspace_number: str
    date_performed: date
    time_in_minutes: Decimal
    billable: bool
    approval: str
    reference: str
    adjusts: str | None = None
    story: str | None = None
    notes: str | None = None
    lock_version: int = 0
    updated_at: str = ""


class Expense(Struct, frozen=True, kw_only=True):
    """What a person spent for a workspace."""

    id: str
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
    trip_from: _Day | None = None
    trip_to: _Day | None = None
    lock_version: int = 0
    updated_at: str = ""


class Membership(Struct, frozen=True, kw_only=True):
    """A person of the firm with what an hour costs and is listed at."""

    id: str
    user_number: str
    full_name: str
    role_name: str
    legal_entity: str
    currency: str
    currency_base_unit: int
    cost_rate_in_cents: Decimal
    bill_rate_in_cents: Decimal | None = None
    department: str | None = None


class Assignment(Struct, frozen=True, kw_only=True):
    """A person's booking on a workspace."""

    id: str
    user_number: str
    workspace_number: str
    percent: Decimal
    hard: bool
    start_date: date
    end_date: date
    role_name: str = ""
    legal_entity: str = ""
    ends_with: str | None = None
    external_reference: str | None = None
    workspace_resource_id: str | None = None
    state: str = "active"
    lock_version: int = 0
    updated_at: str = ""


class OpenRole(Struct, frozen=True, kw_only=True):
    """A role that a workspace has nobody for yet, or a person only by name."""

    id: str
    external_reference: str
    workspace_number: str
    legal_entity: str
    role_name: str
    user_number: str | None
    start_date: date
    end_date: date
    minutes: int | None
    percent: Decimal | None
    state: str = "requested"
    lock_version: int = 0
    updated_at: str = ""


class Story(Struct, frozen=True, kw_only=True):
    """Something to be done in a workspace."""

    id: str
    external_reference: str
    workspace_number: str
    legal_entity: str
    title: str
    story_type: str
    assignee: str
    due_date: date
    blocks_start: bool = False
    state: str = "not started"
    lock_version: int = 0
    updated_at: str = ""


class CheckItem(Struct, frozen=True):
    """Something that a workspace of a plan begins with."""

    title: str
    assignee: str
    offset_days: int = 0
    blocks_start: bool = False


class Submission(Struct, frozen=True, kw_only=True):
    """A week that a person owes."""

    id: str
    user_number: str
    start_date: date
    status: str
    due_at: datetime | None = None
    submitted_at: datetime | None = None


class ForecastSnapshot(Struct, frozen=True, kw_only=True):
    """Minutes of a person in a span of time, as they were foreseen at a moment."""

    id: str
    user_number: str
    legal_entity: str
    start_date: date
    end_date: date
    minutes: Decimal
    grain: str
    frozen_at: datetime


class Resolution(Struct, frozen=True, kw_only=True):
    """Something that was submitted for approval, and when it was resolved."""

    id: str
    reference: str
    subject_type: str | None
    legal_entity: str | None
    submitted_at: datetime
    resolved_at: datetime | None = None


class Template(Struct, frozen=True, kw_only=True):
    """A published plan that workspaces begin from."""

    id: str
    code: str
    version: int
    billing_method: str
    phases: tuple[str, ...]
    checklist: tuple[CheckItem, ...]

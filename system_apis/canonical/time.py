"""Time and expenses: what was worked and spent, once decided."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.money import Money
from system_apis.canonical.record import Id, Source


class EntryStatus(StrEnum):
    """Whether a row was decided; `rejected` is a decision too."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"
    LOCKED = "locked"


class TimeEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hours of one person on one project and day, 0 < hours <= 24."""

    id: Id
    number: str
    employee: str
    role: str
    project_number: str
    work_date: date
    hours: Decimal
    billable: bool
    status: EntryStatus
    source: Source
    version: int = 1


class ExpenseLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One expense of one person on one project."""

    id: Id
    number: str
    employee: str
    project_number: str
    date: date
    category: str
    merchant: str | None
    amount: Money
    billable: bool
    status: EntryStatus
    receipt_hash: str | None
    source: Source
    version: int = 1


class Timesheet(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One person's week; `submitted` says whether it was handed in."""

    employee: str
    week_start: date
    submitted: bool

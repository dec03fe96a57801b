"""Time and expenses: what was worked and spent, once decided."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.money import Money
from system_apis.canonical.record import Id, Source, Text

_DAY = 24


class EntryStatus(StrEnum):
    """Whether a row was decided; `rejected` is a decision too."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"
    LOCKED = "locked"


class TimeEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hours of one person on one project and day, at most 24.

    An approved entry is never changed: a correction is an entry of as many hours below
    nothing, and one of the right hours, each of which `adjusts` the entry.
    """

    id: Id
    number: str
    employee: str
    role: str
    project_number: str
    work_date: date
    hours: Decimal
    billable: bool
    status: EntryStatus
    adjusts: Id | None = None
    source: Source
    version: int = 1


class TimeCorrection(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many hours an approved entry should have had; none strikes it out."""

    entry_number: Text
    hours: Annotated[Decimal, Meta(description="0 to 24 hours.")]
    reason: Text

    def __post_init__(self) -> None:
        if not self.hours.is_finite() or not 0 <= self.hours <= _DAY:
            raise ValueError("`hours` of a day are 0 to 24")


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

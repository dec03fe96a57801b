"""Time and expenses: what was worked and spent, once decided."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.money import Currency, Money
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
    task: str | None = None
    notes: str | None = None
    source: Source
    version: int = 1


class EntryDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hours as they are to be entered in the PSA: they wait for an approval there."""

    number: Text
    employee: Text
    role: Text
    project_number: Text
    work_date: date
    hours: Decimal
    billable: bool
    held: bool = False
    task: Text | None = None
    notes: Text | None = None


class TimeCorrection(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many hours an approved entry should have had; none strikes it out."""

    entry_number: Text
    hours: Annotated[Decimal, Meta(description="0 to 24 hours.")]
    reason: Text

    def __post_init__(self) -> None:
        if not self.hours.is_finite() or not 0 <= self.hours <= _DAY:
            raise ValueError("`hours` of a day are 0 to 24")


class Trip(Struct, frozen=True, forbid_unknown_fields=True):
    """The days that a per diem pays for, the first and the last included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a trip ends on the day it begins or later")

    def has(self, day: date) -> bool:
        """Whether a day is one of the trip's."""
        return self.start <= day <= self.end

    def meets(self, other: "Trip") -> bool:
        """Whether a day is one of both trips'."""
        return self.start <= other.end and other.start <= self.end


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
    trip: Trip | None = None
    source: Source
    version: int = 1


class ExpenseDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An expense as it is to be entered in the PSA: it waits for an approval there."""

    number: Text
    employee: Text
    project_number: Text
    date: date
    category: Text
    merchant: Text | None = None
    amount: Money
    billable: bool
    held: bool = False
    receipt_hash: Text | None = None
    trip: Trip | None = None


class Timesheet(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One person's week; `submitted` says whether it was handed in, `due_at` when it had to be."""

    employee: str
    week_start: date
    submitted: bool
    id: Id | None = None
    due_at: datetime | None = None
    submitted_at: datetime | None = None


class ReportStatus(StrEnum):
    """How far an expense report has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAID = "paid"


class ReportLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One expense of a report: what was claimed, and what of it was approved."""

    expense_id: Id
    claimed: Money
    approved: Money | None = None

    def __post_init__(self) -> None:
        if self.claimed.value <= 0:
            raise ValueError("an expense is more than nothing")
        if self.approved is not None and not (
            Money.zero(self.claimed.currency) <= self.approved <= self.claimed
        ):
            raise ValueError("what is approved is from nothing to what was claimed")


class ExpenseReport(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person claims back at once, in the currency it is paid out in."""

    id: Id
    number: Text
    employee: Text
    legal_entity: Text
    currency: Currency
    status: ReportStatus
    lines: tuple[ReportLine, ...]
    advance_applied: Money | None = None

    def __post_init__(self) -> None:
        if any(each.claimed.currency != self.currency for each in self.lines):
            raise ValueError("the lines of a report are in its currency")
        decided = all(each.approved is not None for each in self.lines)
        if self.status in {ReportStatus.APPROVED, ReportStatus.PAID} and not decided:
            raise ValueError("an approved report has every line decided")
        if self.advance_applied is not None and self.claimed < self.advance_applied:
            raise ValueError("no more of an advance is applied than was claimed")

    @property
    def claimed(self) -> Money:
        """What was claimed, all together."""
        return Money.total((each.claimed for each in self.lines), self.currency)

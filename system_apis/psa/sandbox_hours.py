"""The sandbox PSA's hours, expenses, weeks and events, in Kantata's words and in ours."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.money import Money
from system_apis.canonical.record import Source
from system_apis.canonical.time import EntryStatus, ExpenseLine, TimeEntry, Timesheet, Trip
from system_apis.change_feed import FeedLine
from system_apis.connector import same_words, worded
from system_apis.psa.sandbox_records import Listing

_APPROVALS = same_words(EntryStatus)
_RECORD_TYPES = {
    "workspace": "project",
    "time_entry": "time_entry",
    "expense": "expense_line",
    "timesheet_submission": "timesheet",
}
_Day = date


class Entry(Struct, frozen=True):
    """A time entry, in minutes."""

    id: str
    user_number: str
    role_name: str
    workspace_number: str
    date_performed: date
    time_in_minutes: Decimal
    billable: bool
    approval: str
    reference: str
    adjusts: str | None
    lock_version: int
    updated_at: datetime
    story: str | None = None
    notes: str | None = None

    def canonical(self, entry_id: str, adjusted_id: str | None, instance: str) -> TimeEntry:
        """Say the same in our words; the ids are ours of it and of the one that it adjusts."""
        return TimeEntry(
            id=entry_id,
            number=self.reference,
            employee=self.user_number,
            role=self.role_name,
            project_number=self.workspace_number,
            work_date=self.date_performed,
            hours=self.time_in_minutes / 60,
            billable=self.billable,
            status=worded(_APPROVALS, self.approval, field="approval", system=instance),
            adjusts=adjusted_id,
            task=self.story,
            notes=self.notes,
            source=Source("psa", instance, "time_entry", self.id, self.updated_at),
            version=self.lock_version,
        )


class TimeEntries(Listing, frozen=True, kw_only=True):
    """A page of time entries."""

    time_entries: dict[str, Entry]


class Expense(Struct, frozen=True):
    """An expense, in base units."""

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
    lock_version: int
    updated_at: datetime
    trip_from: _Day | None = None
    trip_to: _Day | None = None

    def canonical(self, expense_id: str, instance: str) -> ExpenseLine:
        """Say the same in our words."""
        return ExpenseLine(
            id=expense_id,
            number=self.reference,
            employee=self.user_number,
            project_number=self.workspace_number,
            date=self.date,
            category=self.category,
            merchant=self.vendor,
            amount=Money.of(Decimal(self.amount_in_cents) / self.currency_base_unit, self.currency),
            billable=self.billable,
            status=worded(_APPROVALS, self.approval, field="approval", system=instance),
            receipt_hash=self.receipt_digest,
            trip=Trip(self.trip_from, self.trip_to) if self.trip_from and self.trip_to else None,
            source=Source("psa", instance, "expense_line", self.id, self.updated_at),
            version=self.lock_version,
        )


class Expenses(Listing, frozen=True, kw_only=True):
    """A page of expenses."""

    expenses: dict[str, Expense]


class Submission(Struct, frozen=True):
    """A week that a person owes."""

    user_number: str
    start_date: date
    status: str
    due_at: datetime | None = None
    submitted_at: datetime | None = None

    def canonical(self, own: str | None = None) -> Timesheet:
        """Say the same in our words."""
        return Timesheet(
            employee=self.user_number,
            week_start=self.start_date,
            submitted=self.status == "submitted",
            id=own,
            due_at=self.due_at,
            submitted_at=self.submitted_at,
        )


class Submissions(Listing, frozen=True, kw_only=True):
    """A page of weeks."""

    timesheet_submissions: dict[str, Submission]


class SubscribedEvent(Struct, frozen=True):
    """Something that happened to a record."""

    id: str
    subject_type: str
    subject_id: str
    lock_version: int
    created_at: datetime

    def line(self) -> FeedLine:
        """Say the same in our words."""
        kind = _RECORD_TYPES[self.subject_type]
        return FeedLine(int(self.id), kind, self.subject_id, self.lock_version, self.created_at)


class SubscribedEvents(Listing, frozen=True, kw_only=True):
    """The next events."""

    subscribed_events: dict[str, SubscribedEvent]

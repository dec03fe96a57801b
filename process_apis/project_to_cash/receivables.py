"""The nouns of what clients owe: disputes, money received and where it was applied, reminders."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from system_apis.canonical.money import Money
from system_apis.canonical.record import Id

Note = Annotated[str, Meta(min_length=1, max_length=1000)]


class DisputeReason(StrEnum):
    """Why a client does not agree with an invoice."""

    HOURS = "hours"
    RATE = "rate"
    QUALITY = "quality"
    NOT_ORDERED = "not_ordered"
    DUPLICATE = "duplicate"
    TAX = "tax"
    OTHER = "other"


class DisputeStatus(StrEnum):
    """Where a dispute stands; the last three are final."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """How a dispute ends: credited, upheld against the client, or taken back by it."""

    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"

    @property
    def status(self) -> DisputeStatus:
        """The status that a dispute has from then on."""
        return {
            Verdict.ACCEPT: DisputeStatus.ACCEPTED,
            Verdict.REJECT: DisputeStatus.REJECTED,
            Verdict.WITHDRAW: DisputeStatus.WITHDRAWN,
        }[self]


class Dispute(Struct, frozen=True, kw_only=True):
    """A client's objection to a part of an invoice; `lines` count from 1, none means all."""

    id: Id
    invoice_id: Id
    invoice_number: str
    contract_number: str
    project_number: str
    legal_entity: str
    reason: DisputeReason
    amount: Money
    lines: tuple[int, ...]
    note: str
    status: DisputeStatus = DisputeStatus.OPEN
    opened_by: str
    opened_at: datetime
    resolution: str | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None


class Objection(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a client objects to; without an amount it is all that is owed."""

    reason: DisputeReason
    amount: Money | UnsetType = UNSET
    lines: Annotated[tuple[int, ...], Meta(max_length=500)] = ()
    note: Note


class ResolutionBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a dispute ends, and why."""

    verdict: Verdict
    note: Note


class Match(StrEnum):
    """How money was found to belong to an invoice."""

    NAMED = "named"
    REFERENCE = "reference"
    AMOUNT = "amount"
    PERSON = "person"


class Application(Struct, frozen=True, kw_only=True):
    """A part of a receipt, applied to one invoice."""

    invoice_number: str
    amount: Money
    match: Match
    invoice_id: Id | None = None


class Receipt(Struct, frozen=True, kw_only=True):
    """Money that an ERP booked: its applications and what is unapplied make up its amount."""

    id: Id
    instance: str
    legal_entity: str
    client_number: str | None
    date: date
    amount: Money
    remittance: str | None
    applications: tuple[Application, ...]
    unapplied: Money
    noted_at: datetime
    as_of: datetime | None = None

    def __post_init__(self) -> None:
        applied = Money.total((each.amount for each in self.applications), self.amount.currency)
        if applied + self.unapplied != self.amount:
            raise ValueError("what is applied and what is unapplied make up the amount")


class ReminderStatus(StrEnum):
    """Where a reminder stands; nothing is sent that a person did not send."""

    DRAFT = "draft"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


class Reminder(Struct, frozen=True, kw_only=True):
    """A letter about an overdue invoice: one of each level, whatever is repeated."""

    id: Id
    invoice_id: Id
    invoice_number: str
    legal_entity: str
    project_number: str | None = None
    level: int
    terms_version: int
    amount: Money
    text: str
    status: ReminderStatus = ReminderStatus.DRAFT
    drafted_on: date
    sent_on: date | None = None


class DisputeList(Struct, frozen=True):
    """Disputes, the oldest first."""

    items: list[Dispute]
    next_cursor: str | None = None


class ReminderList(Struct, frozen=True):
    """Reminders, oldest first."""

    items: list[Reminder]
    next_cursor: str | None = None


class ReceiptList(Struct, frozen=True):
    """Receipts, oldest first."""

    items: list[Receipt]
    next_cursor: str | None = None

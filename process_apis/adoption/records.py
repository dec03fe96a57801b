"""The nouns of adoption: what was found, and what a person says about it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.money import Money
from system_apis.canonical.record import Id, Text

Numbers = Annotated[tuple[Text, ...], Meta(max_length=5000)]
Reason = Annotated[str, Meta(min_length=1, max_length=1000)]


class FindingKind(StrEnum):
    """What was found in a system that none of our processes wrote."""

    INVOICE = "invoice"
    PROJECT = "project"


class FindingStatus(StrEnum):
    """What became of a finding; a disputed one stays in sight until its document is void."""

    OPEN = "open"
    ADOPTED = "adopted"
    DISPUTED = "disputed"
    CLOSED = "closed"


class SeenPayment(Struct, frozen=True):
    """A payment that names a document of another hand."""

    id: Id
    date: date
    amount: Money


class Finding(Struct, frozen=True, kw_only=True):
    """A document or project that somebody keyed straight into a system.

    `seen_version` is the version that was looked at last; `project_manager` is whose project
    it is, where that is known.
    """

    id: Id
    kind: FindingKind
    instance: str
    record_id: Id
    number: str | None
    legal_entity: str
    project_number: str | None
    contract_number: str | None
    issue_date: date | None = None
    net: Money | None = None
    gross: Money | None = None
    paid: Money | None = None
    payments: tuple[SeenPayment, ...] = ()
    role: str
    project_manager: str | None = None
    remedy: str
    status: FindingStatus = FindingStatus.OPEN
    seen_version: int
    found_at: datetime
    reason: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    disputed_by: str | None = None

    @property
    def title(self) -> str:
        """What a worklist calls it."""
        worth = f" of {self.gross}" if self.gross else ""
        state = "disputed, to be voided" if self.status is FindingStatus.DISPUTED else "keyed in"
        return f"{self.kind} {self.number or 'without a number'}{worth} was {state}"


class NamedSources(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a document of another hand bills, by the numbers that people know.

    `whole_period` stands for all that is approved, billable and unbilled from `period_start`
    to `period_end`, both included, and for the fees and milestones planned in it.
    """

    period_start: date
    period_end: date
    whole_period: bool = False
    time_entries: Numbers = ()
    expenses: Numbers = ()
    milestones: Numbers = ()

    def __post_init__(self) -> None:
        if self.period_end < self.period_start:
            raise ValueError("a period ends after it begins")
        if self.whole_period and (self.time_entries or self.expenses or self.milestones):
            raise ValueError("name single sources or the whole period, not both")

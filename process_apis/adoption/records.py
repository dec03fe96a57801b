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


class OpeningInvoice(NamedSources, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An invoice from before Strata, with what it billed.

    `difference` says why it bills another amount than its sources are worth.
    """

    number: Text
    net: Money
    difference: Reason | None = None


class OrderRemainder(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left of a client's purchase order once the opening invoices are taken off."""

    number: Text
    remaining: Money


class OpeningProject(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A project that runs already, and what was billed of it before Strata."""

    project_number: Text
    contract_number: Text
    billed_to_date: Money
    invoices: Annotated[tuple[OpeningInvoice, ...], Meta(max_length=1000)] = ()
    purchase_orders: Annotated[tuple[OrderRemainder, ...], Meta(max_length=100)] = ()


class OpeningBook(Struct, frozen=True, forbid_unknown_fields=True):
    """The opening balances of some running projects."""

    projects: Annotated[tuple[OpeningProject, ...], Meta(min_length=1, max_length=100)]


class ObstacleCode(StrEnum):
    """What may stand against taking a project or document over."""

    SOURCE_NOT_FOUND = "SOURCE_NOT_FOUND"
    NOT_POSTED = "NOT_POSTED"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    SOURCES_DIFFER = "SOURCES_DIFFER"
    CONTRACT_NOT_SIGNED = "CONTRACT_NOT_SIGNED"
    PROJECT_NOT_FOUND = "PROJECT_NOT_FOUND"
    LEDGER_PROJECT_MISSING = "LEDGER_PROJECT_MISSING"
    PROJECT_NOT_ACTIVE = "PROJECT_NOT_ACTIVE"
    PROJECT_MISMATCH = "PROJECT_MISMATCH"
    UNKNOWN_CONTRACT = "UNKNOWN_CONTRACT"
    CONTRACT_MISMATCH = "CONTRACT_MISMATCH"
    INVOICE_NOT_FOUND = "INVOICE_NOT_FOUND"
    SUM_MISMATCH = "SUM_MISMATCH"
    DISPUTED = "DISPUTED"
    CLIENT_LINKED = "CLIENT_LINKED"
    ALREADY_IMPORTED = "ALREADY_IMPORTED"
    INVOICE_NOT_LISTED = "INVOICE_NOT_LISTED"
    OPENING_BALANCE_MISMATCH = "OPENING_BALANCE_MISMATCH"
    ORDER_UNKNOWN = "ORDER_UNKNOWN"
    ORDER_REMAINDER_MISMATCH = "ORDER_REMAINDER_MISMATCH"


class Obstacle(Struct, frozen=True, kw_only=True):
    """Why a project or document cannot be taken over as it was told, and what to do about it.

    `at` is the field of the file, as a JSON pointer inside the project.
    """

    code: ObstacleCode
    reason: str
    remedy: str
    at: str = ""


class Outcome(StrEnum):
    """What an import does, or would do, with one project."""

    WOULD_IMPORT = "would_import"
    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"


class ProjectReport(Struct, frozen=True, kw_only=True):
    """What an import does with one project: all that it writes, or nothing."""

    project_number: str
    outcome: Outcome
    writes: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()


class ImportReport(Struct, frozen=True):
    """What an import did, or would do when it is applied."""

    dry_run: bool
    projects: tuple[ProjectReport, ...]

"""The nouns of an import: opening balances, what stands against them, and what became of them."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from process_apis.adoption.records import NamedSources, Reason
from system_apis.canonical.money import Money
from system_apis.canonical.record import Text


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

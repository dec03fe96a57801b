"""The records that we know, and the ids of ours that they have.

An id of ours follows from the record that it was first given to, so that two processes that
meet a record at once give it the same. A record is never forgotten: one that turns out to be
a client that we know already keeps its old id as a tombstone, which still leads to it.
"""

import hashlib
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    String,
    Table,
    select,
    text,
)

from governance.access import current_caller
from store.columns import Instant
from store.database import Store, metadata

PREFIXES = {
    "client": "cl",
    "opportunity": "opp",
    "contract": "ct",
    "project": "pr",
    "time_entry": "te",
    "expense_line": "ex",
    "timesheet": "ts",
    "hours_forecast": "hf",
    "past_approval": "pa",
    "staffing_request": "sr",
    "booking": "bk",
    "task": "tk",
    "invoice": "inv",
    "credit_note": "cn",
    "ledger_project": "lp",
    "payment": "pay",
    "payable": "ap",
    "journal": "jr",
    "document": "doc",
    "change_request": "cr",
    "service_level_report": "sl",
    "employee": "em",
    "time_off": "to",
    "work_calendar": "cal",
    "vendor": "vn",
    "purchase_order": "po",
    "receipt": "rc",
    "bill": "vb",
}
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

cross_references = Table(
    "cross_references",
    metadata,
    Column("canonical_type", String, nullable=False),
    Column("canonical_id", String, primary_key=True),
    Column("system", String, primary_key=True),
    Column("instance", String, primary_key=True),
    Column("record_type", String, primary_key=True),
    Column("record_id", String, primary_key=True),
    Column("match_method", String, nullable=False),
    Column("confidence", String, nullable=False),
    Column("verified_by", String),
    Column("verified_at", Instant),
    Column("active", Boolean, nullable=False),
    Column("merged_into", String),
    Column("legal_entity", String),
    Column("created_at", Instant, nullable=False),
    Index(
        "cross_references_record",
        *("system", "instance", "record_type", "record_id"),
        unique=True,
        sqlite_where=text("active = 1"),
        postgresql_where=text("active"),
    ),
    Index("cross_references_canonical", "canonical_id"),
    Index(
        "cross_references_merged_into",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
    Index(
        "cross_references_given_up",
        *("system", "instance", "record_type", "record_id"),
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
)
_known = cross_references.c


class MatchMethod(StrEnum):
    """How it was found out that a record is the one that we know."""

    FIRST_MET = "first_met"
    CREATED_BY_US = "created_by_us"
    EXTERNAL_ID = "external_id"
    TAX_ID = "tax_id"
    MANUAL = "manual"
    IMPORTED = "imported"


class Match(Struct, frozen=True, kw_only=True):
    """The finding that a record is one that we know, and the person who verified it, if any."""

    method: MatchMethod
    confidence: Decimal = Decimal(1)
    verified_by: str | None = None


class Reference(Struct, frozen=True, kw_only=True):
    """One record of one system under an id of ours; an inactive one is a tombstone."""

    canonical_id: str
    system: str
    instance: str
    record_type: str
    record_id: str
    match_method: MatchMethod
    active: bool
    merged_into: str | None
    legal_entity: str | None


def is_hidden(legal_entity: str | None) -> bool:
    """Whether a record is known to be of a company that the caller does not see."""
    return legal_entity is not None and not current_caller().sees(legal_entity)


def mint(instance: str, record_type: str, record_id: str) -> str:
    """Return the id that a record gets when it is met for the first time."""
    seed = "\0".join((instance, record_type, record_id)).encode()
    number = int.from_bytes(hashlib.sha256(seed).digest()[:16])
    digits = "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
    return f"{PREFIXES[record_type]}_{digits}"


def is_first_id(canonical_id: str, instance: str, record_type: str, record_id: str) -> bool:
    """Whether a record still goes by the id that it got when it was met."""
    return canonical_id == mint(instance, record_type, record_id)


async def holders(store: Store, canonical_id: str) -> list[Reference]:
    """Return every record that an id of ours stands for, tombstones included, oldest first."""

    def query(connection: Connection) -> list[Reference]:
        rows = connection.execute(
            select(cross_references)
            .where(_known.canonical_id == canonical_id)
            .order_by(_known.active.desc(), _known.created_at, _known.instance)
        )
        return [
            Reference(
                canonical_id=row.canonical_id,
                system=row.system,
                instance=row.instance,
                record_type=row.record_type,
                record_id=row.record_id,
                match_method=MatchMethod(row.match_method),
                active=row.active,
                merged_into=row.merged_into,
                legal_entity=row.legal_entity,
            )
            for row in rows
        ]

    return await store.read(query)


async def names_of(store: Store, canonical_id: str) -> list[str]:
    """Return an id of ours and those that were merged into it, which all lead to its records."""
    query = select(_known.canonical_id).where(_known.merged_into == canonical_id).distinct()
    merged = await store.read(lambda connection: connection.execute(query).scalars().all())
    return [canonical_id, *sorted(merged)]


async def known_as(store: Store, instance: str, record_type: str, record_id: str) -> str | None:
    """Return the id of ours that a record of a system goes by, if it was ever met."""
    this = (
        _known.instance == instance,
        _known.record_type == record_type,
        _known.record_id == record_id,
    )
    standing = select(_known.canonical_id).where(*this, _known.active)
    given_up = select(_known.merged_into).where(*this, _known.merged_into.is_not(None))

    def query(connection: Connection) -> str | None:
        found = connection.execute(standing).scalar()
        return found or connection.execute(given_up).scalar()

    return await store.read(query)

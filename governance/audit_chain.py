"""The chain of the audit: every entry's hash covers the one before it, so a change shows.

The heads of the chain are written to a file outside the database now and then: who rewrites
the table, or cuts its end off, or restores an old copy and goes on, contradicts that file.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, Integer, String, Table, event, select, text

from store.database import metadata

FIRST_LINK = "0" * 64
TOLD = (
    "at",
    "actor",
    "client_id",
    "on_behalf_of",
    "action",
    "subject",
    "legal_entity",
    "before_hash",
    "after_hash",
    "reason",
    "trace_id",
)
# `at` is text as it was hashed, to the microsecond, so that no database rounds it.
audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    *(Column(name, String) for name in TOLD),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
_LAST = select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)


def refuse_changes(connection: Connection) -> None:
    """Let the database itself refuse to change or delete an entry."""
    for verb in ("UPDATE", "DELETE"):
        connection.execute(
            text(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            )
        )


@event.listens_for(audit, "after_create")
def _created(_: Table, connection: Connection, **__: object) -> None:
    if connection.dialect.name == "sqlite":
        refuse_changes(connection)


class Head(Struct, frozen=True):
    """The end of the chain at some time, as it is written outside the database."""

    sequence: int
    hash: str


class AuditVerdict(Struct, frozen=True):
    """Whether the chain is whole; if not, where it first breaks and how that shows."""

    entries: int
    first_bad_sequence: int | None = None
    reason: str | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing was changed, moved, added or cut off."""
        return self.first_bad_sequence is None


def head_of(connection: Connection) -> Head:
    """Return the last link of the chain."""
    row = connection.execute(_LAST).first()
    return Head(row.sequence, row.hash) if row else Head(0, FIRST_LINK)


def link(sequence: int, previous: str, told: tuple[object, ...]) -> str:
    """Return the hash of an entry: of what it tells, of its place and of the entry before it."""
    return hashlib.sha256(msgspec.json.encode((sequence, previous, told))).hexdigest()


def verify(connection: Connection, heads: Path | None = None) -> AuditVerdict:
    """Walk the chain once, in order, and say where it first breaks."""
    try:
        anchors = _anchors(heads) if heads else {}
    except msgspec.MsgspecError:
        return AuditVerdict(0, 1, "the heads outside the database cannot be read")
    before, sequence = FIRST_LINK, 0
    rows = connection.execution_options(yield_per=5_000).execute(
        select(audit).order_by(audit.c.sequence)
    )
    for row in rows:
        sequence += 1
        fault = _fault(tuple(row), sequence, before, anchors.get(sequence))
        if fault:
            return AuditVerdict(sequence, sequence, fault)
        before = row.hash
    return _ended(sequence, anchors, anchored=heads is not None)


def _ended(sequence: int, anchors: dict[int, str], *, anchored: bool) -> AuditVerdict:
    if max(anchors, default=0) > sequence:
        return AuditVerdict(sequence, sequence + 1, "entries are missing at the end")
    if anchored and sequence and not anchors:
        return AuditVerdict(sequence, 1, "no head was written outside the database")
    return AuditVerdict(sequence)


def _fault(row: tuple[object, ...], sequence: int, before: str, head: str | None) -> str | None:
    number, *told, previous, hashed = row
    if number != sequence:
        return "an entry is missing"
    if previous != before:
        return "it does not follow the entry before it"
    if hashed != link(sequence, before, tuple(told)):
        return "it was changed"
    if head is not None and hashed != head:
        return "it is not what was written outside the database"
    return None


def _anchors(heads: Path) -> dict[int, str]:
    """Return the heads by sequence; where two disagree the first one counts."""
    known: dict[int, str] = {}
    for head in _lines(heads):
        known.setdefault(head.sequence, head.hash)
    return known


def _lines(heads: Path) -> Iterator[Head]:
    if not heads.exists():
        return
    with heads.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line, type=Head)

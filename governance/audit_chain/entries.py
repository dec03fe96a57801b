"""The entries of the audit: every entry's hash covers the one before it in its stream.

An entry has two places: its sequence among all entries, for reading them in the order in which
they came, and its number in its stream, which is what the chain holds together. Entries from
before there were streams (`form` 1) are one chain over all of them; every stream goes on from
the end of that chain (`form` 2). See `docs/decisions/0008-audit-chain.md`.
"""

import hashlib

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    event,
    func,
    insert,
    select,
    text,
)

from governance.audit_chain.streams import Stream
from store.database import metadata

FIRST_LINK = "0" * 64
ONE_CHAIN, BY_STREAM = 1, 2
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
    Column("stream", String, nullable=False),
    Column("stream_sequence", Integer, nullable=False),
    Column("form", Integer, nullable=False),
    *(Column(name, String) for name in TOLD),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("stream", "stream_sequence", name="audit_by_stream"),
    Index("audit_by_subject", "subject", "sequence"),
)
# Made once: to make a statement costs more than to run it.
_INSERT = insert(audit)
_LAST = select(func.max(audit.c.sequence))
_LAST_OF_STREAM = (
    select(
        _LAST.scalar_subquery().label("last"),
        audit.c.sequence,
        audit.c.stream_sequence,
        audit.c.form,
        audit.c.hash,
    )
    .where(audit.c.stream == bindparam("stream"))
    .order_by(audit.c.stream_sequence.desc())
    .limit(1)
)
_END_OF_ONE_CHAIN = (
    select(audit.c.hash).where(audit.c.form == ONE_CHAIN).order_by(audit.c.sequence.desc()).limit(1)
)
_encode = msgspec.json.Encoder().encode


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


class StreamHead(Struct, frozen=True):
    """The end of a stream's chain at some time: its last entry."""

    stream: Stream
    number: int
    sequence: int
    hash: str


class Place(Struct, frozen=True):
    """Where the next entry of a stream stands, and which entry it follows."""

    stream: Stream
    sequence: int
    number: int
    previous: str


def next_place(connection: Connection, stream: Stream) -> Place:
    """Return the place of a stream's next entry; nobody else gets it within a unit of work."""
    last = connection.execute(_LAST_OF_STREAM, {"stream": stream}).first()
    if last is None:
        sequence = connection.execute(_LAST).scalar() or 0
        return Place(stream, sequence + 1, 1, _origin(connection))
    previous = last.hash if last.form == BY_STREAM else _origin(connection)
    return Place(stream, last.last + 1, last.stream_sequence + 1, previous)


def write(connection: Connection, place: Place, told: dict[str, str | None]) -> None:
    """Write an entry at its place."""
    connection.execute(
        _INSERT,
        {
            "sequence": place.sequence,
            "stream": place.stream,
            "stream_sequence": place.number,
            "form": BY_STREAM,
            "previous_hash": place.previous,
            "hash": link(place, tuple(told[name] for name in TOLD)),
            **told,
        },
    )


def head_of(connection: Connection, stream: Stream) -> StreamHead | None:
    """Return the last entry of a stream, if it has any."""
    last = connection.execute(_LAST_OF_STREAM, {"stream": stream}).first()
    return StreamHead(stream, last.stream_sequence, last.sequence, last.hash) if last else None


def link(place: Place, told: tuple[object, ...]) -> str:
    """Return the hash of an entry: of what it tells, of its places and of the entry before it."""
    return digest((place.stream, place.number, place.sequence, place.previous, told))


def digest(said: tuple[object, ...]) -> str:
    """Return the hash of all that an entry's hash covers."""
    return hashlib.sha256(_encode(said)).hexdigest()


def _origin(connection: Connection) -> str:
    """Return what a stream's first link follows: the end of the one chain that was before."""
    return connection.execute(_END_OF_ONE_CHAIN).scalar() or FIRST_LINK

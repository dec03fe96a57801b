"""Accepted commands: each business key once, with the hash of its input beside it.

The row is committed before the engine is told, so that nothing accepted is lost: what
the engine never heard of is found among the `unended` and sent again. What a command begins
and ends with is published in the same units of work.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct, structs
from sqlalchemy import (
    Column,
    Connection,
    Index,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row

from observability.stretch import Origin
from process_apis.errors import Conflict
from process_apis.events.event import Event
from process_apis.events.published import told
from process_apis.outbox import put_out
from store.columns import Instant
from store.database import Store, metadata

commands = Table(
    "commands",
    metadata,
    Column("key", String, primary_key=True),
    Column("process", String, nullable=False),
    Column("input_hash", String, nullable=False),
    Column("event", Text, nullable=False),
    Column("started_by", String, nullable=False),
    Column("traceparent", String),
    Column("tracestate", String),
    Column("follows", String),
    Column("status", String, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("outcome", Text),
    Index("commands_by_status", "status"),
)


_ACCEPT = insert(commands)
_MARK = (
    update(commands)
    .where(commands.c.key == bindparam("of"))
    .values({name: bindparam(name) for name in ("status", "outcome", "finished_at")})
)
_BY_KEY = select(commands).where(commands.c.key == bindparam("key"))


class CommandStatus(StrEnum):
    """How far an accepted command has come."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    PARKED = "parked"
    DONE = "done"
    CANCELLED = "cancelled"


class KeyConflict(Conflict):
    """The business key is taken by another input."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} was accepted before with another input")
        self.key = key


class Command(Struct, frozen=True, kw_only=True):
    """One accepted command. `started_by` is the person or client it acts on behalf of."""

    key: str
    process: str
    started_by: str
    status: CommandStatus
    accepted_at: datetime
    traceparent: str | None = None
    tracestate: str | None = None
    follows: str | None = None
    finished_at: datetime | None = None
    outcome: str | None = None

    @property
    def origin(self) -> Origin:
        """Return where in which trace its work begins."""
        return Origin(self.traceparent, self.tracestate, self.follows)


class Commands:
    """The register of business keys."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def accept(self, event: Event, command: Command) -> Command:
        """Return the command of the event's business key, new or as it stands.

        Raises `KeyConflict` when the key was accepted with another input.
        """
        text = msgspec.json.encode(event)
        digest = hashlib.sha256(text).hexdigest()

        row = {
            "key": command.key,
            "process": command.process,
            "input_hash": digest,
            "event": text.decode(),
            "started_by": command.started_by,
            **structs.asdict(command.origin),
            "status": command.status,
            "accepted_at": command.accepted_at,
        }

        def work(connection: Connection) -> Command:
            known = connection.execute(_BY_KEY, {"key": command.key}).first()
            if known is None:
                connection.execute(_ACCEPT, row)
                _publish(connection, event, command.accepted_at)
            elif known.input_hash != digest:
                raise KeyConflict(command.key)
            else:
                return _command(known)
            return command

        return await self._store.write(work)

    async def find(self, key: str) -> Command | None:
        """Return the command of a key, if it was accepted."""

        def query(connection: Connection) -> Command | None:
            row = connection.execute(_BY_KEY, {"key": key}).first()
            return _command(row) if row else None

        return await self._store.read(query)

    async def begun_with(self, key: str) -> list[Command]:
        """Return a command and those that carry its work on, whose keys begin with its own."""

        def query(connection: Connection) -> list[Command]:
            rows = connection.execute(
                select(commands)
                .where(
                    (commands.c.key == key) | commands.c.key.startswith(f"{key}:", autoescape=True)
                )
                .order_by(commands.c.accepted_at)
            ).all()
            return [_command(row) for row in rows]

        return await self._store.read(query)

    async def unended(self, *, before: datetime) -> list[str]:
        """Return the keys of what was accepted before a moment and has not ended."""
        query = (
            select(commands.c.key)
            .where(commands.c.status == CommandStatus.ACCEPTED)
            .where(commands.c.accepted_at <= before)
            .order_by(commands.c.accepted_at)
        )
        return await self._store.read(lambda connection: [*connection.execute(query).scalars()])

    async def with_event(self, key: str) -> tuple[Command, Event]:
        """Return an accepted command and its event."""
        row = await self._store.read(lambda connection: _row(connection, key))
        return _command(row), _event(row)

    async def events_of(self, keys: Sequence[str]) -> dict[str, Event]:
        """Return the events of those of some keys whose commands are there."""

        def query(connection: Connection) -> dict[str, Event]:
            found = dict[str, Event]()
            for start in range(0, len(keys), 500):
                some = select(commands).where(commands.c.key.in_(keys[start : start + 500]))
                found |= {row.key: _event(row) for row in connection.execute(some)}
            return found

        return await self._store.read(query)

    async def new_among(self, events: Sequence[Event]) -> list[Event]:
        """Return the events whose business keys were never accepted, in their order."""
        keys = [each.business_key for each in events]

        def query(connection: Connection) -> set[str]:
            known = set[str]()
            for start in range(0, len(keys), 500):
                some = commands.c.key.in_(keys[start : start + 500])
                known |= set(connection.execute(select(commands.c.key).where(some)).scalars())
            return known

        known = await self._store.read(query)
        return [each for key, each in zip(keys, events, strict=True) if key not in known]

    async def end(self, key: str, following: Event | None, *, at: datetime) -> None:
        """Write down that a command is done, and publish the event that it ended in, if any."""
        outcome = following.business_key if following else None
        reached = {"status": CommandStatus.DONE, "outcome": outcome, "finished_at": at}

        def work(connection: Connection) -> None:
            connection.execute(_MARK, {"of": key, **reached})
            if following is not None:
                _publish(connection, following, at)

        await self._store.write(work)

    async def mark(
        self, key: str, status: CommandStatus, *, at: datetime, outcome: str | None = None
    ) -> None:
        """Write down how far a command has come."""
        ended = status in {CommandStatus.DONE, CommandStatus.CANCELLED}
        reached = {"status": status, "outcome": outcome, "finished_at": at if ended else None}
        await self._store.write(
            lambda connection: connection.execute(_MARK, {"of": key, **reached}).close()
        )


def _publish(connection: Connection, event: Event, at: datetime) -> None:
    """Let those who subscribe be told of an event, once, if it is one that is published."""
    if out := told(event, at):
        put_out(connection, out)


def _row(connection: Connection, key: str) -> Row[tuple[object, ...]]:
    return connection.execute(_BY_KEY, {"key": key}).one()


def _event(row: Row[tuple[object, ...]]) -> Event:
    event: Event = msgspec.json.decode(row.event, type=Event)
    return event


def _command(row: Row[tuple[object, ...]]) -> Command:
    return Command(
        key=row.key,
        process=row.process,
        started_by=row.started_by,
        status=CommandStatus(row.status),
        accepted_at=row.accepted_at,
        traceparent=row.traceparent,
        tracestate=row.tracestate,
        follows=row.follows,
        finished_at=row.finished_at,
        outcome=row.outcome,
    )

"""The inbox: every genuine message of a system, kept once under its source and id.

A message is taken in one unit of work, so that of any number of equal ones that come at the
same time one is new. Its body is kept for as long as somebody may have to look at it, its
hash for longer than a sender goes on sending it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    LargeBinary,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row

from governance.audit import Audit, AuditEntry
from store.columns import Instant
from store.database import Store, metadata
from system_apis.webhooks import Hint

hints = Table(
    "hints",
    metadata,
    Column("id", String, primary_key=True),
    Column("instance", String, nullable=False),
    Column("hint_id", String, nullable=False),
    Column("body_hash", String, nullable=False),
    Column("type", String),
    Column("subject", String),
    Column("sequence", BigInteger),
    Column("body", LargeBinary),
    Column("status", String, nullable=False),
    Column("trouble", String),
    Column("received_at", Instant, nullable=False),
    Column("waits_since", Instant, nullable=False),
    Column("settled_at", Instant),
    Index("hints_by_hint", "instance", "hint_id"),
    Index("hints_by_status", "status", "received_at"),
)
# Senders give up after three days at most; a repeat is known for ten times as long. [P]
KEPT_FOR = timedelta(days=30)


class Outcome(StrEnum):
    """What became of a message when it came in."""

    RECEIVED = "received"
    REPEATED = "repeated"
    HELD = "held"


class HintStatus(StrEnum):
    """Whether a message is still to be followed, and by whom."""

    WAITING = "waiting"
    FOLLOWED = "followed"
    HELD = "held"
    DROPPED = "dropped"


class Trouble(StrEnum):
    """Why a message needs a person."""

    UNREADABLE = "UNREADABLE_MESSAGE"
    OTHER_BODY = "SAME_ID_OTHER_BODY"
    NOT_SHOWN = "CHANGE_NOT_SHOWN"


class Received(Struct, frozen=True, kw_only=True):
    """A message as it is kept."""

    id: str
    instance: str
    hint_id: str
    sequence: int | None
    body: bytes | None
    status: HintStatus
    trouble: Trouble | None
    received_at: datetime
    waits_since: datetime


class Inbox:
    """The messages of all systems."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def take(self, instance: str, body: bytes, hint: Hint | None, *, at: datetime) -> Outcome:
        """Keep a genuine message unless it is known; one that nobody can read is held."""
        body_hash = hashlib.sha256(body).hexdigest()
        hint_id = hint.id if hint else f"unreadable:{body_hash}"

        def work(connection: Connection) -> Outcome:
            here = (hints.c.instance == instance) & (hints.c.hint_id == hint_id)
            known = set(connection.execute(select(hints.c.body_hash).where(here)).scalars())
            if body_hash in known:
                return Outcome.REPEATED
            trouble = Trouble.OTHER_BODY if known else None
            trouble = Trouble.UNREADABLE if hint is None else trouble
            row = {
                "id": _id(instance, hint_id, body_hash),
                "instance": instance,
                "hint_id": hint_id,
                "body_hash": body_hash,
                "type": hint.type if hint else None,
                "subject": hint.subject if hint else None,
                "sequence": hint.sequence if hint else None,
                "body": body,
                "status": HintStatus.HELD if trouble else HintStatus.WAITING,
                "trouble": trouble,
                "received_at": at,
                "waits_since": at,
            }
            connection.execute(insert(hints).values(**row))
            done = "held" if trouble else "received"
            self._audit.append(
                connection, _entry(instance, f"hint.{done}", str(row["id"]), trouble)
            )
            return Outcome(done)

        return await self._store.write(work)

    async def of_status(self, status: HintStatus) -> list[Received]:
        """Return the messages that wait for us, or for a person, the oldest first."""

        def query(connection: Connection) -> list[Received]:
            rows = connection.execute(
                select(hints)
                .where(hints.c.status == status)
                .order_by(hints.c.received_at, hints.c.id)
                .limit(1000)
            ).all()
            return [_received(row) for row in rows]

        return await self._store.read(query)

    async def get(self, key: str) -> Received:
        """Return one message."""
        query = select(hints).where(hints.c.id == key)
        return await self._store.read(lambda connection: _received(connection.execute(query).one()))

    async def followed(self, keys: Sequence[str], *, at: datetime) -> None:
        """Write down that what messages hinted at was looked at, and forget their bodies."""
        ended = {"status": HintStatus.FOLLOWED, "body": None, "settled_at": at}

        def work(connection: Connection) -> None:
            for start in range(0, len(keys), 500):
                some = hints.c.id.in_(keys[start : start + 500])
                waiting = hints.c.status == HintStatus.WAITING
                connection.execute(update(hints).where(some, waiting).values(**ended))

        await self._store.write(work)

    async def hold(self, message: Received, trouble: Trouble, *, at: datetime) -> None:
        """Leave a message to a person."""
        held = {"status": HintStatus.HELD, "trouble": trouble, "waits_since": at}
        await self._move(message, HintStatus.WAITING, held, trouble)

    async def release(self, message: Received, hint: Hint | None, *, at: datetime) -> None:
        """Have a message followed that was left to a person, by what it says now if that is new."""
        let_go: dict[str, object] = {
            "status": HintStatus.WAITING,
            "trouble": None,
            "waits_since": at,
        }
        if hint is not None:
            let_go |= {
                "type": hint.type,
                "subject": hint.subject,
                "sequence": hint.sequence,
            }
        await self._move(message, HintStatus.HELD, let_go)

    async def drop(self, message: Received, *, at: datetime) -> None:
        """Write down that a message is not followed."""
        ended = {"status": HintStatus.DROPPED, "body": None, "settled_at": at}
        await self._move(message, HintStatus.HELD, ended)

    async def forget(self, *, now: datetime) -> None:
        """Forget messages that are done with and that nobody sends again."""
        done = hints.c.settled_at < now - KEPT_FOR
        await self._store.write(
            lambda connection: connection.execute(delete(hints).where(done)).close()
        )

    async def _move(
        self,
        message: Received,
        was: HintStatus,
        values: Mapping[str, object],
        reason: str | None = None,
    ) -> None:
        """Change a message that is still as it was, with an entry; done again it does nothing."""

        def work(connection: Connection) -> None:
            still = (hints.c.id == message.id) & (hints.c.status == was)
            if connection.execute(update(hints).where(still).values(**values)).rowcount:
                action = f"hint.{values['status']}"
                self._audit.append(connection, _entry(message.instance, action, message.id, reason))

        await self._store.write(work)


def _entry(instance: str, action: str, subject: str, reason: str | None) -> AuditEntry:
    return AuditEntry(
        actor=f"webhook:{instance}",
        client_id=instance,
        action=action,
        subject=subject,
        reason=reason,
    )


def _id(instance: str, hint_id: str, body_hash: str) -> str:
    """Return our own name of a message: what a sender chose is no part of it."""
    said = "\n".join((instance, hint_id, body_hash))
    return f"ntc_{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def _received(row: Row[tuple[object, ...]]) -> Received:
    fields = {name: getattr(row, name) for name in Received.__struct_fields__}
    fields["status"] = HintStatus(fields["status"])
    if fields["trouble"]:
        fields["trouble"] = Trouble(fields["trouble"])
    return Received(**fields)

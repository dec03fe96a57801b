"""The audit: who did what to which record, and why.

An entry is written in the unit of work of what it tells about, so that neither exists
without the other. How the entries are chained stands in `audit_chain.py`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, select

from governance.access import Caller
from governance.audit_chain import TOLD, AuditVerdict, audit, head_of, link, verify
from store.database import Store

_APPEND = insert(audit)


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One thing that was done, or refused: by whom, for whom, to what and why."""

    actor: str
    client_id: str
    action: str
    subject: str
    on_behalf_of: str | None = None
    legal_entity: str | None = None
    before_hash: str | None = None
    after_hash: str | None = None
    reason: str | None = None
    trace_id: str | None = None

    @classmethod
    def by(cls, caller: Caller, action: str, subject: str, **more: str | None) -> "AuditEntry":
        """Return the entry of something that a caller did."""
        return cls(
            actor=caller.subject,
            client_id=caller.client_id,
            on_behalf_of=caller.on_behalf_of,
            action=action,
            subject=subject,
            **more,
        )


class AuditRecord(AuditEntry, frozen=True, kw_only=True):
    """An entry as it stands in the chain."""

    sequence: int
    at: str
    previous_hash: str
    hash: str


class Audit:
    """The chain of one store, and the file that its heads are written to."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], heads: Path, *, every: int = 10
    ) -> None:
        self._store, self._clock, self._heads, self._every = store, clock, heads, every
        self._unanchored = every - 1  # the first entry of a process is anchored at once

    def append(self, connection: Connection, entry: AuditEntry) -> int:
        """Write an entry in a unit of work that is running, and return its sequence number.

        Call `anchor_if_due` when the unit of work is committed.
        """
        last = head_of(connection)
        values = {**msgspec.structs.asdict(entry), "at": _moment(self._clock())}
        sequence = last.sequence + 1
        hashed = link(sequence, last.hash, tuple(values[name] for name in TOLD))
        chained = {"sequence": sequence, "previous_hash": last.hash, "hash": hashed}
        connection.execute(_APPEND, values | chained)
        self._unanchored += 1
        return sequence

    async def record(self, entry: AuditEntry) -> None:
        """Write an entry in a unit of work of its own."""
        await self._store.write(lambda connection: self.append(connection, entry))
        await self.anchor_if_due()

    async def anchor_if_due(self) -> None:
        """Write the head outside the database when enough entries have come since the last."""
        if self._unanchored >= self._every:
            await self.anchor()

    async def anchor(self) -> None:
        """Write the head of the chain to the file outside the database."""
        self._unanchored = 0
        await self._store.read(self._write_head)

    async def records(self, *, after: int = 0, limit: int = 100) -> list[AuditRecord]:
        """Return the entries that follow a sequence number, in order."""
        query = select(audit).where(audit.c.sequence > after).order_by(audit.c.sequence)

        def read(connection: Connection) -> list[AuditRecord]:
            rows = connection.execute(query.limit(limit))
            return [msgspec.convert(row, AuditRecord, from_attributes=True) for row in rows]

        return await self._store.read(read)

    async def verdict(self) -> AuditVerdict:
        """Return whether the chain is whole and agrees with the heads outside the database."""
        return await self._store.read(lambda connection: verify(connection, self._heads))

    def _write_head(self, connection: Connection) -> None:
        head = head_of(connection)
        self._heads.parent.mkdir(parents=True, exist_ok=True)
        with self._heads.open("ab") as file:
            file.write(msgspec.json.encode(head) + b"\n")


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")

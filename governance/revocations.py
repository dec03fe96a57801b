"""Tokens that must not be taken any more, although they have not expired."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from sqlalchemy import Column, Connection, Integer, String, Table, delete, insert, select

from governance.audit import Audit, AuditEntry
from store.database import Store, metadata

TABLE = Table(
    "revoked_tokens",
    metadata,
    Column("jti", String, primary_key=True),
    Column("until", Integer, nullable=False, index=True),
)


class Revocations(Protocol):
    """Says which tokens are revoked; asked on every request, so it answers from memory."""

    def is_revoked(self, jti: str) -> bool:
        """Whether the token with this id was revoked."""


class RevokedTokens:
    """Revocations held in this process's memory until the tokens would have expired."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}

    def revoke(self, jti: str, until: datetime) -> None:
        """Refuse a token from now on; `until` is when nobody would take it anyway."""
        now = self._clock()
        self._until = {known: end for known, end in self._until.items() if end > now}
        self._until[jti] = until

    def is_revoked(self, jti: str) -> bool:
        """Whether the token with this id was revoked."""
        return jti in self._until


class KeptRevocations:
    """Revocations that every process on a store learns of, and that no restart forgets.

    A process knows of its own at once, and of another's when it next calls `refresh`.
    """

    def __init__(self, store: Store, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._store, self._audit, self._clock = store, audit, clock
        self._until: dict[str, int] = {}

    def is_revoked(self, jti: str) -> bool:
        """Whether the token with this id was revoked."""
        return jti in self._until

    def revoke(self, jti: str, until: datetime, entry: AuditEntry) -> None:
        """Refuse a token from now on, and say so in the audit; call it from a thread."""
        self._store.write_waiting(lambda connection: self.note(connection, jti, until, entry))
        self.taken(jti, until)

    def note(self, connection: Connection, jti: str, until: datetime, entry: AuditEntry) -> None:
        """Write a revocation in a unit of work that is running; a second one changes nothing."""
        if connection.execute(select(TABLE.c.jti).where(TABLE.c.jti == jti)).first():
            return
        now, end = int(self._clock().timestamp()), int(until.timestamp()) + 1
        connection.execute(delete(TABLE).where(TABLE.c.until <= now))
        connection.execute(insert(TABLE).values(jti=jti, until=end))
        self._audit.append(connection, entry)

    def taken(self, jti: str, until: datetime) -> None:
        """Know of a revocation that was written."""
        self._until = {**self._until, jti: int(until.timestamp()) + 1}

    async def refresh(self) -> None:
        """Learn what was revoked by any process, and forget what has expired."""
        now = int(self._clock().timestamp())
        query = select(TABLE.c.jti, TABLE.c.until).where(TABLE.c.until > now)

        def read(connection: Connection) -> dict[str, int]:
            return {row.jti: row.until for row in connection.execute(query)}

        found = await self._store.read(read)
        living = {jti: end for jti, end in self._until.items() if end > now}
        self._until = living | found

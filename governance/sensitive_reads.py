"""Who was shown what is sensitive: on record before it is shown, many reads in one unit of work."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from governance.access import current_caller
from governance.audit import Audit, AuditEntry, AuditRecord
from governance.audit_chain.reading import Question
from observability.tracing import current_trace_id
from store.database import Store


class NotRecorded(Exception):
    """A read could not be put on record, so nothing of it may be shown; it may be tried again."""


class SensitiveReads:
    """Writes an entry of every read of an operation that is declared sensitive.

    Reads that come while others are being written share the next unit of work. No more than
    `at_most` wait, and none longer than `within` seconds.
    """

    def __init__(
        self, audit: Audit, store: Store, *, at_most: int = 1_000, within: float = 5.0
    ) -> None:
        self._audit, self._store = audit, store
        self._at_most, self._within = at_most, within
        self._waiting: list[AuditEntry] = []
        self._written: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def record(
        self, operation: str, subject: str, *, legal_entity: str | None, records: int
    ) -> None:
        """Return when it is written who reads what and how many records, or raise `NotRecorded`.

        What the records say is never written.
        """
        if len(self._waiting) >= self._at_most:
            raise NotRecorded("too many reads wait to be put on record")
        entry = AuditEntry.by(
            current_caller(),
            f"read.{operation}",
            subject,
            legal_entity=legal_entity,
            reason=f"{records} {'record' if records == 1 else 'records'}",
            trace_id=current_trace_id(),
        )
        self._waiting.append(entry)
        if self._written is None:
            self._written = asyncio.create_task(self._write())
        try:
            async with asyncio.timeout(self._within):
                await asyncio.shield(self._written)
        except (SQLAlchemyError, TimeoutError) as error:
            raise NotRecorded("the read could not be put on record") from error

    async def of_audit(self, question: Question, *, page: int) -> tuple[list[AuditRecord], bool]:
        """Return a page of the audit, which is sensitive itself, and whether there is more."""
        found = await self._audit.records(question, limit=page + 1)
        shown = found[:page]
        await self.record(
            "governance.audit", question.told(), legal_entity=None, records=len(shown)
        )
        return shown, len(found) > page

    async def _write(self) -> None:
        """Write everything that waits when the turn comes."""
        async with self._turn:
            entries, self._waiting, self._written = self._waiting, [], None
            await self._store.write(
                lambda connection: [self._audit.append(connection, entry) for entry in entries]
            )
        await self._audit.anchor_if_due()

"""Reminders: one of each level for an invoice, written once and sent by a person or not at all."""

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    String,
    Table,
    insert,
    select,
    update,
)

from governance.access import Caller
from governance.audit import Audit, AuditEntry
from process_apis.errors import NoSuchRecord
from process_apis.project_to_cash.receivables import Reminder, ReminderStatus
from store.database import Store, metadata

reminders = Table(
    "reminders",
    metadata,
    Column("id", String, primary_key=True),
    Column("invoice_id", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("status", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("reminders_by_invoice", "invoice_id"),
)


class Reminders:
    """Strata's own record of reminders."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def draft(self, reminder: Reminder, *, by: Caller) -> Reminder:
        """Write a draft down; the reminder of a level is written once."""

        def work(connection: Connection) -> Reminder:
            known = _find(connection, reminder.id)
            if known is not None:
                return known
            connection.execute(insert(reminders).values(**_row(reminder)))
            self._audit.append(connection, _told(by, reminder))
            return reminder

        return await self._store.write(work)

    async def ended(self, reminder: Reminder, *, by: Caller) -> Reminder:
        """Write down what became of a draft; said again, it stays as it was said first."""

        def work(connection: Connection) -> Reminder:
            known = _find(connection, reminder.id)
            if known is not None and known.status is not ReminderStatus.DRAFT:
                return known
            where = reminders.c.id == reminder.id
            connection.execute(update(reminders).where(where).values(**_row(reminder)))
            self._audit.append(connection, _told(by, reminder))
            return reminder

        return await self._store.write(work)

    async def get(self, reminder_id: str) -> Reminder:
        """Return one reminder, or raise `NoSuchRecord`."""
        found = await self._store.read(lambda connection: _find(connection, reminder_id))
        if found is None:
            raise NoSuchRecord(f"there is no reminder {reminder_id}")
        return found

    async def listed(
        self, *, entities: frozenset[str] | None = None, invoice_id: str | None = None
    ) -> list[Reminder]:
        """Return reminders by invoice and level."""
        query = select(reminders.c.record)
        if entities is not None:
            query = query.where(reminders.c.legal_entity.in_(sorted(entities)))
        if invoice_id:
            query = query.where(reminders.c.invoice_id == invoice_id)
        found = await self._store.read(
            lambda connection: [
                msgspec.json.decode(row.record, type=Reminder) for row in connection.execute(query)
            ]
        )
        return sorted(found, key=lambda each: (each.invoice_id, each.level))


def _find(connection: Connection, reminder_id: str) -> Reminder | None:
    row = connection.execute(
        select(reminders.c.record).where(reminders.c.id == reminder_id)
    ).first()
    return msgspec.json.decode(row.record, type=Reminder) if row else None


def _row(reminder: Reminder) -> dict[str, object]:
    return {
        "id": reminder.id,
        "invoice_id": reminder.invoice_id,
        "legal_entity": reminder.legal_entity,
        "status": reminder.status,
        "record": msgspec.json.encode(reminder),
    }


def _told(by: Caller, reminder: Reminder) -> AuditEntry:
    return AuditEntry.by(
        by,
        f"reminder.{reminder.status}",
        reminder.id,
        legal_entity=reminder.legal_entity,
        reason=reminder.text,
    )

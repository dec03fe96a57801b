"""Reminders: one of each level for an invoice, written once and sent by a person or not at all."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
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
from process_apis.listing import Listing, recorded
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
    Column("drafted_on", Date, nullable=False),
    Index("reminders_by_invoice", "invoice_id"),
    Index("reminders_listed", "legal_entity", "drafted_on", "id"),
)

REMINDERS = Listing(
    name="reminders",
    order=(reminders.c.drafted_on, reminders.c.id),
    read=recorded(Reminder),
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

    async def of_invoices(self, invoice_ids: Sequence[str]) -> dict[str, list[Reminder]]:
        """Return every reminder of some invoices, by invoice."""

        def query(connection: Connection) -> dict[str, list[Reminder]]:
            found: dict[str, list[Reminder]] = {each: [] for each in invoice_ids}
            for start in range(0, len(invoice_ids), 500):
                some = reminders.c.invoice_id.in_(invoice_ids[start : start + 500])
                for each in _where(connection, some):
                    found[each.invoice_id].append(each)
            return found

        return await self._store.read(query)


def _where(connection: Connection, some: ColumnElement[bool]) -> list[Reminder]:
    rows = connection.execute(select(reminders.c.record).where(some))
    return [msgspec.json.decode(row.record, type=Reminder) for row in rows]


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
        "drafted_on": reminder.drafted_on,
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

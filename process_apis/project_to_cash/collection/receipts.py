"""Receipts: the money that ERPs booked, with what each was applied to and how that was found."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Date,
    Index,
    Integer,
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
from process_apis.project_to_cash.receivables import Application, Match, Receipt
from store.database import Store, metadata
from system_apis.canonical.billing import Payment

receipts = Table(
    "receipts",
    metadata,
    Column("id", String, primary_key=True),
    Column("legal_entity", String, nullable=False),
    Column("date", Date, nullable=False),
    Column("placed", Integer, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("receipts_listed", "legal_entity", "date", "id"),
    Index("receipts_unplaced", "legal_entity", "placed", "date", "id"),
)

RECEIPTS = Listing(
    name="receipts",
    order=(receipts.c.date, receipts.c.id),
    read=recorded(Receipt),
)
UNPLACED = RECEIPTS.where(receipts.c.placed == 0)


class Receipts:
    """Strata's own record of money received; the ERP's books are the truth it follows."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def note(
        self,
        payment: Payment,
        instance: str,
        found: Mapping[str, Match],
        *,
        by: Caller,
        at: datetime,
    ) -> Receipt:
        """Write a payment down as its ERP has it; what was read earlier changes nothing.

        `found` says of invoices' numbers how the money was found to be theirs.
        """

        def work(connection: Connection) -> Receipt:
            known = _find(connection, payment.id)
            now = _receipt(payment, instance, known, found, at)
            if known == now or (known and _is_older(now, known)):
                return known
            if known is None:
                connection.execute(insert(receipts).values(**_row(now)))
            else:
                where = receipts.c.id == now.id
                connection.execute(update(receipts).where(where).values(**_row(now)))
            entry = AuditEntry.by(
                by,
                "receipt.noted",
                now.id,
                legal_entity=now.legal_entity,
                reason=f"{now.amount} received, {now.unapplied} unapplied",
            )
            self._audit.append(connection, entry)
            return now

        return await self._store.write(work)

    async def get(self, receipt_id: str) -> Receipt:
        """Return one receipt, or raise `NoSuchRecord`."""
        found = await self._store.read(lambda connection: _find(connection, receipt_id))
        if found is None:
            raise NoSuchRecord(f"there is no receipt {receipt_id}")
        return found

    async def unplaced(self, entities: frozenset[str]) -> list[Receipt]:
        """Return the receipts that have unapplied money, oldest first."""
        table = receipts
        query = (
            select(table.c.record)
            .where(table.c.legal_entity.in_(sorted(entities)), table.c.placed == 0)
            .order_by(table.c.date, table.c.id)
        )
        return await self._store.read(
            lambda connection: [
                msgspec.json.decode(row.record, type=Receipt) for row in connection.execute(query)
            ]
        )


def _is_older(now: Receipt, known: Receipt) -> bool:
    return now.as_of is not None and known.as_of is not None and now.as_of < known.as_of


def _receipt(
    payment: Payment,
    instance: str,
    known: Receipt | None,
    found: Mapping[str, Match],
    at: datetime,
) -> Receipt:
    before = {each.invoice_number: each.match for each in known.applications} if known else {}
    matches = {str(payment.invoice_number): Match.NAMED, **before, **found}
    return Receipt(
        id=payment.id,
        instance=instance,
        legal_entity=payment.legal_entity,
        client_number=payment.client_number,
        date=payment.date,
        amount=payment.amount,
        remittance=payment.reference,
        applications=tuple(
            Application(
                invoice_number=each.invoice_number,
                amount=each.amount,
                match=matches.get(each.invoice_number, Match.PERSON),
            )
            for each in payment.applications
        ),
        unapplied=payment.unapplied,
        noted_at=known.noted_at if known else at,
        as_of=payment.source.updated_at,
    )


def _find(connection: Connection, receipt_id: str) -> Receipt | None:
    row = connection.execute(select(receipts.c.record).where(receipts.c.id == receipt_id)).first()
    return msgspec.json.decode(row.record, type=Receipt) if row else None


def _row(receipt: Receipt) -> dict[str, object]:
    return {
        "id": receipt.id,
        "legal_entity": receipt.legal_entity,
        "date": receipt.date,
        "placed": int(not receipt.unapplied),
        "record": msgspec.json.encode(receipt),
    }

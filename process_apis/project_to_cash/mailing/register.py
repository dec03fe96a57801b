"""The register of mails: one of each invoice and credit note, whatever is repeated."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    String,
    Table,
    exists,
    insert,
    select,
    update,
)

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from process_apis.errors import NoSuchRecord
from process_apis.events.mails import CreditNoteMailDue, InvoiceMailDue
from process_apis.listing import Listing, recorded
from process_apis.project_to_cash.ledger.tables import client_credit_notes, client_invoices
from process_apis.project_to_cash.mailing.records import InvoiceMail, MailStatus
from store.columns import Instant
from store.database import Store, metadata

invoice_mails = Table(
    "invoice_mails",
    metadata,
    Column("document_id", String, primary_key=True),
    Column("invoice_id", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("status", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("drafted_at", Instant, nullable=False),
    Index("invoice_mails_listed", "legal_entity", "drafted_at", "document_id"),
)

MAILS = Listing(
    name="mails",
    order=(invoice_mails.c.drafted_at, invoice_mails.c.document_id),
    read=recorded(InvoiceMail),
)


class MailRegister:
    """Strata's own record of what reached clients by mail."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def due(
        self, entities: frozenset[str], since: datetime
    ) -> list[InvoiceMailDue | CreditNoteMailDue]:
        """Return what was posted since a moment and has no mail yet."""
        return await self._store.read(
            lambda connection: [
                *(
                    InvoiceMailDue(invoice_id=one, legal_entity=company)
                    for one, company in _posted(connection, client_invoices, entities, since)
                ),
                *(
                    CreditNoteMailDue(credit_note_id=one, legal_entity=company)
                    for one, company in _posted(connection, client_credit_notes, entities, since)
                ),
            ]
        )

    async def written(self, mail: InvoiceMail) -> InvoiceMail:
        """Write a new mail down; a document's mail is written once."""
        by = current_caller()

        def work(connection: Connection) -> InvoiceMail:
            known = _find(connection, mail.document_id)
            if known is not None:
                return known
            connection.execute(insert(invoice_mails).values(**_row(mail)))
            self._audit.append(connection, _told(by, mail))
            return mail

        return await self._store.write(work)

    async def moved(self, mail: InvoiceMail, *, out_of: Collection[MailStatus]) -> InvoiceMail:
        """Write down what became of a mail, unless it is out of those states already."""
        by = current_caller()

        def work(connection: Connection) -> InvoiceMail:
            known = _find(connection, mail.document_id)
            if known is not None and known.status not in out_of:
                return known
            where = invoice_mails.c.document_id == mail.document_id
            connection.execute(update(invoice_mails).where(where).values(**_row(mail)))
            self._audit.append(connection, _told(by, mail))
            return mail

        return await self._store.write(work)

    async def find(self, document_id: str) -> InvoiceMail | None:
        """Return the mail of a document, if there is one."""
        return await self._store.read(lambda connection: _find(connection, document_id))

    async def get(self, document_id: str) -> InvoiceMail:
        """Return the mail of a document, or raise `NoSuchRecord`."""
        found = await self.find(document_id)
        if found is None:
            raise NoSuchRecord(f"there is no mail of {document_id}")
        return found


def _posted(
    connection: Connection, table: Table, entities: frozenset[str], since: datetime
) -> Sequence[tuple[str, str]]:
    """Return the ids and companies of what a table has that was posted since, without a mail."""
    mailed = exists().where(invoice_mails.c.document_id == table.c.id)
    rows = connection.execute(
        select(table.c.id, table.c.legal_entity)
        .where(table.c.posted_at >= since, ~mailed)
        .order_by(table.c.posted_at, table.c.id)
    )
    return [(row.id, row.legal_entity) for row in rows if row.legal_entity in entities]


def _find(connection: Connection, document_id: str) -> InvoiceMail | None:
    row = connection.execute(
        select(invoice_mails.c.record).where(invoice_mails.c.document_id == document_id)
    ).first()
    return msgspec.json.decode(row.record, type=InvoiceMail) if row else None


def _row(mail: InvoiceMail) -> dict[str, object]:
    return {
        "document_id": mail.document_id,
        "invoice_id": mail.invoice_id,
        "legal_entity": mail.legal_entity,
        "status": mail.status,
        "drafted_at": mail.drafted_at,
        "record": msgspec.json.encode(mail),
    }


def _told(by: Caller, mail: InvoiceMail) -> AuditEntry:
    """Return what the audit says: of which document, who said it may leave, or why it does not."""
    approved = f"approved by {mail.approved_by}" if mail.approved_by else None
    return AuditEntry.by(
        by,
        f"invoice_mail.{mail.status}",
        mail.document_id,
        legal_entity=mail.legal_entity,
        after_hash=hashlib.sha256(msgspec.json.encode(mail.text)).hexdigest(),
        reason=mail.reason or approved or mail.subject,
    )

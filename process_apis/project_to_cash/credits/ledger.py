"""The ledger of credit notes: each takes allocations back, all of them or none.

A credit note is written only while all that it takes back still stands, and never for more
than is left of its invoice; both are checked in the transaction that writes it.
"""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, insert, select, update

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from process_apis.errors import NoSuchRecord
from process_apis.project_to_cash.credit_records import (
    ClientCreditNote,
    CreditedLine,
    StandingSource,
)
from process_apis.project_to_cash.ledger.allocations import LEDGER, credit, standing, take_back
from process_apis.project_to_cash.ledger.billed import document_sums
from process_apis.project_to_cash.ledger.posting_order import on_the_way_before
from process_apis.project_to_cash.ledger.tables import client_credit_notes
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from store.database import Store
from system_apis.canonical.money import Money
from system_apis.errors import Refused, TryAgain

STANDING = tuple(stage for stage in InvoiceStage if stage is not InvoiceStage.REJECTED)
table = client_credit_notes


class CreditLedger:
    """Strata's own record of credit notes; the ERP owns tax, numbers and posting."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def standing(self, invoice_id: str) -> list[StandingSource]:
        """Return what the lines of an invoice still bill, net of what was credited."""
        return await self._store.read(lambda connection: standing(connection, invoice_id))

    async def draft(
        self, note: ClientCreditNote, invoice: ClientInvoice, lines: Sequence[CreditedLine]
    ) -> ClientCreditNote:
        """Write a draft with what each of its lines takes back; written twice, it is there once.

        Raises `Refused` with code `ALREADY_CREDITED` or `CREDIT_EXCEEDS_INVOICE`.
        """
        by = current_caller()

        def work(connection: Connection) -> ClientCreditNote:
            known = _find(connection, note.id)
            if known:
                return known
            _check_fits(connection, note, invoice)
            for number, line in enumerate(lines):
                for taken in line.taken:
                    credit(connection, note.id, number, taken)
            connection.execute(insert(table).values(**_row(note)))
            self._audit.append(connection, _told(by, "credit_note.drafted", note))
            return note

        return await self._store.write(once(ClientCreditNote, work))

    async def credit_note(self, credit_note_id: str) -> ClientCreditNote:
        """Return one credit note, or raise `NoSuchRecord`."""
        found = await self._store.read(lambda connection: _find(connection, credit_note_id))
        if found is None:
            raise NoSuchRecord(f"there is no credit note {credit_note_id}")
        return found

    async def credit_notes(
        self,
        *,
        invoice_id: str | None = None,
        contract_number: str | None = None,
        stages: Iterable[InvoiceStage] = STANDING,
    ) -> list[ClientCreditNote]:
        """Return credit notes, oldest first."""
        query = select(table.c.record).where(table.c.stage.in_(list(stages)))
        if invoice_id is not None:
            query = query.where(table.c.invoice_id == invoice_id)
        if contract_number is not None:
            query = query.where(table.c.contract_number == contract_number)
        query = query.order_by(table.c.issue_date, table.c.id)
        return await self._store.read(
            lambda connection: [
                msgspec.json.decode(row.record, type=ClientCreditNote)
                for row in connection.execute(query)
            ]
        )

    async def of_invoices(self, invoice_ids: Sequence[str]) -> dict[str, list[ClientCreditNote]]:
        """Return the credit notes of some invoices that stand, by invoice, oldest first."""
        query = (
            select(table.c.record)
            .where(table.c.invoice_id.in_(invoice_ids), table.c.stage.in_(list(STANDING)))
            .order_by(table.c.issue_date, table.c.id)
        )

        def read(connection: Connection) -> dict[str, list[ClientCreditNote]]:
            found: dict[str, list[ClientCreditNote]] = {each: [] for each in invoice_ids}
            for row in connection.execute(query):
                note = msgspec.json.decode(row.record, type=ClientCreditNote)
                found[note.invoice_id].append(note)
            return found

        return await self._store.read(read)

    async def on_the_way_before(self, note: ClientCreditNote) -> str | None:
        """Return a credit note of the same company that is being posted, and dated before."""
        company, issued = note.draft.legal_entity, note.draft.issue_date
        return await self._store.read(
            lambda connection: on_the_way_before(connection, table, company, issued)
        )

    async def moved(self, note: ClientCreditNote, *, seen: ClientCreditNote) -> ClientCreditNote:
        """Write a credit note's new stage down, with an entry in the audit.

        Raises `TryAgain` when somebody else moved it since it was `seen`.
        """
        by = current_caller()

        def work(connection: Connection) -> ClientCreditNote:
            if _find(connection, note.id) != seen:
                raise TryAgain(LEDGER, f"{note.id} was moved by another step meanwhile")
            self._write(connection, note)
            self._audit.append(connection, _told(by, f"credit_note.{note.stage}", note))
            return note

        return await self._store.write(work)

    async def release(self, note: ClientCreditNote) -> None:
        """Take a rejected draft out, so that what it took back is billed again."""
        by = current_caller()
        rejected = msgspec.structs.replace(note, stage=InvoiceStage.REJECTED)

        def work(connection: Connection) -> None:
            known = _find(connection, note.id)
            if known is None or known.stage is not InvoiceStage.PENDING_APPROVAL:
                return
            take_back(connection, note.id)
            self._write(connection, rejected)
            self._audit.append(connection, _told(by, "credit_note.rejected", rejected))

        await self._store.write(work)

    def _write(self, connection: Connection, note: ClientCreditNote) -> None:
        connection.execute(update(table).where(table.c.id == note.id).values(**_row(note)))


def _check_fits(connection: Connection, note: ClientCreditNote, invoice: ClientInvoice) -> None:
    """Raise `Refused` when credits would come to more than the invoice."""
    notes = connection.execute(
        select(table.c.record)
        .where(table.c.invoice_id == invoice.id)
        .where(table.c.stage.in_(list(STANDING)))
    )
    earlier = [msgspec.json.decode(row.record, type=ClientCreditNote) for row in notes]
    credited = Money.total((each.draft.gross for each in earlier), note.draft.currency)
    left = invoice.draft.gross - credited
    if left < note.draft.gross:
        reason = f"{left} of {invoice.number} is left, not {note.draft.gross}"
        raise Refused(LEDGER, reason, code="CREDIT_EXCEEDS_INVOICE")


def _find(connection: Connection, credit_note_id: str) -> ClientCreditNote | None:
    row = connection.execute(select(table.c.record).where(table.c.id == credit_note_id)).first()
    return msgspec.json.decode(row.record, type=ClientCreditNote) if row else None


def _row(note: ClientCreditNote) -> dict[str, object]:
    return {
        "id": note.id,
        "invoice_id": note.invoice_id,
        "contract_number": note.contract_number,
        "legal_entity": note.draft.legal_entity,
        "issue_date": note.draft.issue_date,
        "stage": note.stage,
        "purchase_order": note.purchase_order,
        "posted_at": note.posted_at,
        "record": msgspec.json.encode(note),
    } | document_sums(note.draft)


def _told(by: Caller, action: str, note: ClientCreditNote) -> AuditEntry:
    return AuditEntry.by(
        by,
        action,
        note.id,
        legal_entity=note.draft.legal_entity,
        after_hash=hashlib.sha256(msgspec.json.encode(note.draft)).hexdigest(),
        reason=note.draft.reason,
    )

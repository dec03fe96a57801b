"""Disputes: what clients object to, and what keeps their contracts from being billed further.

A dispute and the stage of its invoice are written in one unit of work.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from governance.access import Caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from governance.wrong_field import WrongField
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.listing import Listing, recorded
from process_apis.project_to_cash.collection.dunning import claimable
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.tables import client_invoices
from process_apis.project_to_cash.receivables import Dispute, DisputeStatus, Verdict
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from store.columns import Instant
from store.database import Store, metadata
from system_apis.canonical.money import Money

disputes = Table(
    "disputes",
    metadata,
    Column("id", String, primary_key=True),
    Column("invoice_id", String, nullable=False),
    Column("contract_number", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("status", String, nullable=False),
    Column("announced", Integer, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("amount_units", BigInteger, nullable=False),
    Index("disputes_by_invoice", "invoice_id"),
    Index("disputes_by_contract", "contract_number", "status"),
    Index("disputes_to_announce", "announced", "status"),
    Index("disputes_by_status", "status", "legal_entity", "invoice_id", "amount_units"),
    Index("disputes_listed", "legal_entity", "opened_at", "id"),
)
DISPUTES = Listing(
    name="disputes",
    order=(disputes.c.opened_at, disputes.c.id),
    read=recorded(Dispute),
)
DISPUTABLE = {InvoiceStage.POSTED, InvoiceStage.PARTIALLY_PAID, InvoiceStage.DISPUTED}


class Disputes:
    """Strata's own record of disputes."""

    def __init__(self, store: Store, audit: Audit, billing: BillingLedger) -> None:
        self._store, self._audit, self._billing = store, audit, billing

    async def open(self, dispute: Dispute, invoice: ClientInvoice, *, by: Caller) -> Dispute:
        """Write a dispute down; the same one is opened once.

        Raises `Conflict` for an invoice that nothing is owed on, and `WrongField` for an
        amount or a line that the invoice has not.
        """

        def work(connection: Connection) -> Dispute:
            known = _find(connection, dispute.id)
            if known is not None:
                return known
            _check(dispute, invoice, _of_invoice(connection, invoice))
            connection.execute(insert(disputes).values(announced=0, **_row(dispute)))
            if invoice.stage is not InvoiceStage.DISPUTED:
                disputed = replace(invoice, stage=InvoiceStage.DISPUTED)
                self._billing.move(connection, disputed, seen=invoice, by=by, reason=dispute.id)
            self._audit.append(connection, _told(by, "dispute.opened", dispute, dispute.note))
            return dispute

        return await self._store.write(once(Dispute, work))

    async def resolve(
        self, dispute_id: str, verdict: Verdict, *, note: str, by: Caller, at: datetime
    ) -> Dispute:
        """End a dispute; what follows from it is announced by a later round.

        Raises `Conflict` when it has ended otherwise already.
        """
        seen = await self.get(dispute_id)
        invoice = await self._billing.invoice(seen.invoice_id)

        def work(connection: Connection) -> Dispute:
            known = _find(connection, dispute_id) or seen
            if known.status is verdict.status:
                return known
            if known.status is not DisputeStatus.OPEN:
                raise Conflict(f"this dispute is {known.status} already")
            ended = replace(
                known,
                status=verdict.status,
                resolution=note,
                resolved_by=by.subject,
                resolved_at=at,
            )
            connection.execute(
                update(disputes).where(disputes.c.id == ended.id).values(**_row(ended))
            )
            self._release(connection, invoice, by=by, reason=ended.id)
            told = _told(by, f"dispute.{ended.status}", ended, note)
            self._audit.append(connection, told)
            return ended

        return await self._store.write(once(Dispute, work))

    def _release(
        self, connection: Connection, invoice: ClientInvoice, *, by: Caller, reason: str
    ) -> None:
        """Let an invoice stand as its payments say, when nothing of it is disputed any more."""
        if invoice.stage is not InvoiceStage.DISPUTED or _is_disputed(connection, invoice):
            return
        released = replace(invoice, stage=invoice.stage_when(invoice.paid, disputed=False))
        self._billing.move(connection, released, seen=invoice, by=by, reason=reason)

    async def get(self, dispute_id: str) -> Dispute:
        """Return one dispute, or raise `NoSuchRecord`."""
        found = await self._store.read(lambda connection: _find(connection, dispute_id))
        if found is None:
            raise NoSuchRecord(f"there is no dispute {dispute_id}")
        return found

    async def listed(
        self,
        *,
        invoice_id: str | None = None,
        contract_number: str | None = None,
        statuses: Iterable[DisputeStatus] = tuple(DisputeStatus),
    ) -> list[Dispute]:
        """Return disputes in the order they were opened."""
        query = select(disputes.c.record).where(disputes.c.status.in_(list(statuses)))
        if invoice_id:
            query = query.where(disputes.c.invoice_id == invoice_id)
        if contract_number:
            query = query.where(disputes.c.contract_number == contract_number)
        found = await self._store.read(
            lambda connection: [_dispute(row.record) for row in connection.execute(query)]
        )
        return sorted(found, key=lambda each: (each.opened_at, each.id))

    async def to_credit(self, entities: frozenset[str]) -> list[Dispute]:
        """Return the accepted disputes of invoices that less was credited of, oldest first."""
        short = (
            select(disputes.c.invoice_id)
            .join(client_invoices, client_invoices.c.id == disputes.c.invoice_id)
            .where(disputes.c.status == DisputeStatus.ACCEPTED)
            .where(disputes.c.legal_entity.in_(sorted(entities)))
            .group_by(disputes.c.invoice_id, client_invoices.c.credited_units)
            .having(func.sum(disputes.c.amount_units) > client_invoices.c.credited_units)
        )
        ids = await self._store.read(lambda connection: list(connection.scalars(short)))
        found = [each for some in (await self.of_invoices(ids)).values() for each in some]
        accepted = [each for each in found if each.status is DisputeStatus.ACCEPTED]
        return sorted(accepted, key=lambda each: (each.opened_at, each.id))

    async def of_invoices(self, invoice_ids: Sequence[str]) -> dict[str, list[Dispute]]:
        """Return every dispute of some invoices, by invoice."""

        def query(connection: Connection) -> dict[str, list[Dispute]]:
            found: dict[str, list[Dispute]] = {each: [] for each in invoice_ids}
            for start in range(0, len(invoice_ids), 500):
                some = disputes.c.invoice_id.in_(invoice_ids[start : start + 500])
                for row in connection.execute(select(disputes.c.record).where(some)):
                    dispute = _dispute(row.record)
                    found[dispute.invoice_id].append(dispute)
            return found

        return await self._store.read(query)

    async def unannounced(self) -> list[Dispute]:
        """Return the disputes that have ended and that nothing has followed from yet."""
        query = (
            select(disputes.c.record)
            .where(disputes.c.announced == 0)
            .where(disputes.c.status != DisputeStatus.OPEN)
        )
        return await self._store.read(
            lambda connection: [_dispute(row.record) for row in connection.execute(query)]
        )

    async def mark_announced(self, dispute_id: str) -> None:
        """Write down that the engine has what follows from a dispute's end."""
        done = update(disputes).where(disputes.c.id == dispute_id).values(announced=1)
        await self._store.write(lambda connection: connection.execute(done))


def _check(dispute: Dispute, invoice: ClientInvoice, known: Sequence[Dispute]) -> None:
    if invoice.stage not in DISPUTABLE:
        raise Conflict(f"an invoice that is {invoice.stage} cannot be disputed")
    if dispute.amount.currency != invoice.draft.currency:
        raise WrongField("amount", f"the invoice is in {invoice.draft.currency}")
    left = claimable(invoice, known)
    if not Money.zero(left.currency) < dispute.amount <= left:
        raise WrongField("amount", f"more than nothing, and at most {left}, can be disputed")
    numbers = range(1, len(invoice.draft.lines) + 1)
    if unknown := [each for each in dispute.lines if each not in numbers]:
        raise WrongField("lines", f"the invoice has no line {unknown[0]}; they count from 1")


def _is_disputed(connection: Connection, invoice: ClientInvoice) -> bool:
    statuses = [each.status for each in _of_invoice(connection, invoice)]
    return DisputeStatus.OPEN in statuses


def _of_invoice(connection: Connection, invoice: ClientInvoice) -> list[Dispute]:
    """Return every dispute of an invoice, however it ended."""
    rows = connection.execute(select(disputes.c.record).where(disputes.c.invoice_id == invoice.id))
    return [_dispute(row.record) for row in rows]


def _find(connection: Connection, dispute_id: str) -> Dispute | None:
    row = connection.execute(select(disputes.c.record).where(disputes.c.id == dispute_id)).first()
    return _dispute(row.record) if row else None


def _dispute(record: bytes) -> Dispute:
    return msgspec.json.decode(record, type=Dispute)


def _row(dispute: Dispute) -> dict[str, object]:
    return {
        "id": dispute.id,
        "invoice_id": dispute.invoice_id,
        "contract_number": dispute.contract_number,
        "legal_entity": dispute.legal_entity,
        "status": dispute.status,
        "opened_at": dispute.opened_at,
        "amount_units": dispute.amount.units,
        "record": msgspec.json.encode(dispute),
    }


def _told(by: Caller, action: str, dispute: Dispute, reason: str) -> AuditEntry:
    return AuditEntry.by(
        by, action, dispute.id, legal_entity=dispute.legal_entity, reason=reason or None
    )

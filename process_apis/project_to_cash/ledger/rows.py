"""The rows of the billing ledger: how events and invoices are found, kept and told to the audit."""

import hashlib
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, Select, bindparam, select, update

from governance.access import Caller
from governance.audit import AuditEntry
from process_apis.project_to_cash.ledger.billed import document_sums
from process_apis.project_to_cash.ledger.tables import billing_events, client_invoices
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice

T = TypeVar("T")
_EVENT = select(billing_events.c.record).where(billing_events.c.id == bindparam("of"))
_WRITE_EVENT = (
    update(billing_events)
    .where(billing_events.c.id == bindparam("of"))
    .values({each.name: bindparam(each.name) for each in billing_events.c})
)
_INVOICE = select(client_invoices.c.record).where(client_invoices.c.id == bindparam("of"))


def find_event(connection: Connection, event_id: str) -> BillingEvent | None:
    """Return a billing event as it stands, if it is there."""
    row = connection.execute(_EVENT, {"of": event_id}).first()
    return msgspec.json.decode(row.record, type=BillingEvent) if row else None


def find_invoice(connection: Connection, invoice_id: str) -> ClientInvoice | None:
    """Return an invoice as it stands, if it is there."""
    row = connection.execute(_INVOICE, {"of": invoice_id}).first()
    return msgspec.json.decode(row.record, type=ClientInvoice) if row else None


def records(connection: Connection, query: Select[tuple[bytes]], kind: type[T]) -> list[T]:
    """Return the records that a query finds, in its order."""
    return [msgspec.json.decode(row.record, type=kind) for row in connection.execute(query)]


def event_row(event: BillingEvent) -> dict[str, object]:
    """Return the row that a billing event is kept in."""
    return {
        "id": event.id,
        "contract_number": event.contract_number,
        "project_number": event.project_number,
        "legal_entity": event.legal_entity,
        "planned_date": event.planned_date,
        "status": event.status,
        "kind": event.kind,
        "period_start": event.period_start,
        "period_end": event.period_end,
        "client_number": event.client_number,
        "is_over_cap": int(bool(event.over_cap)),
        "record": msgspec.json.encode(event),
    }


def invoice_row(invoice: ClientInvoice) -> dict[str, object]:
    """Return the row that an invoice is kept in, but for its contract."""
    return {
        "id": invoice.id,
        "legal_entity": invoice.draft.legal_entity,
        "project_number": invoice.draft.project_number,
        "issue_date": invoice.draft.issue_date,
        "due_date": invoice.draft.due_date,
        "stage": invoice.stage,
        "number": invoice.number,
        "billing_event_id": invoice.billing_event_id,
        "reference": invoice.reference,
        "purchase_order": invoice.draft.purchase_order,
        "posted_at": invoice.posted_at,
        "client_number": invoice.draft.client_number,
        "owed_units": invoice.owed.units,
        "credited_units": invoice.credited.units if invoice.credited else 0,
        "record": msgspec.json.encode(invoice),
    } | document_sums(invoice.draft)


def told(by: Caller, action: str, invoice: ClientInvoice, reason: str | None = None) -> AuditEntry:
    """Return the audit entry of what became of an invoice."""
    digest = hashlib.sha256(msgspec.json.encode(invoice.draft)).hexdigest()
    return AuditEntry.by(
        by,
        action,
        invoice.id,
        legal_entity=invoice.draft.legal_entity,
        after_hash=digest,
        reason=reason,
    )


def write_event(connection: Connection, event: BillingEvent) -> None:
    """Write a billing event down as it is now."""
    connection.execute(_WRITE_EVENT, {"of": event.id, **event_row(event)})

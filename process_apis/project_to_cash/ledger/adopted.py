"""What invoices of another hand bill, once they are adopted: our own bill the rest."""

import msgspec
from sqlalchemy import Connection, select

from process_apis.project_to_cash.ledger.tables import billing_allocations, client_invoices
from process_apis.project_to_cash.records import ClientInvoice


def adopted_sources(connection: Connection, source_ids: list[str]) -> frozenset[str]:
    """Return which of some sources an adopted invoice bills."""
    table, found = billing_allocations, set[str]()
    asked = sorted(set(source_ids))
    for start in range(0, len(asked), 500):
        rows = connection.execute(
            select(table.c.source_id, client_invoices.c.record)
            .join(client_invoices, client_invoices.c.id == table.c.invoice_id)
            .where(table.c.source_id.in_(asked[start : start + 500]))
        )
        for row in rows:
            if msgspec.json.decode(row.record, type=ClientInvoice).adopted:
                found.add(row.source_id)
    return frozenset(found)

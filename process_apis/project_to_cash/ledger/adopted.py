"""What invoices of another hand bill, once they are adopted: our own bill the rest."""

from sqlalchemy import Connection, select

from process_apis.project_to_cash.ledger.rows import find_invoice
from process_apis.project_to_cash.ledger.tables import billing_allocations


def adopted_sources(connection: Connection, source_ids: list[str]) -> frozenset[str]:
    """Return which of some sources an adopted invoice bills."""
    table, found = billing_allocations, dict[str, set[str]]()
    asked = sorted(set(source_ids))
    for start in range(0, len(asked), 500):
        of_sources = table.c.source_id.in_(asked[start : start + 500])
        for row in connection.execute(
            select(
                table.c.source_id,
                table.c.invoice_id,
            ).where(of_sources)
        ):
            found.setdefault(row.invoice_id, set()).add(row.source_id)
    adopted = (found[each] for each in found if _is_adopted(connection, each))
    return frozenset[str]().union(*adopted)


def _is_adopted(connection: Connection, invoice_id: str) -> bool:
    invoice = find_invoice(connection, invoice_id)
    return invoice is not None and invoice.adopted

"""Allocations: which line bills which source, append-only, and never more than was approved."""

from decimal import Decimal

from sqlalchemy import Connection, insert, select

from process_apis.project_to_cash.records import Allocation, ClientInvoice
from process_apis.project_to_cash.tables import billing_allocations
from system_apis.errors import Refused

LEDGER = "strata"


def allocate(
    connection: Connection, invoice: ClientInvoice, line: int, allocation: Allocation
) -> None:
    """Write one allocation; raise `Refused` when its source would be billed beyond approval."""
    table = billing_allocations
    rows = connection.execute(
        select(table.c.sign, table.c.quantity)
        .where(table.c.source_type == allocation.source_type)
        .where(table.c.source_id == allocation.source_id)
    ).all()
    billed = sum((row.sign * Decimal(row.quantity) for row in rows), start=Decimal(0))
    if not 0 <= billed + allocation.sign * allocation.quantity <= allocation.approved:
        raise Refused(
            LEDGER,
            f"{allocation.source_type} {allocation.source_id} is billed already",
            code="ALREADY_BILLED",
        )
    connection.execute(
        insert(table).values(
            source_type=allocation.source_type,
            source_id=allocation.source_id,
            billing_event_id=invoice.billing_event_id,
            invoice_id=invoice.id,
            line=line,
            sign=allocation.sign,
            quantity=str(allocation.quantity),
            approved=str(allocation.approved),
            unit_rate=allocation.unit_rate.amount,
            amount=allocation.amount.amount,
            currency=allocation.amount.currency,
        )
    )


def billed(connection: Connection, source_ids: list[str], *, but: str) -> frozenset[str]:
    """Return which sources are billed, leaving out what one billing event billed."""
    table = billing_allocations
    rows = connection.execute(
        select(table.c.source_id, table.c.sign)
        .where(table.c.source_id.in_(source_ids))
        .where(table.c.billing_event_id != but)
    )
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.source_id] = totals.get(row.source_id, 0) + row.sign
    return frozenset(each for each, total in totals.items() if total > 0)


def take_back(connection: Connection, invoice: ClientInvoice) -> None:
    """Reverse every allocation of an invoice by a row of its own, which names what it reverses."""
    table = billing_allocations
    for row in connection.execute(select(table).where(table.c.invoice_id == invoice.id)).all():
        reversing = dict(row._mapping) | {"sign": -1, "reverses": row.id}
        del reversing["id"]
        connection.execute(insert(table).values(**reversing))

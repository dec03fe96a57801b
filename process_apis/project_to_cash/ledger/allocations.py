"""Allocations: which line bills which source, append-only, and never more than was approved.

Rows are never changed: what was billed is taken back by a row of the other sign that names it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec
from sqlalchemy import Connection, and_, exists, insert, literal, select
from sqlalchemy.engine import Row

from process_apis.project_to_cash.credit_records import HeldWork, StandingSource, TakenBack
from process_apis.project_to_cash.ledger.rows import records
from process_apis.project_to_cash.ledger.tables import (
    billing_allocations,
    billing_events,
    client_invoices,
)
from process_apis.project_to_cash.records import (
    Allocation,
    BillingEvent,
    ClientInvoice,
    InvoiceStage,
    SourceType,
)
from system_apis.canonical.money import Money, Price
from system_apis.errors import Refused

LEDGER = "strata"
DONE = (
    InvoiceStage.POSTED,
    InvoiceStage.DISPUTED,
    InvoiceStage.PARTIALLY_PAID,
    InvoiceStage.PAID,
)
table = billing_allocations
# Said as the index says it, which none but these are in.
_ADJUSTING = and_(
    table.c.source_type == literal(SourceType.ADJUSTMENT.value, literal_execute=True),
    table.c.reverses.is_(None),
)


class Document(Protocol):
    """What takes the work of a billing event: an invoice, or what gives the work up."""

    @property
    def id(self) -> str:
        """What it is called."""

    @property
    def billing_event_id(self) -> str:
        """Whose work it takes."""


def allocate(connection: Connection, document: Document, line: int, allocation: Allocation) -> None:
    """Write one allocation; raise `Refused` when its source would be billed beyond approval."""
    after = _billed(connection, allocation) + allocation.sign * allocation.quantity
    if not 0 <= after <= allocation.approved:
        raise Refused(
            LEDGER,
            f"{allocation.source_type} {allocation.source_number} is billed already",
            code="ALREADY_BILLED",
        )
    connection.execute(
        insert(table).values(
            source_type=allocation.source_type,
            source_id=allocation.source_id,
            source_number=allocation.source_number,
            billing_event_id=document.billing_event_id,
            invoice_id=document.id,
            line=line,
            sign=allocation.sign,
            quantity=str(allocation.quantity),
            approved=str(allocation.approved),
            unit_rate=allocation.unit_rate.amount,
            amount=allocation.amount.amount,
            currency=allocation.amount.currency,
            reverses=allocation.reverses,
        )
    )


def _billed(connection: Connection, allocation: Allocation) -> Decimal:
    rows = connection.execute(
        select(table.c.sign, table.c.quantity)
        .where(table.c.source_type == allocation.source_type)
        .where(table.c.source_id == allocation.source_id)
    ).all()
    return sum((row.sign * Decimal(row.quantity) for row in rows), start=Decimal(0))


def credit(connection: Connection, document_id: str, line: int, taken: TakenBack) -> None:
    """Take back a part of what a row billed; raise `Refused` when less of it still stands."""
    billed = connection.execute(select(table).where(table.c.id == taken.source.row)).one()
    left = _standing(connection, [billed])
    if not left or taken.quantity > left[0].quantity or left[0].amount < taken.amount:
        raise Refused(
            LEDGER,
            f"{billed.source_type} {billed.source_number} is credited already",
            code="ALREADY_CREDITED",
        )
    _reverse(connection, billed, document_id, line, taken.quantity, taken.amount)


def take_back(connection: Connection, document_id: str) -> None:
    """Reverse every allocation of a document by a row of its own, which names what was billed."""
    of_document = select(table).where(table.c.invoice_id == document_id)
    for row in connection.execute(of_document).all():
        amount = Money(row.amount, row.currency)
        _reverse(connection, row, document_id, row.line, Decimal(row.quantity), amount)


def _reverse(
    connection: Connection,
    row: Row[tuple[object, ...]],
    document_id: str,
    line: int,
    quantity: Decimal,
    amount: Money,
) -> None:
    reversing = dict(row._mapping) | {
        "invoice_id": document_id,
        "line": line,
        "sign": -row.sign,
        "quantity": str(quantity),
        "amount": amount.amount,
        "reverses": row.reverses or row.id,
    }
    del reversing["id"]
    connection.execute(insert(table).values(**reversing))


def standing(connection: Connection, invoice_id: str) -> list[StandingSource]:
    """Return what the lines of an invoice still bill, net of what was credited."""
    billing = select(table).where(table.c.invoice_id == invoice_id, table.c.reverses.is_(None))
    return _standing(connection, connection.execute(billing.order_by(table.c.id)).all())


def sources_of(connection: Connection, document_id: str, lines: int) -> list[list[Allocation]]:
    """Return what each line of a document bills or took back, as it was written with it."""
    query = select(table).where(table.c.invoice_id == document_id).order_by(table.c.id)
    found: list[list[Allocation]] = [[] for _ in range(lines)]
    for row in connection.execute(query).all():
        if row.reverses is None or row.sign < 0:
            found[row.line].append(_allocation(row))
    return found


def _allocation(row: Row[tuple[object, ...]]) -> Allocation:
    return Allocation(
        source_type=SourceType(row.source_type),
        source_id=row.source_id,
        source_number=row.source_number,
        sign=row.sign,
        quantity=Decimal(row.quantity),
        approved=Decimal(row.approved),
        unit_rate=Price(row.unit_rate, row.currency),
        amount=Money(row.amount, row.currency),
        reverses=row.reverses,
    )


def billed_sources(connection: Connection, source_ids: Iterable[str]) -> frozenset[str]:
    """Return which of some sources are billed, in part or whole, by a document that stands."""
    asked, found = sorted(set(source_ids)), set[str]()
    for start in range(0, len(asked), 500):
        of_sources = table.c.source_id.in_(asked[start : start + 500])
        some = select(table.c.source_id, table.c.sign, table.c.quantity).where(of_sources)
        sums: dict[str, Decimal] = {}
        for row in connection.execute(some).all():
            so_far = sums.get(row.source_id, Decimal(0))
            sums[row.source_id] = so_far + row.sign * Decimal(row.quantity)
        found |= {source for source, quantity in sums.items() if quantity > 0}
    return frozenset(found)


def invoices_of(connection: Connection, source_id: str) -> list[ClientInvoice]:
    """Return the invoices that bill a source, on their way, posted or paid, oldest first."""
    billing = select(table.c.invoice_id).where(table.c.source_id == source_id)
    query = select(client_invoices.c.record).where(
        client_invoices.c.id.in_(billing), client_invoices.c.stage != InvoiceStage.REJECTED
    )
    query = query.order_by(client_invoices.c.issue_date, client_invoices.c.id)
    return records(connection, query, ClientInvoice)


def held(
    connection: Connection,
    events: Sequence[str] | None,
    stages: Sequence[InvoiceStage],
    contract_number: str | None,
) -> list[HeldWork]:
    """Return the work over caps that invoices in some stages left unbilled, oldest first."""
    # Asked of each adjustment, of which there are few, and not of all the invoices that there are.
    stands = exists().where(
        client_invoices.c.id == table.c.invoice_id, client_invoices.c.stage.in_(list(stages))
    )
    off = (
        select(table, billing_events.c.record)
        .join(billing_events, billing_events.c.id == table.c.billing_event_id)
        .where(_ADJUSTING, stands)
    )
    if events is not None:
        off = off.where(table.c.billing_event_id.in_(events))
    if contract_number:
        off = off.where(billing_events.c.contract_number == contract_number)
    rows = connection.execute(off).all()
    known = {each.id: msgspec.json.decode(each.record, type=BillingEvent) for each in rows}
    found = [_held(each, known[each.row]) for each in _standing(connection, rows)]
    return sorted(found, key=lambda each: (each.period_start, each.row))


def _held(source: StandingSource, event: BillingEvent) -> HeldWork:
    return HeldWork(
        row=source.row,
        billing_event_id=event.id,
        contract_id=event.contract_id,
        contract_number=event.contract_number,
        legal_entity=event.legal_entity,
        period_start=event.period_start,
        amount=-source.amount,
    )


def _standing(
    connection: Connection, rows: Sequence[Row[tuple[object, ...]]]
) -> list[StandingSource]:
    """Return what is left of rows after all that reverses them."""
    reversing: dict[int, list[Row[tuple[object, ...]]]] = {}
    for start in range(0, len(rows), 500):
        ids = [row.id for row in rows[start : start + 500]]
        for each in connection.execute(select(table).where(table.c.reverses.in_(ids))).all():
            reversing.setdefault(each.reverses, []).append(each)
    left = [_left(row, reversing.get(row.id, [])) for row in rows]
    return [each for each in left if each.quantity > 0]


def _left(
    row: Row[tuple[object, ...]], reversing: Sequence[Row[tuple[object, ...]]]
) -> StandingSource:
    quantity, amount = Decimal(row.quantity), Money(row.amount, row.currency)
    for each in reversing:
        # What took this back counts against it; what took that back again counts for it.
        quantity += row.sign * each.sign * Decimal(each.quantity)
        part = Money(each.amount, each.currency)
        amount = amount + part if each.sign == row.sign else amount - part
    return StandingSource(
        row=row.id,
        line=row.line,
        source_type=SourceType(row.source_type),
        source_id=row.source_id,
        source_number=row.source_number,
        quantity=quantity,
        approved=Decimal(row.approved),
        unit_rate=Price(row.unit_rate, row.currency),
        amount=amount,
    )

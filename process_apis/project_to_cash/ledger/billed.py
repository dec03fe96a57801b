"""What was billed on a contract so far, net of what was credited: the store's own sums.

Each document's row says what its lines come to, written with the row; nothing of a contract's
history is read to sum it.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, case, func, select

from process_apis.project_to_cash.ledger.tables import client_credit_notes, client_invoices
from process_apis.project_to_cash.records import ON_THE_WAY, InvoiceStage
from system_apis.canonical.billing import PREPAID, InvoiceDraft, InvoiceLine, LineKind
from system_apis.canonical.contracts import CapScope
from system_apis.canonical.credits import CreditNoteDraft
from system_apis.canonical.money import Money

Sums = Row[tuple[str, str | None, int, int]]


class Billed(Struct, frozen=True):
    """What is billed or on its way on a contract: what its cap counts, and all by order."""

    counted: Money
    by_order: dict[str, Money]

    def ordered(self, numbers: Iterable[str]) -> Money:
        """Return what was billed on some purchase orders."""
        nothing = Money.zero(self.counted.currency)
        return Money.total(
            (self.by_order.get(number, nothing) for number in numbers), nothing.currency
        )


class Asked(Struct, frozen=True, kw_only=True):
    """Of which contract it is asked what a cap of this scope counts, and what is left out.

    `but` is a billing event whose own invoices are not counted. An invoice until `covered`
    counts on its order alone: the cap has it already.
    """

    contract_number: str
    scope: CapScope
    currency: str
    covered: date | None = None
    but: str | None = None


def billed(connection: Connection, asked: Asked) -> Billed:
    """Return what invoices bill, on their way or posted, net of the credits that are posted."""
    invoices = connection.execute(_invoices(asked)).all()
    notes = connection.execute(_credits(asked)).all()
    counted = Money.total(_counted(invoices), asked.currency)
    by_order: dict[str, Money] = {}
    for sign, rows in ((1, invoices), (-1, notes)):
        for row in rows:
            if row.purchase_order:
                net = Money.of_units(sign * row.net, row.currency)
                so_far = by_order.get(row.purchase_order, Money.zero(asked.currency))
                by_order[row.purchase_order] = so_far + net
    return Billed(counted - Money.total(_counted(notes), asked.currency), by_order)


def document_sums(draft: InvoiceDraft | CreditNoteDraft) -> dict[str, object]:
    """Return the columns that a document's sums are kept in."""
    spent = [each for each in draft.lines if each.kind is LineKind.EXPENSES]
    fees = [each for each in draft.lines if each.kind not in {LineKind.EXPENSES} | PREPAID]
    return {
        "currency": draft.currency,
        "net_units": draft.net.units,
        "fee_units": _total(fees, draft.currency),
        "expense_units": _total(spent, draft.currency),
    }


def _total(lines: Iterable[InvoiceLine], currency: str) -> int:
    return Money.total((each.net for each in lines), currency).units


def _counted(rows: Iterable[Sums]) -> Iterator[Money]:
    return (Money.of_units(row.counted, row.currency) for row in rows if row.counted)


def _invoices(asked: Asked) -> Select[tuple[str, str | None, int, int]]:
    table, units = client_invoices, _units(client_invoices, asked.scope)
    if asked.covered is not None:
        units = case((table.c.issue_date > asked.covered, units), else_=0)
    query = _summed(table, units).where(
        table.c.contract_number == asked.contract_number, table.c.stage.in_(ON_THE_WAY)
    )
    return query if asked.but is None else query.where(table.c.billing_event_id != asked.but)


def _credits(asked: Asked) -> Select[tuple[str, str | None, int, int]]:
    table = client_credit_notes
    return _summed(table, _units(table, asked.scope)).where(
        table.c.contract_number == asked.contract_number, table.c.stage == InvoiceStage.POSTED
    )


def _units(table: Table, scope: CapScope) -> ColumnElement[int]:
    """Return what a cap of this scope counts of a document."""
    fees: ColumnElement[int] = table.c.fee_units
    return fees if scope is CapScope.FEES else fees + table.c.expense_units


def _summed(table: Table, counted: ColumnElement[int]) -> Select[tuple[str, str | None, int, int]]:
    return select(
        table.c.currency,
        table.c.purchase_order,
        func.sum(counted).label("counted"),
        func.sum(table.c.net_units).label("net"),
    ).group_by(table.c.currency, table.c.purchase_order)

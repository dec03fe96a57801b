"""What was billed of a contract is summed, and what bills a source or a period found, by an index.

The sums are of a document's lines, in the smallest units of its currency.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any  # Any: a record is read as it was written, whatever it is made of by now

import sqlalchemy as sa
from alembic import op
from babel.numbers import get_currency_precision

revision = "0028"
down_revision = "0027"

Columns = dict[str, object]
SUMS = ("currency", "net_units", "fee_units", "expense_units")
PREPAID = {"down_payment", "down_payment_applied"}
_START = "json_extract(CAST(record AS TEXT), '$.period_start')"
_END = "json_extract(CAST(record AS TEXT), '$.period_end')"
_REVERSING = sa.text("reverses IS NOT NULL")
_ADJUSTING = sa.text("source_type = 'adjustment' AND reverses IS NULL")
BY_CONTRACT = {
    "client_invoices": [
        *("contract_number", "stage", "issue_date", "billing_event_id", "purchase_order"),
        *SUMS,
    ],
    "client_credit_notes": ["contract_number", "stage", "purchase_order", *SUMS],
    "billing_events": ["contract_number", "kind", "period_end"],
}


def upgrade() -> None:
    _summed("client_invoices", ["reference"], _of_invoice)
    _summed("client_credit_notes", [], _of_credit_note)
    op.create_index(
        "client_invoices_by_reference", "client_invoices", ["legal_entity", "reference"]
    )
    for name in ("period_start", "period_end"):
        op.add_column("billing_events", sa.Column(name, sa.Date(), nullable=True))
    op.execute(
        f"UPDATE billing_events SET period_start = {_START}, period_end = {_END}"  # noqa: S608  # constants
    )
    with op.batch_alter_table("billing_events") as table:
        for name in ("period_start", "period_end"):
            table.alter_column(name, existing_type=sa.Date(), nullable=False)
    for name, columns in BY_CONTRACT.items():
        op.drop_index(f"{name}_by_contract", name)
        op.create_index(f"{name}_by_contract", name, columns)
    op.drop_index("billing_allocations_by_source", "billing_allocations")
    op.create_index(
        "billing_allocations_by_source", "billing_allocations", ["source_id", "source_type"]
    )
    op.drop_index("billing_allocations_by_reversed", "billing_allocations")
    op.create_index(
        "billing_allocations_by_reversed",
        "billing_allocations",
        ["reverses"],
        sqlite_where=_REVERSING,
        postgresql_where=_REVERSING,
    )
    op.create_index(
        "billing_allocations_adjusting",
        "billing_allocations",
        ["billing_event_id"],
        sqlite_where=_ADJUSTING,
        postgresql_where=_ADJUSTING,
    )


def downgrade() -> None:
    op.drop_index("billing_allocations_adjusting", "billing_allocations")
    op.drop_index("billing_allocations_by_reversed", "billing_allocations")
    op.create_index("billing_allocations_by_reversed", "billing_allocations", ["reverses"])
    op.drop_index("billing_allocations_by_source", "billing_allocations")
    op.create_index(
        "billing_allocations_by_source", "billing_allocations", ["source_type", "source_id"]
    )
    op.drop_index("client_invoices_by_reference", "client_invoices")
    for name in BY_CONTRACT:
        op.drop_index(f"{name}_by_contract", name)
        op.create_index(f"{name}_by_contract", name, ["contract_number"])
    gone = {
        "client_invoices": ("reference", "purchase_order", *SUMS),
        "client_credit_notes": ("purchase_order", *SUMS),
        "billing_events": ("period_start", "period_end"),
    }
    for name, columns in gone.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column)


def _summed(name: str, texts: list[str], of: Callable[[Any], Columns]) -> None:
    """Add the columns of a document's sums, and fill them out of its record."""
    units = [sa.Column(each, sa.BigInteger(), nullable=True) for each in SUMS[1:]]
    added = [sa.Column(each, sa.String(), nullable=True) for each in [*texts, SUMS[0]]] + units
    for column in [*added, sa.Column("purchase_order", sa.String(), nullable=True)]:
        op.add_column(name, column)
    table = sa.table(
        name,
        *(sa.column(each) for each in ("id", "record", "purchase_order", *texts, *SUMS)),
    )
    connection = op.get_bind()
    for rows in _some(connection, table):
        filled = [{"of": row.id, **of(json.loads(row.record))} for row in rows]
        names = [each for each in filled[0] if each != "of"]
        written: Columns = {each: sa.bindparam(each) for each in names}
        one = table.update().where(table.c.id == sa.bindparam("of")).values(written)
        connection.execute(one, filled)
    with op.batch_alter_table(name) as batch:
        for column in added:
            batch.alter_column(column.name, existing_type=column.type, nullable=False)


def _some(connection: sa.Connection, table: sa.TableClause) -> Iterator[list[Any]]:
    """Yield the records, some at a time: all of a firm's would not fit."""
    last = ""
    while True:
        query = sa.select(table.c.id, table.c.record).where(table.c.id > last)
        rows = list(connection.execute(query.order_by(table.c.id).limit(500)))
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _of_invoice(invoice: Any) -> Columns:
    order = invoice["draft"].get("purchase_order")
    return {"reference": invoice["reference"], "purchase_order": order} | _sums(invoice["draft"])


def _of_credit_note(note: Any) -> Columns:
    return {"purchase_order": note.get("purchase_order")} | _sums(note["draft"])


def _sums(draft: Any) -> Columns:
    currency = draft["currency"]
    lines = [each for each in draft["lines"] if each["kind"] not in PREPAID]
    expenses = [each for each in lines if each["kind"] == "expenses"]
    fees = [each for each in lines if each["kind"] != "expenses"]
    return {
        "currency": currency,
        "net_units": _units(draft["net"], currency),
        "fee_units": sum(_units(each["net"], currency) for each in fees),
        "expense_units": sum(_units(each["net"], currency) for each in expenses),
    }


def _units(money: Any, currency: str) -> int:
    return int(Decimal(money["amount"]).scaleb(int(get_currency_precision(currency))))

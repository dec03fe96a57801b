"""The last lists are read page by page: client merges, subscriptions, findings by their role."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any  # Any: a record is read as it was written, whatever it is made of by now

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0032"
down_revision = "0031"

ASKED: sa.Column[Any] = sa.Column("asked_at", Instant(), nullable=False)
CREATED: sa.Column[Any] = sa.Column("created_at", Instant(), nullable=False)
ROLE: sa.Column[Any] = sa.Column("role", sa.String(), nullable=False)
BEFORE = {
    "findings_listed": ("findings", ["status", "legal_entity", "found_at", "id"]),
    "subscriptions_by_status": ("subscriptions", ["status"]),
}
AFTER = {
    "client_merges_listed": ("client_merges", ["asked_at", "id"]),
    "findings_listed": ("findings", ["status", "legal_entity", "found_at", "id", "role"]),
    "subscriptions_listed": ("subscriptions", ["status", "created_at", "id"]),
    "subscriptions_by_owner": ("subscriptions", ["owner", "status", "created_at", "id"]),
}


def _of_bill(case: Any) -> set[str]:
    vendor, bill = case["vendor_id"], case["bill"]
    number = "".join(letter for letter in bill["number"].upper() if letter.isalnum())
    orders = {each.get("purchase_order_number") for each in bill["lines"]} - {None}
    return {
        f"number:{vendor}:{number}",
        f"issued:{vendor}:{bill['issue_date'][:7]}",
        f"reference:{vendor}:BILL:{case['id']}",
        *([f"bill:{vendor}:{case['bill_id']}"] if case.get("bill_id") else []),
        *(f"order:{vendor}:{each}" for each in orders),
    }


def _of_accrual(accrual: Any) -> set[str]:
    return {f"month:{accrual['legal_entity']}:{accrual['month']}"}


NAMED: dict[str, Callable[[Any], set[str]]] = {"vendor_bill": _of_bill, "accrual": _of_accrual}


def upgrade() -> None:
    _add("client_merges", ASKED, lambda merge: datetime.fromisoformat(merge["asked"]["at"]))
    _add("subscriptions", CREATED, lambda one: datetime.fromisoformat(one["created_at"]))
    _add("findings", ROLE, lambda finding: finding["role"])
    for index, (name, _) in BEFORE.items():
        op.drop_index(index, name)
    for index, (name, columns) in AFTER.items():
        op.create_index(index, name, columns)
    names = op.create_table(
        "purchase_names",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "id"),
    )
    op.create_index("purchase_names_by_paper", "purchase_names", ["kind", "id"])
    for kind, named in NAMED.items():
        _name(names, kind, named)


def downgrade() -> None:
    op.drop_table("purchase_names")
    for index, (name, _) in AFTER.items():
        op.drop_index(index, name)
    for index, (name, columns) in BEFORE.items():
        op.create_index(index, name, columns)
    for name, column in (("findings", ROLE), ("subscriptions", CREATED), ("client_merges", ASKED)):
        with op.batch_alter_table(name) as table:
            table.drop_column(column.name)


def _add(name: str, column: sa.Column[Any], of: Callable[[Any], object]) -> None:
    """Add a column to a table, and fill it out of its records."""
    op.add_column(name, sa.Column(column.name, column.type, nullable=True))
    table = sa.table(
        name, sa.column("id"), sa.column("record"), sa.column(column.name, column.type)
    )
    connection = op.get_bind()
    for rows in _some(connection, table):
        one = table.update().where(table.c.id == sa.bindparam("of"))
        written = one.values({column.name: sa.bindparam("said", type_=column.type)})
        connection.execute(written, [{"of": key, "said": of(json.loads(rec))} for key, rec in rows])
    with op.batch_alter_table(name) as batch:
        batch.alter_column(column.name, existing_type=column.type, nullable=False)


def _name(names: sa.Table, kind: str, named: Callable[[Any], set[str]]) -> None:
    """Write down what the papers of a kind are found by."""
    columns: list[sa.ColumnClause[Any]] = [sa.column(each) for each in ("kind", "id", "record")]
    papers, connection = sa.table("purchase_papers", *columns), op.get_bind()
    for rows in _some(connection, papers, papers.c.kind == kind):
        new = [
            {"kind": kind, "name": each, "id": key}
            for key, record in rows
            for each in named(json.loads(record))
        ]
        connection.execute(sa.insert(names), new)


def _some(
    connection: sa.Connection, table: sa.TableClause, *which: sa.ColumnElement[bool]
) -> Iterator[list[Any]]:
    """Yield the records, some at a time: all of a firm's would not fit."""
    last = ""
    while True:
        query = sa.select(table.c.id, table.c.record).where(table.c.id > last, *which)
        rows = list(connection.execute(query.order_by(table.c.id).limit(500)))
        if not rows:
            return
        yield rows
        last = rows[-1][0]

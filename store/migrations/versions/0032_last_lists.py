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


def upgrade() -> None:
    _add("client_merges", ASKED, lambda merge: datetime.fromisoformat(merge["asked"]["at"]))
    _add("subscriptions", CREATED, lambda one: datetime.fromisoformat(one["created_at"]))
    _add("findings", ROLE, lambda finding: finding["role"])
    for index, (name, _) in BEFORE.items():
        op.drop_index(index, name)
    for index, (name, columns) in AFTER.items():
        op.create_index(index, name, columns)


def downgrade() -> None:
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


def _some(connection: sa.Connection, table: sa.TableClause) -> Iterator[list[Any]]:
    """Yield the records, some at a time: all of a firm's would not fit."""
    last = ""
    while True:
        query = sa.select(table.c.id, table.c.record).where(table.c.id > last)
        rows = list(connection.execute(query.order_by(table.c.id).limit(500)))
        if not rows:
            return
        yield rows
        last = rows[-1][0]

"""Lists are read page by page by an index of their own, and what clients owe is summed."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any  # Any: a record is read as it was written, whatever it is made of by now

import sqlalchemy as sa
from alembic import op
from babel.numbers import get_currency_precision

from store.columns import Instant

revision = "0031"
down_revision = "0030"

Columns = dict[str, object]
Of = Callable[[Any], Columns]
_POSTING = sa.text("stage = 'posting'")
_OWING = sa.text("owed_units <> 0")
Added = list[sa.Column[Any]]
DISPUTED: Added = [
    sa.Column("opened_at", Instant(), nullable=False),
    sa.Column("amount_units", sa.BigInteger(), nullable=False),
]
FOUND: Added = [sa.Column("found_at", Instant(), nullable=False)]
ASKED: Added = [sa.Column("asked_at", Instant(), nullable=False)]
DRAFTED_ON: Added = [sa.Column("drafted_on", sa.Date(), nullable=False)]
DRAFTED_AT: Added = [sa.Column("drafted_at", Instant(), nullable=False)]
PLANNED: Added = [
    sa.Column("client_number", sa.String(), nullable=False),
    sa.Column("is_over_cap", sa.Integer(), nullable=False),
]
OWED: Added = [
    sa.Column("client_number", sa.String(), nullable=False),
    sa.Column("owed_units", sa.BigInteger(), nullable=False),
    sa.Column("credited_units", sa.BigInteger(), nullable=False),
]
POSTED = ("client_invoices", "client_credit_notes")
BEFORE = {
    "invoice_mails_by_company": ("invoice_mails", ["legal_entity"]),
    "receipts_by_entity": ("receipts", ["legal_entity", "placed"]),
    "engagements_by_entity": ("engagements", ["legal_entity"]),
    "purchase_papers_by_vendor": ("purchase_papers", ["kind", "vendor_id"]),
    "purchase_papers_by_entity": ("purchase_papers", ["kind", "legal_entity", "opened_at"]),
    "handed_in_by_employee": ("handed_in", ["employee", "day"]),
    "findings_by_status": ("findings", ["status", "legal_entity"]),
    "change_applications_by_entity": ("change_applications", ["legal_entity"]),
    "staffing_cases_by_entity": ("staffing_cases", ["kind", "legal_entity", "opened_at"]),
}
BY_VENDOR = ["kind", "vendor_id", "legal_entity", "opened_at", "id"]
LISTED = {
    "billing_events": ["legal_entity", "planned_date", "id"],
    "client_invoices": ["legal_entity", "issue_date", "id"],
    "client_credit_notes": ["legal_entity", "issue_date", "id"],
    "receipts": ["legal_entity", "date", "id"],
    "disputes": ["legal_entity", "opened_at", "id"],
    "reminders": ["legal_entity", "drafted_on", "id"],
    "invoice_mails": ["legal_entity", "drafted_at", "document_id"],
    "engagements": ["legal_entity", "opened_at", "project_number"],
    "approvals": ["status", "legal_entity", "requested_at", "id", "role"],
    "exceptions": ["status", "legal_entity", "opened_at", "id", "owner_role"],
    "findings": ["status", "legal_entity", "found_at", "id"],
    "handed_in": ["kind", "legal_entity", "day", "id"],
    "change_applications": ["legal_entity", "asked_at", "id"],
    "revenue_entries": ["legal_entity", "month", "project_number", "sequence"],
    "purchase_papers": ["kind", "legal_entity", "opened_at", "id"],
    "staffing_cases": ["kind", "legal_entity", "opened_at", "id"],
}


def upgrade() -> None:
    _add("disputes", "id", DISPUTED, _disputed)
    _add("reminders", "id", DRAFTED_ON, _drafted_on)
    _add("invoice_mails", "document_id", DRAFTED_AT, _drafted_at)
    _add("findings", "id", FOUND, _found_at)
    _add("change_applications", "id", ASKED, _asked_at)
    _add("billing_events", "id", PLANNED, _planned)
    _add("client_invoices", "id", OWED, _owed)
    for index, (name, _) in BEFORE.items():
        op.drop_index(index, name)
    op.create_index("purchase_papers_by_vendor", "purchase_papers", BY_VENDOR)
    op.create_index("handed_in_by_employee", "handed_in", ["employee", "day", "id"])
    for name, columns in LISTED.items():
        op.create_index(f"{name}_listed", name, columns)
    accepted = ["status", "legal_entity", "invoice_id", "amount_units"]
    op.create_index("disputes_by_status", "disputes", accepted)
    op.create_index("receipts_unplaced", "receipts", ["legal_entity", "placed", "date", "id"])
    of_client = ["legal_entity", "client_number", "project_number"]
    op.create_index("billing_events_by_client", "billing_events", of_client)
    over_cap = ["legal_entity", "is_over_cap", "planned_date", "id"]
    op.create_index("billing_events_over_cap", "billing_events", over_cap)
    for name in POSTED:
        op.create_index(
            f"{name}_in_posting",
            name,
            ["legal_entity", "issue_date"],
            sqlite_where=_POSTING,
            postgresql_where=_POSTING,
        )
    op.create_index(
        "client_invoices_owing",
        "client_invoices",
        ["legal_entity", "due_date", "client_number", "project_number", "currency", "owed_units"],
        sqlite_where=_OWING,
        postgresql_where=_OWING,
    )


def downgrade() -> None:
    op.drop_index("client_invoices_owing", "client_invoices")
    for name in POSTED:
        op.drop_index(f"{name}_in_posting", name)
    op.drop_index("billing_events_over_cap", "billing_events")
    op.drop_index("billing_events_by_client", "billing_events")
    op.drop_index("receipts_unplaced", "receipts")
    op.drop_index("disputes_by_status", "disputes")
    for name in LISTED:
        op.drop_index(f"{name}_listed", name)
    op.drop_index("handed_in_by_employee", "handed_in")
    op.drop_index("purchase_papers_by_vendor", "purchase_papers")
    for index, (name, columns) in BEFORE.items():
        op.create_index(index, name, columns)
    gone = {
        "client_invoices": ["client_number", "owed_units", "credited_units"],
        "billing_events": ["client_number", "is_over_cap"],
        "invoice_mails": ["drafted_at"],
        "reminders": ["drafted_on"],
        "findings": ["found_at"],
        "change_applications": ["asked_at"],
        "disputes": ["opened_at", "amount_units"],
    }
    for name, columns in gone.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column)


def _add(name: str, key: str, added: Added, of: Of) -> None:
    """Add columns to a table, and fill them out of its records."""
    for column in added:
        op.add_column(name, sa.Column(column.name, column.type, nullable=True))
    typed = [sa.column(each.name, each.type) for each in added]
    table = sa.table(name, sa.column(key), sa.column("record"), *typed)
    connection = op.get_bind()
    for rows in _some(connection, table, key):
        written = {each.name: sa.bindparam(each.name, type_=each.type) for each in added}
        one = table.update().where(table.c[key] == sa.bindparam("of")).values(written)
        connection.execute(one, [{"of": row[0], **of(json.loads(row[1]))} for row in rows])
    with op.batch_alter_table(name) as batch:
        for column in (each for each in added if not each.nullable):
            batch.alter_column(column.name, existing_type=column.type, nullable=False)


def _some(connection: sa.Connection, table: sa.TableClause, key: str) -> Iterator[list[Any]]:
    """Yield the records, some at a time: all of a firm's would not fit."""
    last = ""
    while True:
        query = sa.select(table.c[key], table.c.record).where(table.c[key] > last)
        rows = list(connection.execute(query.order_by(table.c[key]).limit(500)))
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _disputed(dispute: Any) -> Columns:
    amount = dispute["amount"]
    opened = datetime.fromisoformat(dispute["opened_at"])
    return {"opened_at": opened, "amount_units": _units(amount, amount["currency"])}


def _found_at(finding: Any) -> Columns:
    return {"found_at": datetime.fromisoformat(finding["found_at"])}


def _asked_at(application: Any) -> Columns:
    return {"asked_at": datetime.fromisoformat(application["asked_at"])}


def _drafted_at(mail: Any) -> Columns:
    return {"drafted_at": datetime.fromisoformat(mail["drafted_at"])}


def _drafted_on(reminder: Any) -> Columns:
    return {"drafted_on": date.fromisoformat(reminder["drafted_on"])}


def _planned(event: Any) -> Columns:
    over = _units(event.get("over_cap"), event["currency"])
    return {"client_number": event["client_number"], "is_over_cap": int(over > 0)}


def _owed(invoice: Any) -> Columns:
    draft = invoice["draft"]
    posted, paid, credited = (
        _units(invoice.get(each), draft["currency"]) for each in ("posted", "paid", "credited")
    )
    return {
        "client_number": draft["client_number"],
        "owed_units": posted - paid - credited,
        "credited_units": credited,
    }


def _units(money: Any, currency: str) -> int:
    amount = Decimal(money["amount"]) if money else Decimal(0)
    return int(amount.scaleb(int(get_currency_precision(currency))))

"""The tables of the billing ledger."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from store.columns import Instant
from store.database import metadata

_REVERSING = text("reverses IS NOT NULL")
_OWING = text("owed_units <> 0")
_POSTING = text("stage = 'posting'")
_ADJUSTING = text("source_type = 'adjustment' AND reverses IS NULL")

billing_events = Table(
    "billing_events",
    metadata,
    Column("id", String, primary_key=True),
    Column("contract_number", String, nullable=False),
    Column("project_number", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("planned_date", Date, nullable=False),
    Column("status", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("kind", String, nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("is_over_cap", Integer, nullable=False),
    Column("client_number", String, nullable=False),
    Index("billing_events_due", "status", "planned_date"),
    Index("billing_events_by_contract", "contract_number", "kind", "period_end"),
    Index("billing_events_by_kind", "kind", "legal_entity"),
    Index("billing_events_by_client", "legal_entity", "client_number", "project_number"),
    Index("billing_events_listed", "legal_entity", "planned_date", "id"),
    Index("billing_events_over_cap", "legal_entity", "is_over_cap", "planned_date", "id"),
)

client_invoices = Table(
    "client_invoices",
    metadata,
    Column("id", String, primary_key=True),
    Column("contract_number", String, nullable=False),
    Column("project_number", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("issue_date", Date, nullable=False),
    Column("stage", String, nullable=False),
    Column("number", String),
    Column("record", LargeBinary, nullable=False),
    Column("due_date", Date, nullable=False),
    Column("billing_event_id", String, nullable=False),
    Column("reference", String, nullable=False),
    # What its lines come to, in the smallest units of the currency.
    Column("currency", String, nullable=False),
    Column("net_units", BigInteger, nullable=False),
    Column("fee_units", BigInteger, nullable=False),
    Column("expense_units", BigInteger, nullable=False),
    Column("purchase_order", String),
    Column("posted_at", Instant),
    Column("client_number", String, nullable=False),
    Column("owed_units", BigInteger, nullable=False),
    Column("credited_units", BigInteger, nullable=False),
    Index(
        "client_invoices_by_contract",
        *("contract_number", "stage", "issue_date", "billing_event_id", "purchase_order"),
        *("currency", "net_units", "fee_units", "expense_units"),
    ),
    Index("client_invoices_by_reference", "legal_entity", "reference"),
    Index("client_invoices_by_due_date", "stage", "due_date"),
    Index("client_invoices_by_number", "legal_entity", "number"),
    Index("client_invoices_by_event", "billing_event_id"),
    Index("client_invoices_by_posting", "posted_at"),
    Index(
        "client_invoices_in_posting",
        *("legal_entity", "issue_date"),
        sqlite_where=_POSTING,
        postgresql_where=_POSTING,
    ),
    Index("client_invoices_listed", "legal_entity", "issue_date", "id"),
    Index(
        "client_invoices_owing",
        *("legal_entity", "due_date", "client_number", "project_number"),
        *("currency", "owed_units"),
        sqlite_where=_OWING,
        postgresql_where=_OWING,
    ),
)

posting_pace = Table(
    "posting_pace",
    metadata,
    Column("legal_entity", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("invoices", Integer, nullable=False),
    Column("amount", String, nullable=False),
)

client_credit_notes = Table(
    "client_credit_notes",
    metadata,
    Column("id", String, primary_key=True),
    Column("invoice_id", String, nullable=False),
    Column("contract_number", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("issue_date", Date, nullable=False),
    Column("stage", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("currency", String, nullable=False),
    Column("net_units", BigInteger, nullable=False),
    Column("fee_units", BigInteger, nullable=False),
    Column("expense_units", BigInteger, nullable=False),
    Column("purchase_order", String),
    Column("posted_at", Instant),
    Index("client_credit_notes_by_invoice", "invoice_id"),
    Index(
        "client_credit_notes_by_contract",
        *("contract_number", "stage", "purchase_order"),
        *("currency", "net_units", "fee_units", "expense_units"),
    ),
    Index("client_credit_notes_by_posting", "posted_at"),
    Index(
        "client_credit_notes_in_posting",
        *("legal_entity", "issue_date"),
        sqlite_where=_POSTING,
        postgresql_where=_POSTING,
    ),
    Index("client_credit_notes_listed", "legal_entity", "issue_date", "id"),
)

write_offs = Table(
    "write_offs",
    metadata,
    Column("id", String, primary_key=True),
    Column("billing_event_id", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("contract_number", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("write_offs_by_event", "billing_event_id"),
    Index("write_offs_by_contract", "contract_number", "stage"),
)

billing_allocations = Table(
    "billing_allocations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source_type", String, nullable=False),
    Column("source_id", String, nullable=False),
    Column("source_number", String, nullable=False),
    Column("billing_event_id", String, ForeignKey("billing_events.id"), nullable=False),
    Column("invoice_id", String, nullable=False),
    Column("line", Integer, nullable=False),
    Column("sign", Integer, nullable=False),
    Column("quantity", String, nullable=False),
    Column("approved", String, nullable=False),
    Column("unit_rate", String, nullable=False),
    Column("amount", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("reverses", Integer),
    Index("billing_allocations_by_source", "source_id", "source_type"),
    Index("billing_allocations_by_invoice", "invoice_id"),
    Index(
        "billing_allocations_by_reversed",
        "reverses",
        sqlite_where=_REVERSING,
        postgresql_where=_REVERSING,
    ),
    Index(
        "billing_allocations_adjusting",
        "billing_event_id",
        sqlite_where=_ADJUSTING,
        postgresql_where=_ADJUSTING,
    ),
)

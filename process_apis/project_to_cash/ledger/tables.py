"""The tables of the billing ledger."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table

from store.columns import Instant
from store.database import metadata

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
    Index("billing_events_due", "status", "planned_date"),
    Index("billing_events_by_contract", "contract_number"),
    Index("billing_events_by_kind", "kind", "legal_entity"),
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
    Column("posted_at", Instant),
    Index("client_invoices_by_contract", "contract_number"),
    Index("client_invoices_by_due_date", "stage", "due_date"),
    Index("client_invoices_by_number", "legal_entity", "number"),
    Index("client_invoices_by_event", "billing_event_id"),
    Index("client_invoices_by_posting", "posted_at"),
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
    Column("posted_at", Instant),
    Index("client_credit_notes_by_invoice", "invoice_id"),
    Index("client_credit_notes_by_contract", "contract_number"),
    Index("client_credit_notes_by_posting", "posted_at"),
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
    Index("billing_allocations_by_source", "source_type", "source_id"),
    Index("billing_allocations_by_invoice", "invoice_id"),
    Index("billing_allocations_by_reversed", "reverses"),
)

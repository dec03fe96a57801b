"""Where what people handed in is kept, who stands in for whom, and what was told to payroll."""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, String, Table

from store.database import metadata

handed_in = Table(
    "handed_in",
    metadata,
    Column("id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("number", String, nullable=False),
    Column("employee", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("status", String, nullable=False),
    Column("started", Integer, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("handed_in_by_entity", "legal_entity", "day"),
    Index("handed_in_by_employee", "employee", "day", "id"),
    Index("handed_in_listed", "kind", "legal_entity", "day", "id"),
    Index("handed_in_to_start", "started", "status"),
)
delegations = Table(
    "delegations",
    metadata,
    Column("id", String, primary_key=True),
    Column("legal_entity", String, nullable=False),
    Column("person", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("delegations_by_person", "person"),
)
pay_runs = Table(
    "pay_runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("legal_entity", String, nullable=False),
    Column("period", String, nullable=False),
    Column("run", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("pay_runs_by_period", "legal_entity", "period", "run", unique=True),
)
paid_hours = Table(
    "paid_hours",
    metadata,
    Column("entry_id", String, primary_key=True),
    Column("pay_run_id", String, nullable=False),
    Index("paid_hours_by_run", "pay_run_id"),
)

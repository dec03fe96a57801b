"""The tables of revenue."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from store.database import metadata

revenue_entries = Table(
    "revenue_entries",
    metadata,
    Column("project_number", String, primary_key=True),
    Column("month", String, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("legal_entity", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("revenue_entries_by_month", "month", "legal_entity"),
    Index(
        "revenue_entries_listed",
        *("legal_entity", "month", "project_number", "sequence"),
    ),
)

revenue_standings = Table(
    "revenue_standings",
    metadata,
    Column("project_number", String, primary_key=True),
    Column("month", String, primary_key=True),
    Column("legal_entity", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("revenue_standings_by_month", "month", "legal_entity"),
)

accounting_periods = Table(
    "accounting_periods",
    metadata,
    Column("legal_entity", String, primary_key=True),
    Column("month", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

"""The tables of the read models.

Every record is kept once in each generation. One generation is read; the next is built beside
it, and takes its place in one transaction.
"""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, String, Table, text

from store.columns import Instant
from store.database import metadata

read_models = Table(
    "read_models",
    metadata,
    Column("model", String, primary_key=True),
    Column("instance", String, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("building", Integer),
    Column("listed", Integer, nullable=False),
    Column("differed", Integer, nullable=False),
    Column("request", String),
    Column("asked_at", Instant),
    Column("built_at", Instant),
)
model_freshness = Table(
    "model_freshness",
    metadata,
    Column("model", String, primary_key=True),
    Column("instance", String, primary_key=True),
    Column("read_up_at", Instant, nullable=False),
)
known_hours = Table(
    "known_hours",
    metadata,
    Column("instance", String, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("id", String, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("employee", String, nullable=False),
    Column("project_number", String, nullable=False),
    Column("work_date", Date, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("billable", Boolean, nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("adjusts", String),
    Column("gone", Boolean, nullable=False),
    Index("known_hours_by_day", "instance", "generation", "work_date", "id"),
    # Few entries adjust another: among all of them, the index would tell a planner nothing.
    Index(
        "known_hours_by_adjusted",
        "instance",
        "generation",
        "adjusts",
        sqlite_where=text("adjusts IS NOT NULL"),
        postgresql_where=text("adjusts IS NOT NULL"),
    ),
)
worked_hours = Table(
    "worked_hours",
    metadata,
    Column("instance", String, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("grain", String, primary_key=True),
    Column("start", Date, primary_key=True),
    Column("employee", String, primary_key=True),
    Column("project_number", String, primary_key=True),
    Column("billable", Boolean, primary_key=True),
    Column("units", BigInteger, nullable=False),
    Column("entries", Integer, nullable=False),
)
known_postings = Table(
    "known_postings",
    metadata,
    Column("instance", String, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("id", String, primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("record_type", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("invoice_number", String, nullable=False),
    Column("client_number", String, nullable=False),
    Column("project_number", String),
    Column("day", Date, nullable=False),
    Column("month", Date, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("currency", String, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False),
    Index("known_postings_by_invoice", "instance", "generation", "legal_entity", "invoice_number"),
)
doubted_records = Table(
    "doubted_records",
    metadata,
    Column("model", String, primary_key=True),
    Column("instance", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("record_type", String, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("doubt", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("again_at", Instant, nullable=False),
)

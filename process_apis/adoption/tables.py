"""The table of findings."""

from sqlalchemy import Column, Index, LargeBinary, String, Table

from store.columns import Instant
from store.database import metadata

findings = Table(
    "findings",
    metadata,
    Column("id", String, primary_key=True),
    Column("legal_entity", String, nullable=False),
    Column("project_number", String),
    Column("status", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("role", String, nullable=False),
    Index("findings_listed", "status", "legal_entity", "found_at", "id", "role"),
    Index("findings_by_project", "project_number"),
)

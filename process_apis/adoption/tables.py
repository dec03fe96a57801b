"""The table of findings."""

from sqlalchemy import Column, Index, LargeBinary, String, Table

from store.database import metadata

findings = Table(
    "findings",
    metadata,
    Column("id", String, primary_key=True),
    Column("legal_entity", String, nullable=False),
    Column("project_number", String),
    Column("status", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("findings_by_status", "status", "legal_entity"),
    Index("findings_by_project", "project_number"),
)

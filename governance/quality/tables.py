"""The tables of findings, of what was judged, and of the scores of every week."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, LargeBinary, String, Table

from store.database import metadata

quality_findings = Table(
    "quality_findings",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("legal_entity", String),
    Column("state", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("ix_quality_findings_state", "state"),
    Index("ix_quality_findings_subject", "subject"),
)
quality_judged = Table(
    "quality_judged",
    metadata,
    Column("kind", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("system", String, primary_key=True),
    Column("legal_entity", String),
    Column("version", Integer, nullable=False),
    Column("watched", Boolean, nullable=False),
    Column("judged_on", Date, nullable=False),
    Index("ix_quality_judged_subject", "subject"),
    Index("ix_quality_judged_watched", "watched", "judged_on"),
)
quality_scores = Table(
    "quality_scores",
    metadata,
    Column("week", Date, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("legal_entity", String, primary_key=True),
    Column("judged", Integer, nullable=False),
    Column("score", String, nullable=False),
)

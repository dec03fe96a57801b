"""Where approvals are kept, and each role's consent to one."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from store.columns import Instant
from store.database import metadata

approvals = Table(
    "approvals",
    metadata,
    Column("id", String, primary_key=True),
    Column("question", String, nullable=False),
    Column("subject_type", String, nullable=False),
    Column("subject_id", String, nullable=False),
    Column("subject_version", Integer, nullable=False),
    Column("process", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("project_number", String),
    Column("title", String, nullable=False),
    Column("role", String, nullable=False),
    Column("further_roles", String, nullable=False, default="[]"),
    Column("assignee", String),
    Column("amount", String),
    Column("requested_by", String, nullable=False),
    Column("beneficiary", String),
    Column("requested_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("status", String, nullable=False),
    Column("decided_by", String),
    Column("decided_at", Instant),
    Column("comment", String),
    Column("asked_in", String),
    Column("traceparent", String),
    Column("tracestate", String),
    Column("if_approved", Text, nullable=False),
    Column("if_rejected", Text),
    Column("continued", Integer, nullable=False, default=0),
    Index("approvals_by_status", "status", "role", "assignee"),
    Index("approvals_by_subject", "subject_id"),
    Index("approvals_to_continue", "continued", "status"),
    Index("approvals_by_request", "requested_at"),
    Index("approvals_listed", "status", "legal_entity", "requested_at", "id", "role"),
    Index(
        "approvals_of_roles",
        "status",
        sqlite_where=text("further_roles != '[]'"),
        postgresql_where=text("further_roles != '[]'"),
    ),
)
approval_consents = Table(
    "approval_consents",
    metadata,
    Column("approval_id", String, primary_key=True),
    Column("role", String, primary_key=True),
    Column("person", String, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("approval_id", "person", name="approval_consents_person"),
)

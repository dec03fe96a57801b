"""The first schema."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "approval_consents",
        sa.Column("approval_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("approval_id", "role"),
        sa.UniqueConstraint("approval_id", "person", name="approval_consents_person"),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("subject_version", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("further_roles", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("amount", sa.String(), nullable=True),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("beneficiary", sa.String(), nullable=True),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("traceparent", sa.String(), nullable=True),
        sa.Column("if_approved", sa.Text(), nullable=False),
        sa.Column("if_rejected", sa.Text(), nullable=True),
        sa.Column("continued", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("approvals_by_status", "approvals", ["status", "role"], unique=False)
    op.create_index("approvals_by_subject", "approvals", ["subject_id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("on_behalf_of", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("legal_entity", sa.String(), nullable=True),
        sa.Column("before_hash", sa.String(), nullable=True),
        sa.Column("after_hash", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("trace_id", sa.String(), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_table(
        "billing_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contract_number", sa.String(), nullable=False),
        sa.Column("project_number", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("planned_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "billing_events_due", "billing_events", ["status", "planned_date"], unique=False
    )
    op.create_table(
        "business_time",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business", Instant(), nullable=False),
        sa.Column("wall", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "client_invoices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contract_number", sa.String(), nullable=False),
        sa.Column("project_number", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "client_invoices_by_contract", "client_invoices", ["contract_number"], unique=False
    )
    op.create_index(
        "client_invoices_by_number", "client_invoices", ["legal_entity", "number"], unique=False
    )
    op.create_table(
        "client_matches",
        sa.Column("left_system", sa.String(), nullable=False),
        sa.Column("left_record", sa.String(), nullable=False),
        sa.Column("right_system", sa.String(), nullable=False),
        sa.Column("right_record", sa.String(), nullable=False),
        sa.Column("left_name", sa.String(), nullable=False),
        sa.Column("right_name", sa.String(), nullable=False),
        sa.Column("left_id", sa.String(), nullable=False),
        sa.Column("right_id", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("score", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("left_system", "left_record", "right_system", "right_record"),
    )
    op.create_index(
        "client_matches_by_ids", "client_matches", ["left_id", "right_id"], unique=False
    )
    op.create_table(
        "commands",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("input_hash", sa.String(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("traceparent", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("commands_by_status", "commands", ["status"], unique=False)
    op.create_table(
        "cross_references",
        sa.Column("canonical_type", sa.String(), nullable=False),
        sa.Column("canonical_id", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("record_type", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("match_method", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(), nullable=False),
        sa.Column("verified_by", sa.String(), nullable=True),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("canonical_id", "system", "instance", "record_type", "record_id"),
    )
    op.create_index(
        "cross_references_canonical", "cross_references", ["canonical_id"], unique=False
    )
    op.create_index(
        "cross_references_record",
        "cross_references",
        ["system", "instance", "record_type", "record_id"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "effects",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("input_hash", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("system", "instance", "operation", "key"),
    )
    op.create_index(op.f("ix_effects_state"), "effects", ["state"], unique=False)
    op.create_table(
        "engagements",
        sa.Column("project_number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("opportunity_id", sa.String(), nullable=True),
        sa.Column("contract_id", sa.String(), nullable=False),
        sa.Column("contract_number", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("client_number", sa.String(), nullable=False),
        sa.Column("client_name", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("billing_model", sa.String(), nullable=False),
        sa.Column("project_manager", sa.String(), nullable=False),
        sa.Column("command_key", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("stops_at", sa.String(), nullable=True),
        sa.Column("price_difference", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("agreed_at", Instant(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("activated_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("project_number"),
        sa.UniqueConstraint("opportunity_id"),
    )
    op.create_index("engagements_by_entity", "engagements", ["legal_entity"], unique=False)
    op.create_table(
        "exceptions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("command_key", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("step_name", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("owner_role", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=True),
        sa.Column("on_behalf_of", sa.String(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("resumed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("exceptions_by_status", "exceptions", ["status", "owner_role"], unique=False)
    op.create_table(
        "feed_positions",
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("read_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instance"),
    )
    op.create_table(
        "findings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("project_number", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.Index("findings_by_status", "status", "legal_entity"),
        sa.Index("findings_by_project", "project_number"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entities", sa.String(), nullable=False),
        sa.Column("attempt", sa.String(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "client_id", "operation", "key"),
    )
    op.create_index(op.f("ix_idempotency_keys_until"), "idempotency_keys", ["until"], unique=False)
    op.create_table(
        "billing_allocations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_type", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("source_number", sa.String(), nullable=False),
        sa.Column("billing_event_id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("sign", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.String(), nullable=False),
        sa.Column("approved", sa.String(), nullable=False),
        sa.Column("unit_rate", sa.String(), nullable=False),
        sa.Column("amount", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reverses", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["billing_event_id"],
            ["billing_events.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "billing_allocations_by_invoice", "billing_allocations", ["invoice_id"], unique=False
    )
    op.create_index(
        "billing_allocations_by_reversed", "billing_allocations", ["reverses"], unique=False
    )
    op.create_index(
        "billing_allocations_by_source",
        "billing_allocations",
        ["source_type", "source_id"],
        unique=False,
    )
    op.create_table(
        "client_credit_notes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("contract_number", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "client_credit_notes_by_contract", "client_credit_notes", ["contract_number"], unique=False
    )
    op.create_index(
        "client_credit_notes_by_invoice", "client_credit_notes", ["invoice_id"], unique=False
    )
    _receivables()
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )


def _receivables() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("contract_number", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("announced", sa.Integer(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("disputes_by_invoice", "disputes", ["invoice_id"], unique=False)
    op.create_index("disputes_by_contract", "disputes", ["contract_number", "status"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("placed", sa.Integer(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("receipts_by_entity", "receipts", ["legal_entity", "placed"], unique=False)
    op.create_table(
        "reminders",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reminders_by_invoice", "reminders", ["invoice_id"], unique=False)


def downgrade() -> None:
    for table in (
        "reminders",
        "receipts",
        "disputes",
        "client_credit_notes",
        "billing_allocations",
        "idempotency_keys",
        "findings",
        "feed_positions",
        "exceptions",
        "engagements",
        "effects",
        "cross_references",
        "commands",
        "client_matches",
        "client_invoices",
        "business_time",
        "billing_events",
        "audit",
        "approvals",
        "approval_consents",
    ):
        op.drop_table(table)

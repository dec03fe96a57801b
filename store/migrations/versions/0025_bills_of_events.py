"""What was invoiced of a billing event, and which events are deposits, is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_OF = "json_extract(CAST(record AS TEXT), '$.billing_event_id')"
_KIND = "json_extract(CAST(record AS TEXT), '$.kind')"
_OLDEST_KIND = "T&M_period"  # what was written before events had kinds


def upgrade() -> None:
    op.add_column("client_invoices", sa.Column("billing_event_id", sa.String(), nullable=True))
    op.execute(f"UPDATE client_invoices SET billing_event_id = {_OF}")  # noqa: S608  # a constant
    with op.batch_alter_table("client_invoices") as table:
        table.alter_column("billing_event_id", existing_type=sa.String(), nullable=False)
    op.create_index("client_invoices_by_event", "client_invoices", ["billing_event_id"])
    op.add_column("billing_events", sa.Column("kind", sa.String(), nullable=True))
    op.execute(
        f"UPDATE billing_events SET kind = coalesce({_KIND}, '{_OLDEST_KIND}')"  # noqa: S608  # constants
    )
    with op.batch_alter_table("billing_events") as table:
        table.alter_column("kind", existing_type=sa.String(), nullable=False)
    op.create_index("billing_events_by_kind", "billing_events", ["kind", "legal_entity"])


def downgrade() -> None:
    op.drop_index("billing_events_by_kind", "billing_events")
    with op.batch_alter_table("billing_events") as table:
        table.drop_column("kind")
    op.drop_index("client_invoices_by_event", "client_invoices")
    with op.batch_alter_table("client_invoices") as table:
        table.drop_column("billing_event_id")

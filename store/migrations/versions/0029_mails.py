"""Invoices and credit notes are mailed, and found by when they were posted."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0029"
down_revision = "0028"
POSTED = ("client_invoices", "client_credit_notes")


def upgrade() -> None:
    op.create_table(
        "invoice_mails",
        sa.Column("document_id", sa.String(), primary_key=True),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
    )
    op.create_index("invoice_mails_by_company", "invoice_mails", ["legal_entity"])
    # What was posted before this reached its client in another way.
    for table in POSTED:
        op.add_column(table, sa.Column("posted_at", Instant(), nullable=True))
        op.create_index(f"{table}_by_posting", table, ["posted_at"])


def downgrade() -> None:
    for table in POSTED:
        op.drop_index(f"{table}_by_posting", table)
        with op.batch_alter_table(table) as changed:
            changed.drop_column("posted_at")
    op.drop_table("invoice_mails")

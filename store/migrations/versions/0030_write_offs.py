"""Billing events that fell due may be written off, and put back."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "write_offs",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("billing_event_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contract_number", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
    )
    op.create_index("write_offs_by_event", "write_offs", ["billing_event_id"])
    op.create_index("write_offs_by_contract", "write_offs", ["contract_number", "stage"])


def downgrade() -> None:
    op.drop_table("write_offs")

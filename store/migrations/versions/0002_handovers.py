"""Deals that are won or signed, and wait for the other."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("opportunity_number", sa.String(), nullable=False),
        sa.Column("missing", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id"),
    )
    op.create_index("handovers_by_state", "handovers", ["state"])


def downgrade() -> None:
    op.drop_table("handovers")

"""The messages in which systems told of changes, each once."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "hints",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("hint_id", sa.String(), nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("waits_since", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("hints_by_hint", "hints", ["instance", "hint_id"])
    op.create_index("hints_by_status", "hints", ["status", "received_at"])


def downgrade() -> None:
    op.drop_index("hints_by_status", "hints")
    op.drop_index("hints_by_hint", "hints")
    op.drop_table("hints")

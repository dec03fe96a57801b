"""The messages in which systems told of changes, each once."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("notice_id", sa.String(), nullable=False),
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
    op.create_index("notices_by_notice", "notices", ["instance", "notice_id"])
    op.create_index("notices_by_status", "notices", ["status", "received_at"])


def downgrade() -> None:
    op.drop_index("notices_by_status", "notices")
    op.drop_index("notices_by_notice", "notices")
    op.drop_table("notices")

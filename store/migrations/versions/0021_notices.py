"""Who was told what, in which messages, and how people want to hear of things."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("bundle_id", sa.String(), nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notices_by_bundle", "notices", ["bundle_id", "due_at"])
    op.create_index("notices_by_occasion", "notices", ["occasion", "person"])
    op.create_table(
        "notice_bundles",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notice_bundles_by_person", "notice_bundles", ["person", "made_at"])
    op.create_index("notice_bundles_by_state", "notice_bundles", ["state"])
    op.create_table(
        "notice_preferences",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )


def downgrade() -> None:
    op.drop_table("notice_preferences")
    op.drop_index("notice_bundles_by_state", "notice_bundles")
    op.drop_index("notice_bundles_by_person", "notice_bundles")
    op.drop_table("notice_bundles")
    op.drop_index("notices_by_occasion", "notices")
    op.drop_index("notices_by_bundle", "notices")
    op.drop_table("notices")

"""Which records are judged again every day, and when each was judged last."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0008"

_FIRST = "1970-01-01"


def upgrade() -> None:
    # What was judged before is looked at once, and then says itself whether it is watched.
    with op.batch_alter_table("quality_judged") as table:
        table.add_column(
            sa.Column("watched", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        table.add_column(sa.Column("judged_on", sa.Date(), nullable=False, server_default=_FIRST))
    with op.batch_alter_table("quality_judged") as table:
        table.alter_column("watched", server_default=None)
        table.alter_column("judged_on", server_default=None)
    op.create_index("ix_quality_judged_watched", "quality_judged", ["watched", "judged_on"])


def downgrade() -> None:
    op.drop_index("ix_quality_judged_watched", "quality_judged")
    with op.batch_alter_table("quality_judged") as table:
        table.drop_column("judged_on")
        table.drop_column("watched")

"""Work knows what was noted along its trace, and which trace it goes on with."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0024"
ADDED = (
    ("commands", "tracestate"),
    ("commands", "follows"),
    ("approvals", "asked_in"),
    ("approvals", "tracestate"),
)


def upgrade() -> None:
    for table, name in ADDED:
        op.add_column(table, sa.Column(name, sa.String(), nullable=True))


def downgrade() -> None:
    for table, name in ADDED[::-1]:
        op.drop_column(table, name)

"""Work knows which trace it goes on with; what fails is known again after a restart."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0027"
down_revision = "0026"
FAILING = "failing_operations"
ADDED = (
    ("commands", "tracestate"),
    ("commands", "follows"),
    ("approvals", "asked_in"),
    ("approvals", "tracestate"),
)


def upgrade() -> None:
    for table, name in ADDED:
        op.add_column(table, sa.Column(name, sa.String(), nullable=True))
    op.create_table(
        FAILING,
        sa.Column("instance", sa.String(), primary_key=True),
        sa.Column("api", sa.String(), primary_key=True),
        sa.Column("operation", sa.String(), primary_key=True),
        sa.Column("failing", sa.Text(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
    )


def downgrade() -> None:
    op.drop_table(FAILING)
    for table, name in ADDED[::-1]:
        op.drop_column(table, name)

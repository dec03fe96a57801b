"""Changes of lifecycles, who uses what, and notices to those who use what ends."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "lifecycle_changes",
        sa.Column("api", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("lifecycle", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("api", "revision"),
    )
    op.create_table(
        "api_usage",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("api", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("consumer", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "api", "operation", "consumer", "field"),
    )
    op.create_table(
        "lifecycle_notices",
        sa.Column("api", sa.String(), nullable=False),
        sa.Column("consumer", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("sunset_on", sa.Date(), nullable=True),
        sa.Column("successor", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("api", "consumer", "stage", "week"),
    )


def downgrade() -> None:
    for table in ("lifecycle_notices", "api_usage", "lifecycle_changes"):
        op.drop_table(table)

"""Read models: hours as the systems have them, and their sums."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "read_models",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("building", sa.Integer(), nullable=True),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("differed", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.Column("built_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("model", "instance"),
    )
    op.create_table(
        "model_freshness",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("read_up_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("model", "instance"),
    )
    op.create_table(
        "known_hours",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("project_number", sa.String(), nullable=False),
        sa.Column("work_date", sa.Date(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("billable", sa.Boolean(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("adjusts", sa.String(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "generation", "id"),
    )
    op.create_index(
        "known_hours_by_day", "known_hours", ["instance", "generation", "work_date", "id"]
    )
    adjusting = sa.text("adjusts IS NOT NULL")
    op.create_index(
        "known_hours_by_adjusted",
        "known_hours",
        ["instance", "generation", "adjusts"],
        sqlite_where=adjusting,
        postgresql_where=adjusting,
    )
    op.create_table(
        "worked_hours",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("project_number", sa.String(), nullable=False),
        sa.Column("billable", sa.Boolean(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "instance", "generation", "grain", "start", "employee", "project_number", "billable"
        ),
    )
    op.create_table(
        "doubted_records",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("doubt", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("again_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("model", "instance", "id"),
    )


def downgrade() -> None:
    op.drop_table("doubted_records")
    op.drop_table("worked_hours")
    op.drop_index("known_hours_by_adjusted", "known_hours")
    op.drop_index("known_hours_by_day", "known_hours")
    op.drop_table("known_hours")
    op.drop_table("model_freshness")
    op.drop_table("read_models")

"""What people hand in, who stands in for whom, and what was told to payroll."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "handed_in",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("started", sa.Integer(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version"),
    )
    op.create_index("handed_in_by_entity", "handed_in", ["legal_entity", "day"])
    op.create_index("handed_in_by_employee", "handed_in", ["employee", "day"])
    op.create_index("handed_in_to_start", "handed_in", ["started", "status"])
    op.create_table(
        "delegations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("delegations_by_person", "delegations", ["person"])
    op.create_table(
        "escalations",
        sa.Column("approval_id", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("approval_id"),
    )
    op.create_table(
        "pay_runs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "pay_runs_by_period", "pay_runs", ["legal_entity", "period", "run"], unique=True
    )
    op.create_table(
        "paid_hours",
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("pay_run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    op.create_index("paid_hours_by_run", "paid_hours", ["pay_run_id"])


def downgrade() -> None:
    for name in ("paid_hours", "pay_runs", "escalations", "delegations", "handed_in"):
        op.drop_table(name)

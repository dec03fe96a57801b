"""The revenue ledger, how projects stand at the end of a month, and the months that are closed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "revenue_entries",
        sa.Column("project_number", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project_number", "month", "sequence"),
    )
    op.create_index("revenue_entries_by_month", "revenue_entries", ["month", "legal_entity"])
    op.create_table(
        "revenue_standings",
        sa.Column("project_number", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project_number", "month"),
    )
    op.create_index("revenue_standings_by_month", "revenue_standings", ["month", "legal_entity"])
    op.create_table(
        "accounting_periods",
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("legal_entity", "month"),
    )


def downgrade() -> None:
    op.drop_table("accounting_periods")
    op.drop_index("revenue_standings_by_month", "revenue_standings")
    op.drop_table("revenue_standings")
    op.drop_index("revenue_entries_by_month", "revenue_entries")
    op.drop_table("revenue_entries")

"""The bookings that were asked for, what is to be planned again, and the frozen forecasts."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "staffing_cases",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("project_number", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id"),
    )
    op.create_index("staffing_cases_by_stage", "staffing_cases", ["kind", "stage"])
    op.create_index(
        "staffing_cases_by_entity", "staffing_cases", ["kind", "legal_entity", "opened_at"]
    )
    op.create_table(
        "forecast_snapshots",
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("frozen_on", sa.Date(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("project_number", sa.String(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("legal_entity", "frozen_on", "employee", "project_number", "week"),
    )
    op.create_index("forecast_snapshots_by_week", "forecast_snapshots", ["legal_entity", "week"])
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER forecast_no_{verb.lower()} BEFORE {verb} ON forecast_snapshots "
            "BEGIN SELECT RAISE(ABORT, 'a frozen forecast is never changed'); END"
        )


def downgrade() -> None:
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER forecast_no_{verb}")
    op.drop_index("forecast_snapshots_by_week", "forecast_snapshots")
    op.drop_table("forecast_snapshots")
    op.drop_index("staffing_cases_by_entity", "staffing_cases")
    op.drop_index("staffing_cases_by_stage", "staffing_cases")
    op.drop_table("staffing_cases")

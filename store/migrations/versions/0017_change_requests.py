"""The changes of contracts and milestones that somebody asked to be carried out."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "change_applications",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("project_number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("change_applications_by_entity", "change_applications", ["legal_entity"])


def downgrade() -> None:
    op.drop_index("change_applications_by_entity", "change_applications")
    op.drop_table("change_applications")

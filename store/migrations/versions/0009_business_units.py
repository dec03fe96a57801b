"""The business unit that an engagement is of, and the project that an approval is about."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("engagements", sa.Column("business_unit", sa.String(), nullable=True))
    op.add_column("approvals", sa.Column("project_number", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("approvals", "project_number")
    op.drop_column("engagements", "business_unit")

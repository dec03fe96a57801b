"""The business unit that an engagement is of, if it is of one."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("engagements", sa.Column("business_unit", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("engagements", "business_unit")

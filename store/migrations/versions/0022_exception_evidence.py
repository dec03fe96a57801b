"""An exception says what is at stake, and which records show it."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
TABLE = "exceptions"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("amount_at_risk", sa.String(), nullable=True))
    op.add_column(TABLE, sa.Column("evidence", sa.String(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column(TABLE, "evidence")
    op.drop_column(TABLE, "amount_at_risk")

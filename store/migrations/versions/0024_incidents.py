"""An exception says which system did not do its part, so that its work can be replayed."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
TABLE = "exceptions"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("system", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column(TABLE, "system")

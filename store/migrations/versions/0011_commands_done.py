"""What a command did, and in the life of which process it is attempted."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0007"
TABLE = "idempotency_keys"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("life", sa.String()))
    op.add_column(TABLE, sa.Column("attempt_until", sa.Integer()))
    op.add_column(TABLE, sa.Column("done", sa.LargeBinary()))


def downgrade() -> None:
    for name in ("done", "attempt_until", "life"):
        op.drop_column(TABLE, name)

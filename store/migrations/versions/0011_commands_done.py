"""What a command did and in whose life it is attempted, and of which company a record is."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
TABLE = "idempotency_keys"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("life", sa.String()))
    op.add_column(TABLE, sa.Column("attempt_until", sa.Integer()))
    op.add_column(TABLE, sa.Column("done", sa.LargeBinary()))
    op.add_column("cross_references", sa.Column("legal_entity", sa.String()))


def downgrade() -> None:
    op.drop_column("cross_references", "legal_entity")
    for name in ("done", "attempt_until", "life"):
        op.drop_column(TABLE, name)

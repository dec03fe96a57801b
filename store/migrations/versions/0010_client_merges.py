"""The book of merged clients."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "client_merges",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("survivor_id", sa.String(), nullable=False),
        sa.Column("merged_id", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("client_merges_by_pair", "client_merges", ["survivor_id", "merged_id"])
    op.create_index(
        "cross_references_given_up",
        "cross_references",
        ["system", "instance", "record_type", "record_id"],
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("cross_references_given_up", "cross_references")
    op.drop_table("client_merges")

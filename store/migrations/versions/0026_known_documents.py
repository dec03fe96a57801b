"""Read models of the books' documents, and of which type a record in doubt is."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "known_postings",
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("record_type", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("invoice_number", sa.String(), nullable=False),
        sa.Column("client_number", sa.String(), nullable=False),
        sa.Column("project_number", sa.String(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "generation", "id", "part"),
    )
    op.create_index(
        "known_postings_by_invoice",
        "known_postings",
        ["instance", "generation", "legal_entity", "invoice_number"],
    )
    op.add_column("doubted_records", sa.Column("record_type", sa.String(), nullable=True))
    op.execute("UPDATE doubted_records SET record_type = 'time_entry'")
    with op.batch_alter_table("doubted_records") as table:
        table.alter_column("record_type", existing_type=sa.String(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("doubted_records") as table:
        table.drop_column("record_type")
    op.drop_table("known_postings")

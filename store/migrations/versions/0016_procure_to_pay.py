"""The register of what buying leaves behind."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "purchase_papers",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("vendor_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id"),
    )
    op.create_index("purchase_papers_by_vendor", "purchase_papers", ["kind", "vendor_id"])
    op.create_index(
        "purchase_papers_by_entity", "purchase_papers", ["kind", "legal_entity", "opened_at"]
    )
    op.create_index("purchase_papers_by_stage", "purchase_papers", ["kind", "stage"])


def downgrade() -> None:
    op.drop_table("purchase_papers")

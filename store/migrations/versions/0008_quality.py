"""What the rules of quality found, what they judged, and the scores of every week."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "quality_findings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_quality_findings_state", "quality_findings", ["state"])
    op.create_index("ix_quality_findings_subject", "quality_findings", ["subject"])
    op.create_table(
        "quality_judged",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("judged_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", "system"),
    )
    op.create_index("ix_quality_judged_watched", "quality_judged", ["watched", "judged_on"])
    op.create_index("ix_quality_judged_subject", "quality_judged", ["subject"])
    op.create_table(
        "quality_scores",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("legal_entity", sa.String(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("score", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("week", "kind", "legal_entity"),
    )


def downgrade() -> None:
    for table in ("quality_scores", "quality_judged", "quality_findings"):
        op.drop_table(table)

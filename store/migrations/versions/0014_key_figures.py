"""Approvals are found by when they were asked for."""

from alembic import op

revision = "0014"
down_revision = "0013"
INDEX = "approvals_by_request"


def upgrade() -> None:
    op.create_index(INDEX, "approvals", ["requested_at"])


def downgrade() -> None:
    op.drop_index(INDEX, "approvals")

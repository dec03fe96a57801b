"""The audit in streams: every entry gets its stream, and keeps the hash that it was given.

Entries that are there stay one chain over all streams (`form` 1), by which they are verified
as before; an entry that comes after them is chained in its stream (`form` 2).
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TOLD = (
    "at, actor, client_id, on_behalf_of, action, subject, legal_entity, before_hash, after_hash,"
    " reason, trace_id, previous_hash, hash"
)
_FIRST_WORDS = {
    "decisions": ("approval", "client_match", "exception", "finding"),
    "effects": ("crm", "contracts", "psa", "erp", "hr", "procurement"),
    "configuration": ("audit", "clients", "clock", "firm", "keys", "policy", "settings"),
    "sensitive_reads": ("read",),
}


def upgrade() -> None:
    op.rename_table("audit", "audit_before")
    _create("audit", with_streams=True)
    op.execute(
        f"INSERT INTO audit (sequence, stream, stream_sequence, form, {_TOLD})"  # noqa: S608  no word of it comes from outside
        " SELECT sequence, stream, row_number() OVER (PARTITION BY stream ORDER BY sequence),"
        f" 1, {_TOLD} FROM"
        f" (SELECT sequence, {_stream()} AS stream, {_TOLD} FROM audit_before) AS told"
        " ORDER BY sequence"
    )
    op.drop_table("audit_before")
    op.create_index("audit_by_subject", "audit", ["subject", "sequence"], unique=False)
    _refuse_changes()


def downgrade() -> None:
    op.rename_table("audit", "audit_by_streams")
    op.drop_index("audit_by_subject", "audit_by_streams")
    _create("audit", with_streams=False)
    op.execute(
        f"INSERT INTO audit (sequence, {_TOLD}) SELECT sequence, {_TOLD} FROM audit_by_streams"  # noqa: S608  no word of it comes from outside
    )
    op.drop_table("audit_by_streams")
    _refuse_changes()


def _stream() -> str:
    """Return how SQL says which stream an action belongs to; as it was when the streams began."""
    cases = ["WHEN action LIKE '/%' THEN 'requests'"]
    for stream, words in _FIRST_WORDS.items():
        alike = " OR ".join(
            f"action = '{word}' OR action LIKE '{word.replace('_', '!_')}.%' ESCAPE '!'"
            for word in words
        )
        cases.append(f"WHEN {alike} THEN '{stream}'")
    return f"CASE {' '.join(cases)} ELSE 'records' END"


def _create(name: str, *, with_streams: bool) -> None:
    streams = [
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("stream_sequence", sa.Integer(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.UniqueConstraint("stream", "stream_sequence", name="audit_by_stream"),
    ]
    told = _TOLD.split(", ")
    op.create_table(
        name,
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        *(streams if with_streams else ()),
        *(sa.Column(each, sa.String(), nullable=True) for each in told[:-2]),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )


def _refuse_changes() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )

"""An audit in several streams, and those who would rather have it say something else."""

from datetime import UTC, datetime

from sqlalchemy import Connection, Update, select, text

from governance.access import Caller
from governance.audit import Audit, AuditEntry
from governance.audit_chain.entries import FIRST_LINK, TOLD, Place, audit, link
from governance.audit_chain.streams import Stream
from store.database import Store

CALLER = Caller(subject="e-7", client_id="console", scopes=frozenset(), on_behalf_of="e-9")
ACTIONS = ("erp.post_invoice", "approval.approved", "invoice.posted")


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


def entry(subject: str, action: str = "erp.post_invoice") -> AuditEntry:
    """Return an entry about something."""
    return AuditEntry.by(CALLER, action, subject, legal_entity="NWA-US", reason="due")


async def written(chain: Audit, count: int) -> None:
    """Write entries of one stream."""
    for number in range(count):
        await chain.record(entry(f"INV-{number}"))


async def in_turns(chain: Audit, rounds: int) -> None:
    """Write entries of effects, decisions and records in turns."""
    for number in range(rounds):
        for action in ACTIONS:
            await chain.record(entry(f"INV-{number}", action))


async def tamper(store: Store, *statements: str | Update) -> None:
    """Change the table as someone who holds the database can."""

    def work(connection: Connection) -> None:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
        for statement in statements:
            connection.execute(text(statement) if isinstance(statement, str) else statement)

    await store.write(work)


async def forge(store: Store) -> None:
    """Make all chains consistent again after a change, as a careful forger would."""
    await store.write(_rehashed)


async def forge_one(store: Store, sequence: int) -> None:
    """Make one entry's hash fit what it says now, and leave the others as they are."""

    def work(connection: Connection) -> None:
        one = audit.c.sequence == sequence
        row = connection.execute(select(audit).where(one)).mappings().one()
        stream, previous = Stream(row["stream"]), row["previous_hash"]
        place = Place(stream, sequence, row["stream_sequence"], previous)
        hashed = link(place, tuple(row[name] for name in TOLD))
        connection.execute(audit.update().where(one).values(hash=hashed))

    await store.write(work)


def _rehashed(connection: Connection) -> None:
    rows = connection.execute(select(audit).order_by(audit.c.sequence)).mappings().all()
    ends: dict[str, Place] = {}
    for sequence, row in enumerate(rows, start=1):
        stream = Stream(row["stream"])
        before = ends.get(stream, Place(stream, 0, 0, FIRST_LINK))
        place = Place(stream, sequence, before.number + 1, before.previous)
        hashed = link(place, tuple(row[name] for name in TOLD))
        changed = audit.update().where(audit.c.sequence == row["sequence"])
        connection.execute(
            changed.values(
                sequence=sequence,
                stream_sequence=place.number,
                previous_hash=place.previous,
                hash=hashed,
            )
        )
        ends[stream] = Place(stream, sequence, place.number, hashed)

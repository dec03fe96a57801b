"""The audit cannot be changed unseen."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Update, insert, select, text
from sqlalchemy.exc import IntegrityError

from governance.access import Caller
from governance.audit import Audit, AuditEntry
from governance.audit_chain import FIRST_LINK, TOLD, audit, link, verify
from store.database import Store, metadata


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open an empty store."""
    opened = Store(tmp_path / "strata.db")
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    """Set a clock to a Monday noon."""
    return Clock()


@pytest.fixture
def chain(store: Store, clock: Clock, tmp_path: Path) -> Audit:
    """Begin an audit whose head is anchored every five entries."""
    return Audit(store, clock, tmp_path / "audit-heads.jsonl", every=5)


def _entry(subject: str) -> AuditEntry:
    caller = Caller(subject="e-7", client_id="console", scopes=frozenset(), on_behalf_of="e-9")
    return AuditEntry.by(caller, "erp.post_invoice", subject, legal_entity="NWA-US", reason="due")


async def _written(chain: Audit, count: int) -> None:
    for number in range(count):
        await chain.record(_entry(f"INV-{number}"))


async def _tamper(store: Store, *statements: str | Update) -> None:
    """Change the table as someone who holds the database can."""

    def work(connection: Connection) -> None:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
        for statement in statements:
            connection.execute(text(statement) if isinstance(statement, str) else statement)

    await store.write(work)


def _rehash(after: int) -> Callable[[Connection], None]:
    """Return work that makes the chain consistent again after a change, as a careful forger."""

    def work(connection: Connection) -> None:
        rows = connection.execute(select(audit).order_by(audit.c.sequence)).mappings().all()
        before = FIRST_LINK
        for row in rows:
            told = tuple(row[name] for name in TOLD)
            hashed = link(row["sequence"], before, told)
            if row["sequence"] >= after:
                connection.execute(
                    audit.update()
                    .where(audit.c.sequence == row["sequence"])
                    .values(previous_hash=before, hash=hashed)
                )
            before = hashed

    return work


async def test_an_untouched_audit_is_whole(chain: Audit) -> None:
    """Every entry follows the one before it."""
    await _written(chain, 12)

    verdict = await chain.verdict()

    assert verdict.whole
    assert verdict.entries == 12


async def test_the_database_refuses_to_change_or_delete_an_entry(
    chain: Audit, store: Store
) -> None:
    """Append-only holds for whoever merely uses the database."""
    await _written(chain, 1)

    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
        with pytest.raises(IntegrityError, match="append-only"):
            await store.write(lambda connection, sql=statement: connection.execute(text(sql)))  # type: ignore[misc]  # mypy cannot infer a lambda's default


@pytest.mark.parametrize("column", [name for name in TOLD if name != "before_hash"])
async def test_an_edited_entry_is_found(chain: Audit, store: Store, column: str) -> None:
    """AU-01: whatever is edited, the entry's hash no longer fits."""
    await _written(chain, 12)
    edit = audit.update().where(audit.c.sequence == 4).values({column: "someone else"})
    await _tamper(store, edit)

    verdict = await chain.verdict()

    assert (verdict.first_bad_sequence, verdict.reason) == (4, "it was changed")


async def test_an_edited_link_is_found(chain: Audit, store: Store) -> None:
    """What an entry says about the one before it is checked too."""
    await _written(chain, 12)
    await _tamper(store, "UPDATE audit SET previous_hash = hash WHERE sequence = 4")

    verdict = await chain.verdict()

    assert verdict.first_bad_sequence == 4


async def test_a_deleted_entry_is_found(chain: Audit, store: Store) -> None:
    """AU-02: a gap shows where it is."""
    await _written(chain, 12)
    await _tamper(store, "DELETE FROM audit WHERE sequence = 6")

    verdict = await chain.verdict()

    assert (verdict.first_bad_sequence, verdict.reason) == (6, "an entry is missing")


async def test_a_tail_that_was_cut_off_is_found(chain: Audit, store: Store) -> None:
    """AU-03: the head outside the database remembers how long the chain was."""
    await _written(chain, 12)
    await _tamper(store, "DELETE FROM audit WHERE sequence > 8")

    verdict = await chain.verdict()

    assert (verdict.entries, verdict.first_bad_sequence) == (8, 9)
    assert verdict.reason == "entries are missing at the end"


async def test_entries_that_changed_places_are_found(chain: Audit, store: Store) -> None:
    """AU-04: an entry's place is part of its hash."""
    await _written(chain, 12)
    await _tamper(
        store,
        "UPDATE audit SET sequence = 100 WHERE sequence = 3",
        "UPDATE audit SET sequence = 3 WHERE sequence = 4",
        "UPDATE audit SET sequence = 4 WHERE sequence = 100",
    )

    verdict = await chain.verdict()

    assert verdict.first_bad_sequence == 3


async def test_a_forger_who_recomputes_every_hash_is_found(chain: Audit, store: Store) -> None:
    """AU-05: the chain fits again, but not with the head outside the database."""
    await _written(chain, 12)
    await _tamper(store, "UPDATE audit SET actor = 'someone else' WHERE sequence = 4")
    await store.write(_rehash(after=4))
    inside = await store.read(verify)

    verdict = await chain.verdict()

    assert inside.whole
    assert verdict.first_bad_sequence == 6
    assert verdict.reason == "it is not what was written outside the database"


async def test_a_chain_that_goes_on_from_an_old_backup_is_found(chain: Audit, store: Store) -> None:
    """AU-07: a fork of the chain contradicts the heads of the first branch."""
    await _written(chain, 12)
    await _tamper(store, "DELETE FROM audit WHERE sequence > 4")
    await _written(chain, 20)

    verdict = await chain.verdict()

    assert verdict.first_bad_sequence == 6


async def test_heads_that_vanished_or_are_unreadable_are_noticed(
    chain: Audit, tmp_path: Path
) -> None:
    """Without its anchor the chain proves less, and says so."""
    await _written(chain, 3)
    heads = tmp_path / "audit-heads.jsonl"
    heads.write_bytes(b"torn")
    torn = await chain.verdict()

    heads.unlink()
    gone = await chain.verdict()

    assert not torn.whole
    assert not gone.whole


async def test_a_clock_that_is_set_back_changes_no_order(chain: Audit, clock: Clock) -> None:
    """AU-08: the order is that of the sequence, and the times stand as they were told."""
    await chain.record(_entry("first"))
    clock.now -= timedelta(hours=1)
    await chain.record(_entry("second"))

    records = await chain.records()

    assert [record.subject for record in records] == ["first", "second"]
    assert records[0].at > records[1].at
    assert (await chain.verdict()).whole


async def test_two_writers_leave_no_gap_and_no_double(
    chain: Audit, store: Store, clock: Clock, tmp_path: Path
) -> None:
    """AU-09: whoever writes at the same time, each entry has a place of its own."""
    other = Audit(store, clock, tmp_path / "audit-heads.jsonl", every=5)

    await asyncio.gather(*(each.record(_entry("x")) for each in [chain, other] * 50))

    verdict = await chain.verdict()
    assert verdict.whole
    assert verdict.entries == 100


async def test_an_entry_and_its_effect_are_written_together_or_not_at_all(
    chain: Audit, store: Store
) -> None:
    """A unit of work that fails leaves no entry behind."""

    def work(connection: Connection) -> None:
        chain.append(connection, _entry("INV-1"))
        connection.execute(insert(audit).values(sequence=1, previous_hash="", hash=""))

    with pytest.raises(IntegrityError):
        await store.write(work)

    assert await chain.records() == []


async def test_records_are_read_a_page_at_a_time(chain: Audit) -> None:
    """Reading goes on after the last sequence number that was seen."""
    await _written(chain, 5)

    page = await chain.records(after=2, limit=2)

    assert [record.sequence for record in page] == [3, 4]
    assert page[0].on_behalf_of == "e-9"

"""A data directory from before there were streams keeps its entries, their hashes and its heads."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import IntegrityError, OperationalError

import store.migration
from governance.audit import Audit
from governance.audit_chain.entries import FIRST_LINK, TOLD, digest
from governance.audit_chain.reading import Question
from governance.audit_chain.walk import Fault
from store.database import Store
from store.migration import migrate
from tests.governance.audited import ACTIONS, Clock, entry, tamper

FIRST_SCHEMA = "0001"


@pytest.fixture
def old(tmp_path: Path, heads: Path) -> Iterator[Store]:
    """Open a database of the first schema with twelve entries in one chain, and two old heads."""
    found = Store(tmp_path / "strata.sqlite")
    config = Config()
    folder = Path(store.migration.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with found.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST_SCHEMA)
    with closing(sqlite3.connect(tmp_path / "strata.sqlite")) as database, database:
        hashes = list(_one_chain(database, 12))
    lines = [{"sequence": number, "hash": hashes[number - 1]} for number in (6, 12)]
    heads.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    yield found
    found.close()


def _one_chain(database: sqlite3.Connection, count: int) -> Iterator[str]:
    """Write entries as the version before did, and yield their hashes."""
    before = FIRST_LINK
    for sequence in range(1, count + 1):
        at = f"2026-10-{sequence:02}T12:00:00.000000+00:00"
        action = ACTIONS[sequence % 3]
        told = (at, "e-7", "console", None, action, "INV-1", "NWA-US", None, None, "due", None)
        hashed = hashlib.sha256(msgspec.json.encode((sequence, before, told))).hexdigest()
        row = (sequence, *told, before, hashed)
        database.execute(f"INSERT INTO audit VALUES ({','.join('?' * len(row))})", row)  # noqa: S608  only question marks
        before = hashed
        yield hashed


def _edit(heads: Path, was: str, now: str) -> None:
    heads.write_text(heads.read_text().replace(was, now))


async def test_entries_become_part_of_their_stream_and_keep_their_hash(
    old: Store, clock: Clock, heads: Path
) -> None:
    """The one chain is verified as before, and every stream goes on from its end."""
    migrate(old)
    chain = Audit(old, clock, heads, every=5)
    before = await chain.verdict()
    for action in (*ACTIONS, "clock.set"):
        await chain.record(entry("INV-2", action))
    await chain.anchor()

    verdict = await chain.verdict()
    records = await chain.records()

    assert (before.whole, before.entries) == (True, 12)
    assert (verdict.whole, verdict.entries) == (True, 16)
    assert [(one.stream, one.stream_sequence, one.form) for one in records[11:]] == [
        ("effects", 4, 1),
        ("effects", 5, 2),
        ("decisions", 5, 2),
        ("records", 5, 2),
        ("configuration", 1, 2),
    ]
    assert {one.previous_hash for one in records[12:]} == {records[11].hash}


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE audit SET reason = 'x' WHERE sequence = 5",
            Fault(reason="it was changed", stream="records", entry=2, sequence=5),
        ),
        (
            "UPDATE audit SET stream = 'requests', stream_sequence = 1 WHERE sequence = 12",
            Fault(
                reason="it was moved here from another stream",
                stream="requests",
                entry=1,
                sequence=12,
            ),
        ),
        (
            "DELETE FROM audit WHERE sequence = 12",
            Fault(reason="entries are missing at the end", sequence=12),
        ),
        (
            "UPDATE audit SET form = 2 WHERE sequence = 12",
            Fault(reason="it was changed", stream="effects", entry=4, sequence=12),
        ),
    ],
)
async def test_what_was_done_to_an_old_entry_is_found(
    old: Store, clock: Clock, heads: Path, statement: str, fault: Fault
) -> None:
    """Also which stream it was put into."""
    migrate(old)
    await tamper(old, statement)

    verdict = await Audit(old, clock, heads).verdict()

    assert fault in verdict.faults


async def test_old_heads_are_held_by_the_first_signed_one(
    old: Store, clock: Clock, heads: Path
) -> None:
    """They were never signed; whoever edits one later contradicts a signature."""
    migrate(old)
    await Audit(old, clock, heads).anchor()
    _edit(heads, '"sequence":6', '"sequence":7')

    reasons = [each.reason for each in (await Audit(old, clock, heads).verdict()).faults]

    assert any("line 3 of the heads" in reason for reason in reasons)


async def test_an_old_entry_that_was_forged_after_the_upgrade_is_found(
    old: Store, clock: Clock, heads: Path
) -> None:
    """The first signed head vouches for the end of each stream as it was brought over."""
    _edit(heads, '"sequence":12', '"sequence":11')  # so that no unsigned head is about the last
    migrate(old)
    await Audit(old, clock, heads).anchor()
    before = next(iter(await Audit(old, clock, heads).records(Question(after=11))))
    told = tuple("forger" if name == "actor" else getattr(before, name) for name in TOLD)
    hashed = digest((12, before.previous_hash, told))
    forged = f"UPDATE audit SET actor = 'forger', hash = '{hashed}' WHERE sequence = 12"  # noqa: S608  our own words
    await tamper(old, forged)

    faults = (await Audit(old, clock, heads).verdict()).faults

    reason = "it is not what was written outside the database"
    assert Fault(reason=reason, stream="effects", entry=4, sequence=12) in faults


async def test_the_database_refuses_to_change_what_was_brought_over(old: Store) -> None:
    """Append-only holds after the upgrade as before."""
    migrate(old)

    with old.engine.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
        connection.exec_driver_sql("DELETE FROM audit")


async def test_an_upgrade_that_fails_changes_nothing(old: Store) -> None:
    """The next start begins it anew, and goes through."""
    with old.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE taken (x)")
        connection.exec_driver_sql("CREATE INDEX audit_by_subject ON taken (x)")
    with pytest.raises(OperationalError):
        migrate(old)
    with old.engine.begin() as connection:
        untouched = connection.exec_driver_sql("SELECT count(*) FROM audit").scalar()
        connection.exec_driver_sql("DROP TABLE taken")

    migrate(old)

    with old.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(stream) FROM audit").scalar() == untouched

"""`strata backup` and `strata restore`: whole, of one moment, or an error that says what to do."""

import asyncio
import hashlib
import json
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.foundation import lay_foundation
from gateway.settings import Settings
from governance.audit import AuditEntry
from process_apis.durable.journal_file import sole_holder, write_ahead
from tests.forked import STRATA, Forked
from tests.stores import put_migrated
from tests.stories.people import until

TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
ENTRY = AuditEntry(actor="U-1", client_id="test", action="tested", subject="S-1")


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out what a gateway has in its data directory."""
    folder = tmp_path / "data"
    put_migrated(folder / "strata.sqlite")
    write_ahead(folder / "journal.sqlite")
    for name in ("strata", "journal"):
        with closing(sqlite3.connect(folder / f"{name}.sqlite")) as database, database:
            database.execute("CREATE TABLE turns (turn INTEGER PRIMARY KEY)")
    base = lay_foundation(Settings(data_dir=str(folder)))
    for _ in range(25):
        asyncio.run(base.audit.record(ENTRY))
    base.close()
    monkeypatch.setenv("STRATA_DATA_DIR", str(folder))
    return folder


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in words])


def unnamed(folder: Path) -> list[str]:
    """Return what backups that are not whole are called."""
    return [each for each in os.listdir(folder) if each.startswith(".backup.")]


def turns(folder: Path, name: str) -> int:
    with closing(sqlite3.connect(f"file:{folder / name}.sqlite?immutable=1", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM turns").fetchone()[0])


@contextmanager
def working(data_dir: Path) -> Iterator[None]:
    """Write a turn to the store and then to the journal, again and again, until the block ends."""
    over, begun = threading.Event(), threading.Event()

    def work() -> None:
        with (
            closing(sqlite3.connect(data_dir / "strata.sqlite", timeout=30)) as store,
            closing(sqlite3.connect(data_dir / "journal.sqlite", timeout=30)) as journal,
        ):
            while not over.is_set():
                for database in (store, journal):
                    with database:
                        database.execute("INSERT INTO turns DEFAULT VALUES")
                begun.set()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert begun.wait(10)
        yield
    finally:
        over.set()
        worker.join()


def test_a_backup_during_writes_is_of_one_moment(data_dir: Path, tmp_path: Path) -> None:
    """The journal is never more than the one write behind that was between the two."""
    with closing(sqlite3.connect(data_dir / "strata.sqlite")) as store, store:
        store.execute("CREATE TABLE bulk AS SELECT zeroblob(40000000) AS bytes")
    found = []
    with working(data_dir):
        for number in range(3):
            backup = tmp_path / f"backup-{number}"
            taken = run("backup", "--to", backup, "--json")
            assert taken.exit_code == 0, taken.output
            found.append(turns(backup, "strata") - turns(backup, "journal"))
    checked = run("backup", "--check", tmp_path / "backup-2", "--json")

    assert set(found) <= {0, 1}
    assert json.loads(taken.stdout)["held_up_ms"] < 1000
    assert checked.exit_code == 0, checked.output
    assert turns(tmp_path / "backup-2", "strata") < turns(data_dir, "strata")


def test_a_backup_is_its_owners_alone_and_on_record(tmp_path: Path) -> None:
    """The keys are in it unless somebody wants them kept apart."""
    run("backup", "--to", tmp_path / "backup")
    run("backup", "--to", tmp_path / "closed", "--without-keys")
    modes = {stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "backup").rglob("*")}
    again = run("backup", "--to", tmp_path / "closed")
    with closing(sqlite3.connect(tmp_path / "closed" / "strata.sqlite")) as store:
        told = store.execute("SELECT actor FROM audit WHERE action = 'backup.taken'").fetchall()

    assert modes == {0o600, 0o700}
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o700
    assert (tmp_path / "backup" / "keys" / "audit-keys.json").exists()
    assert not (tmp_path / "closed" / "keys").exists()
    assert told == [(f"os:{os.getuid()}",)]
    assert (again.exit_code, "name a new directory" in again.output) == (1, True)


@pytest.mark.parametrize(
    "name", ["strata.sqlite", "journal.sqlite", "audit-heads.jsonl", "keys/audit-keys.json"]
)
def test_a_changed_byte_is_named_and_not_restored(tmp_path: Path, name: str) -> None:
    """Whichever file it is in."""
    backup = tmp_path / "backup"
    run("backup", "--to", backup)
    content = bytearray((backup / name).read_bytes())
    content[len(content) // 2] ^= 1
    (backup / name).write_bytes(content)

    checked = run("backup", "--check", backup)
    restored = run("restore", backup, "--into", tmp_path / "new")

    assert (checked.exit_code, f"{name}: it is not what was written" in checked.output) == (1, True)
    assert restored.exit_code == 1
    assert not (tmp_path / "new").exists()


def test_an_audit_that_was_changed_with_its_manifest_is_found(tmp_path: Path) -> None:
    """The hashes of files find damage; the signed heads find who wrote them anew."""
    backup = tmp_path / "backup"
    run("backup", "--to", backup)
    manifest = json.loads((backup / "manifest.json").read_bytes())
    with closing(sqlite3.connect(backup / "strata.sqlite")) as store, store:
        for (each,) in store.execute(TRIGGERS).fetchall():
            store.execute(f"DROP TRIGGER {each}")
        store.execute("UPDATE audit SET actor = 'U-2' WHERE sequence = 7")
    content = (backup / "strata.sqlite").read_bytes()
    manifest["files"]["strata.sqlite"] = {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (backup / "manifest.json").write_text(json.dumps(manifest))

    checked = run("backup", "--check", backup)

    assert (checked.exit_code, "the audit: records" in checked.output) == (1, True)


async def test_a_backup_that_is_killed_half_way_has_no_name(data_dir: Path, tmp_path: Path) -> None:
    """What is left begins with a dot, and the next one is taken all the same."""
    backup = tmp_path / "backup"
    environment = {"STRATA_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin"}
    said = tmp_path / "said"
    with sqlite3.connect(data_dir / "strata.sqlite") as store:
        store.execute("BEGIN IMMEDIATE")  # it has begun, and waits for us
        killed = Forked(STRATA, ("backup", "--to", str(backup)), said=said, environment=environment)

        async def begun() -> bool:
            return bool(unnamed(tmp_path))

        await until(begun, "the beginning of the backup")
        killed.kill()
        await killed.wait()
    left, named = unnamed(tmp_path), backup.exists()
    again = await asyncio.to_thread(run, "backup", "--to", backup)

    assert (len(left), named) == (1, False)
    assert again.exit_code == 0, again.output


def test_a_restored_directory_is_whole_and_says_what_is_next(tmp_path: Path) -> None:
    """Its audit goes on from the backup's, and tells of the restore."""
    backup, new = tmp_path / "backup", tmp_path / "new"
    run("backup", "--to", backup, "--without-keys")
    without = run("restore", backup, "--into", new)
    keys = ("--keys", tmp_path / "data" / "keys")
    looked = run("restore", backup, "--into", new, *keys, "--dry-run")
    assert not new.exists()
    restored = run("restore", backup, "--into", new, *keys)
    again = run("restore", backup, "--into", new, *keys)
    os.environ["STRATA_DATA_DIR"] = str(new)
    audited = run("audit", "verify", "--json")

    assert (without.exit_code, "--keys" in without.output) == (1, True)
    assert (looked.exit_code, restored.exit_code) == (0, 0), restored.output
    assert f"STRATA_DATA_DIR={new} strata serve" in restored.output
    assert json.loads(audited.stdout)["entries"] == 26
    assert audited.exit_code == 0
    assert (again.exit_code, "is not empty" in again.output) == (1, True)


def test_a_newer_schema_and_a_directory_in_use_are_refused(data_dir: Path, tmp_path: Path) -> None:
    """Each with what to do."""
    with closing(sqlite3.connect(data_dir / "strata.sqlite")) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    run("backup", "--to", tmp_path / "backup")
    newer = run("restore", tmp_path / "backup", "--into", tmp_path / "new")
    with sole_holder(data_dir / "engine.lock"):
        used = run("restore", tmp_path / "backup", "--into", data_dir)
    none = run("backup", "--check", tmp_path)

    assert (newer.exit_code, "9999 is not known" in newer.output) == (1, True)
    assert (used.exit_code, "stop it" in used.output) == (1, True)
    assert (none.exit_code, "is no backup" in none.output) == (1, True)

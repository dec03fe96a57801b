"""What `strata audit verify` cannot read or finds broken it names, with what to do."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.commands.audit import audit
from gateway.foundation import heads_file, lay_foundation
from gateway.settings import Settings
from governance.audit import Audit, AuditEntry
from store.clock import wall_clock

Spoil = Callable[[Path], None]


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """Write entries of one stream, and close their store."""
    found = Settings(data_dir=str(tmp_path / "data"))
    base = lay_foundation(found)
    chain = Audit(base.store, wall_clock, heads_file(found), keys=base.keys)
    for number in range(12):
        entry = AuditEntry(actor="e-7", client_id="c", action="invoice.posted", subject=f"{number}")
        await chain.record(entry)
    base.close()
    return found


def _edited(data: Path) -> None:
    _told(data, "DROP TRIGGER audit_no_update", "UPDATE audit SET actor = 'e-8' WHERE sequence = 7")


def _emptied(data: Path) -> None:
    _told(data, "DROP TRIGGER audit_no_delete", "DELETE FROM audit")
    (data / "audit-heads.jsonl").unlink()


def _no_file(data: Path) -> None:
    (data / "audit-heads.jsonl").unlink()
    (data / "audit-heads.jsonl").mkdir()


def _no_database(data: Path) -> None:
    for each in data.glob("strata.sqlite-*"):
        each.unlink()
    (data / "strata.sqlite").write_bytes(b"no database" * 500)


def _no_keys(data: Path) -> None:
    (data / "keys" / "audit-keys.json").write_text("{}")


def _told(data: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data / "strata.sqlite")) as database:
        for each in statements:
            database.execute(each)
        database.commit()


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_edited, "Entry 7 of records (entry 7 of all): it was changed"),
        (_emptied, "The audit: no head was written outside the database"),
        (_no_file, "audit-heads.jsonl"),
        (_no_database, "file is not a database"),
        (_no_keys, "audit-keys.json is damaged"),
    ],
)
def test_whatever_is_wrong_is_named_with_what_to_do(
    settings: Settings, spoil: Spoil, named: str
) -> None:
    """In words, not as a stack of calls; the exit code is 1."""
    spoil(Path(settings.data_dir))

    verdict = CliRunner().invoke(audit, ["verify"], obj=settings)

    assert verdict.exit_code == 1
    assert named in verdict.stderr
    assert "restart, restore and repair nothing" in verdict.stderr


def test_a_page_that_the_disk_lost_is_named_by_its_first_entry(settings: Settings) -> None:
    """The entries before it were read, and those that no walk reaches are not called whole."""
    data = Path(settings.data_dir)
    _told(data, "PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(sqlite3.connect(data / "strata.sqlite")) as database:
        root, size = database.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size)"
            " FROM sqlite_master WHERE name = 'audit'"
        ).fetchone()
    with (data / "strata.sqlite").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(bytes(size))

    verdict = CliRunner().invoke(audit, ["verify"], obj=settings)

    assert verdict.exit_code == 1
    assert "Entry 1 of all: it cannot be read" in verdict.stderr

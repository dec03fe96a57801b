"""What an auditor takes away can be verified elsewhere, and cannot be changed on the way."""

import asyncio
import csv
import json
import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.commands.audit import audit
from gateway.foundation import heads_file, lay_foundation
from gateway.settings import AuditConfig, Settings
from governance.audit import Audit, AuditEntry
from store.database import Store
from store.migration import migrate

ODD = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "'quoted", "", 'a,"b"\nc', "plain"]
FORMATS = ["jsonl", "csv"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write entries of three streams on three days, with odd words in them."""
    folder = tmp_path_factory.mktemp("audited") / "data"
    found = Settings(data_dir=str(folder))
    base = lay_foundation(found)
    day = datetime(2026, 10, 30, 12, tzinfo=UTC)
    for number, reason in enumerate(ODD * 3):
        at = day + timedelta(days=number // len(ODD))
        action = ("erp.post_invoice", "approval.approved", "invoice.posted")[number % 3]
        chain = Audit(base.store, lambda at=at: at, heads_file(found), keys=base.keys)
        entry = AuditEntry(actor="e-7", client_id="c", action=action, subject="S", reason=reason)
        asyncio.run(chain.record(entry))
    base.close()
    return folder


@pytest.fixture
def settings(tmp_path: Path, written: Path) -> Settings:
    """Copy what was written, for one test to use or to spoil."""
    shutil.copytree(written, tmp_path / "data")
    return Settings(data_dir=str(tmp_path / "data"))


def run(settings: Settings, *arguments: str | Path) -> Result:
    return CliRunner().invoke(audit, [str(each) for each in arguments], obj=settings)


def elsewhere(folder: Path) -> Settings:
    """Return the settings of a machine that has nothing of ours."""
    return Settings(data_dir=str(folder / "elsewhere"))


@pytest.mark.parametrize("written_as", FORMATS)
def test_an_export_is_whole_where_nothing_of_ours_is(
    settings: Settings, tmp_path: Path, written_as: str
) -> None:
    """It brings its heads and its public keys along."""
    out = tmp_path / "export"
    done = run(settings, "export", "--format", written_as, "--out", out, "--json")

    verdict = run(elsewhere(tmp_path), "verify", "--file", out, "--json")

    assert (done.exit_code, verdict.exit_code) == (0, 0)
    assert json.loads(done.stdout)["entries"] == 33
    assert json.loads(verdict.stdout)["entries"] == 33
    assert json.loads(verdict.stdout)["newest"]["entries_after"] == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.parametrize("written_as", FORMATS)
@pytest.mark.parametrize("part", ["S", "post_invoice", "seal", "e-7"])
def test_an_export_that_was_changed_is_not_whole(
    settings: Settings, tmp_path: Path, written_as: str, part: str
) -> None:
    """A letter of an entry or of a head is enough."""
    out = tmp_path / "export"
    run(settings, "export", "--format", written_as, "--out", out)
    head, found, tail = out.read_bytes().rpartition(part.encode())
    out.write_bytes(head + found.swapcase() + tail)

    verdict = run(elsewhere(tmp_path), "verify", "--file", out)

    assert verdict.exit_code == 1


@pytest.mark.parametrize("written_as", FORMATS)
def test_an_export_that_was_cut_off_is_not_whole(
    settings: Settings, tmp_path: Path, written_as: str
) -> None:
    """Also where no head vouches for what was cut off."""
    out = tmp_path / "export"
    run(settings, "export", "--to", "30", "--format", written_as, "--out", out)
    lines = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(b"".join([*lines[:-2], lines[-1]]))
    shorter = run(elsewhere(tmp_path), "verify", "--file", out)
    out.write_bytes(b"".join(lines[:-1]))
    endless = run(elsewhere(tmp_path), "verify", "--file", out)

    assert "the export is not what was signed" in shorter.stderr
    assert "the end of the export is missing" in endless.stderr


def test_the_first_bad_entry_of_an_export_is_named(settings: Settings, tmp_path: Path) -> None:
    """As it is in the database."""
    out = tmp_path / "export"
    run(settings, "export", "--out", out)
    lines = out.read_text().splitlines(keepends=True)
    bad = next(n for n, line in enumerate(lines) if '"sequence":12,"stream":"records"' in line)
    lines[bad] = lines[bad].replace('"actor":"e-7"', '"actor":"e-8"')
    out.write_text("".join(lines))

    verdict = run(elsewhere(tmp_path), "verify", "--file", out)

    assert "Entry 4 of records (entry 12 of all): it was changed" in verdict.stderr


def test_no_cell_of_an_export_is_a_formula(settings: Settings, tmp_path: Path) -> None:
    """EX-01: what a spreadsheet would run is text, and reads back as it was."""
    out = tmp_path / "export.csv"
    run(settings, "export", "--format", "csv", "--out", out)
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))

    reasons = [row["reason"] for row in rows if row["kind"] == "entry"][: len(ODD)]

    assert reasons == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "'\tx",
        "'\rx",
        "'＝1",
        "''quoted",
        "'",
        'a,"b"\nc',
        "plain",
    ]


@pytest.mark.parametrize(
    ("bounds", "entries"),
    [
        (["--from", "2026-10-31"], 22),
        (["--from", "2026-10-31", "--to", "2026-10-31"], 11),
        (["--to", "2026-10-31"], 22),
        (["--from", "30"], 4),
        (["--from", "5", "--to", "9"], 5),
        (["--stream", "decisions"], 11),
        (["--from", "2026-11-02"], 0),
    ],
)
@pytest.mark.parametrize("written_as", FORMATS)
def test_a_part_of_the_audit_is_whole_by_itself(
    settings: Settings, tmp_path: Path, bounds: list[str], entries: int, written_as: str
) -> None:
    """By days, by entries, or by stream."""
    out = tmp_path / "export"
    done = run(settings, "export", *bounds, "--format", written_as, "--out", out, "--json")

    verdict = run(elsewhere(tmp_path), "verify", "--file", out)

    assert json.loads(done.stdout)["entries"] == entries
    assert verdict.exit_code == 0, verdict.output


def test_who_took_the_audit_away_is_on_record(settings: Settings, tmp_path: Path) -> None:
    """With what was taken, and the hash of it."""
    out = tmp_path / "export"
    done = run(settings, "export", "--stream", "decisions", "--out", out, "--json")

    with closing(sqlite3.connect(Path(settings.data_dir) / "strata.sqlite")) as database:
        query = "SELECT action, subject, reason FROM audit WHERE stream = 'sensitive_reads'"
        [(action, subject, reason)] = database.execute(query).fetchall()

    assert action == "read.governance.audit_export"
    assert subject == "decisions from 1 to the end"
    assert reason == f"11 records, sha256 {json.loads(done.stdout)['sha256']}"


def test_nothing_is_taken_away_that_is_not_on_record(settings: Settings, tmp_path: Path) -> None:
    """When the entry cannot be written there is no file, not even a part of one."""
    with closing(sqlite3.connect(Path(settings.data_dir) / "strata.sqlite")) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"
        )

    done = run(settings, "export", "--out", tmp_path / "out" / "export")
    (tmp_path / "out").mkdir()
    again = run(settings, "export", "--out", tmp_path / "out" / "export")

    assert (done.exit_code, again.exit_code) == (1, 1)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_that_is_there_is_not_written_over(settings: Settings, tmp_path: Path) -> None:
    """An export is a record of its own."""
    out = tmp_path / "export"
    out.write_text("mine")

    done = run(settings, "export", "--out", out)

    assert done.exit_code == 1
    assert out.read_text() == "mine"


def test_heads_can_lie_on_another_disk(tmp_path: Path) -> None:
    """They are written and looked for where the settings say."""
    there = tmp_path / "disk" / "heads.jsonl"
    settings = Settings(data_dir=str(tmp_path / "data"), audit=AuditConfig(heads_file=str(there)))
    base = lay_foundation(settings)
    asyncio.run(base.audit.record(AuditEntry(actor="a", client_id="c", action="x", subject="s")))
    base.close()

    verdict = run(settings, "verify", "--json")

    assert there.read_text().count("\n") == 1
    assert not (tmp_path / "data" / "audit-heads.jsonl").exists()
    assert json.loads(verdict.stdout)["seals"] == 1


def test_a_key_that_was_changed_is_on_record_and_the_audit_stays_whole(
    settings: Settings,
) -> None:
    """What the old one signed it still vouches for."""
    before = json.loads(run(settings, "verify", "--json").stdout)["newest"]["key"]

    changed = run(settings, "rekey")

    after = json.loads(run(settings, "verify", "--json").stdout)
    assert changed.exit_code == 0
    assert after["newest"]["key"] != before
    assert after["faults"] == []
    assert "configuration" in {each["stream"] for each in after["streams"]}


def test_an_audit_of_an_older_version_is_not_taken_for_a_broken_one(tmp_path: Path) -> None:
    """The error says what to do."""
    settings = Settings(data_dir=str(tmp_path))
    store = Store(tmp_path / "strata.sqlite")
    migrate(store)
    store.close()
    with closing(sqlite3.connect(tmp_path / "strata.sqlite")) as database:
        database.execute("DROP TABLE audit")
        database.execute("CREATE TABLE audit (sequence INTEGER)")

    verdict = run(settings, "verify")

    assert verdict.exit_code == 1
    assert "start the gateway" in verdict.output

"""The program's commands: help, JSON, and errors that say what to do next."""

import json
import sqlite3
from pathlib import Path

import pytest

from gateway.foundation import lay_foundation
from gateway.settings import Settings
from governance.audit import AuditEntry
from tests.forked import run_strata


async def strata(data_dir: Path, *arguments: str, **settings: str) -> tuple[int, str, str]:
    environment = {"STRATA_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin", **settings}
    return await run_strata(*arguments, environment=environment)


async def audited(data_dir: Path) -> None:
    base = lay_foundation(Settings(data_dir=str(data_dir)))
    for number in range(25):
        await base.audit.record(
            AuditEntry(actor="U-1", client_id="test", action="tested", subject=f"S-{number}")
        )
    base.close()


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["serve"],
        ["demo"],
        ["doctor"],
        ["sandbox"],
        ["token"],
        ["import"],
        ["shadow"],
        ["catalog"],
        ["catalog", "check"],
        ["catalog", "diff"],
        ["catalog", "snapshot"],
        ["audit"],
        ["audit", "verify"],
        ["audit", "export"],
        ["audit", "rekey"],
        ["backup"],
        ["restore"],
        ["clients", "add"],
        ["clients", "list"],
        ["clients", "rotate"],
        ["clients", "remove"],
        ["keys", "list"],
        ["keys", "rotate"],
        ["keys", "remove"],
    ],
)
async def test_every_command_has_help(tmp_path: Path, command: list[str]) -> None:
    """`--help` answers without touching anything."""
    code, out, _ = await strata(tmp_path / "data", *command, "--help")

    assert code == 0
    assert "Usage" in out
    assert not (tmp_path / "data").exists()


async def test_an_audit_that_nobody_touched_is_whole(tmp_path: Path) -> None:
    """Exit 0, in words or as JSON."""
    await audited(tmp_path)

    code, out, _ = await strata(tmp_path, "audit", "verify", "--json")

    assert code == 0
    assert json.loads(out)["entries"] == 25


async def test_a_changed_entry_is_named_and_exits_1(tmp_path: Path) -> None:
    """Whoever gets past the triggers is seen by the chain."""
    await audited(tmp_path)
    database = sqlite3.connect(tmp_path / "strata.sqlite")
    database.execute("DROP TRIGGER audit_no_update")
    database.execute("UPDATE audit SET subject = 'S-99' WHERE sequence = 7")
    database.commit()
    database.close()

    code, _, err = await strata(tmp_path, "audit", "verify")

    assert code == 1
    assert "Entry 7" in err


async def test_verifying_nothing_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    """An empty directory is not a whole audit."""
    code, _, err = await strata(tmp_path, "audit", "verify")

    assert code == 1
    assert "STRATA_DATA_DIR" in err


async def test_settings_that_cannot_be_read_are_a_finding_for_programs_too(
    tmp_path: Path,
) -> None:
    """Whoever reads the doctor's JSON gets JSON."""
    code, out, _ = await strata(tmp_path, "doctor", "--json", STRATA_PROT="1")
    [found] = json.loads(out)["findings"]

    assert code == 1
    assert (found["about"], found["remedy"]) == ("settings", "is `port` meant?")
    assert "prot" in found["what"]


async def test_a_token_for_nobody_names_who_there_is(tmp_path: Path) -> None:
    """The error is the list to choose from."""
    code, _, err = await strata(tmp_path, "token", "--as", "nobody")

    assert code == 1
    assert "finance" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", [["serve"], ["sandbox"], ["token", "--as", "finance"]])
async def test_a_firm_that_is_not_there_is_named_with_what_to_do(
    tmp_path: Path, command: list[str]
) -> None:
    """Nobody has to read a traceback because they stood in another directory."""
    code, _, err = await strata(tmp_path, *command, STRATA_FIRM="elsewhere")

    assert code == 1
    assert "elsewhere/fixture.json" in err
    assert "--firm" in err
    assert "Traceback" not in err


UNFIT = {
    "a port beyond all": ["serve", "--port", "99999"],
    "a port below all": ["demo", "--port", "-1"],
    "a sandbox's port beyond all": ["sandbox", "--port", "99999"],
    "a page where nothing can be written": ["catalog", "model", "--write", "/proc/nowhere/page.md"],
    "rules where nothing can be written": ["objectives", "rules", "--out", "/proc/nowhere"],
}


@pytest.mark.parametrize("said", UNFIT)
async def test_a_port_or_a_place_that_there_is_not_is_told_in_a_line(
    tmp_path: Path, said: str
) -> None:
    """Nothing is started or written, and no traceback tells of it."""
    code, _, err = await strata(tmp_path / "data", *UNFIT[said])

    assert code in (1, 2)
    assert err.splitlines()[-1].startswith("Error: ")


async def test_a_token_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """As one that is not there is."""
    (tmp_path / "token").write_bytes(b"\xff\xfe")

    code, _, err = await strata(
        tmp_path / "data", "quality", "--token-file", str(tmp_path / "token")
    )

    assert (code, err) == (
        2,
        f"Error: {tmp_path}/token: this is no text; name a file with a token\n",
    )

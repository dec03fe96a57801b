"""`strata clients`: registered by an operator, shown without secrets, in the audit."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.forked import run_strata
from tests.gateway.beside import strata

RIGHTS = ("--role", "integrator", "--entity", "NWA-US")


async def ran(data_dir: Path, *command: str) -> dict[str, object]:
    """Return what a command prints as JSON."""
    code, said = await strata(data_dir, "clients", *command, "--json")
    assert code == 0, said
    found: dict[str, object] = json.loads(said)
    return found


def database(data_dir: Path) -> bytes:
    """Return every byte of the database."""
    return b"".join(path.read_bytes() for path in data_dir.glob("strata.sqlite*"))


async def test_a_secret_is_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    """It stands in the answer that made it, and nowhere else."""
    added = await ran(tmp_path, "add", "reporter", *RIGHTS)
    rotated = await ran(tmp_path, "rotate", "reporter")
    listed = await ran(tmp_path, "list")

    secrets = [str(each["client_secret"]) for each in (added, rotated)]
    held = database(tmp_path)
    assert len(set(secrets)) == 2
    assert not [secret for secret in secrets if secret.encode() in held]
    assert not [secret for secret in secrets if secret in json.dumps(listed)]


async def test_what_was_changed_is_on_record(tmp_path: Path) -> None:
    """Who typed it, what, and to which client; a removed one is gone."""
    await ran(tmp_path, "add", "reporter", *RIGHTS)
    await ran(tmp_path, "remove", "reporter", "--reason", "not needed")

    with closing(sqlite3.connect(tmp_path / "strata.sqlite")) as store:
        query = "SELECT actor, action, subject, reason FROM audit ORDER BY sequence"
        entries = store.execute(query).fetchall()
    assert [entry[1:] for entry in entries] == [
        ("clients.add", "reporter", None),
        ("clients.remove", "reporter", "not needed"),
    ]
    assert all(entry[0].startswith("os:") for entry in entries)
    assert (await ran(tmp_path, "list")) == {"clients": []}


async def test_the_entry_of_a_change_is_sealed_where_the_settings_say(tmp_path: Path) -> None:
    """Whoever has the database cannot take it off its end: its head lies on another disk."""
    heads = tmp_path / "elsewhere" / "heads.jsonl"
    placed = {"STRATA_AUDIT__HEADS_FILE": str(heads)}
    told = {"STRATA_DATA_DIR": str(tmp_path / "data"), "PATH": "/usr/bin:/bin", **placed}

    code, _, said = await run_strata("clients", "add", "reporter", *RIGHTS, environment=told)

    assert code == 0, said
    assert b'"stream":"configuration","number":1,' in heads.read_bytes()
    assert not (tmp_path / "data" / "audit-heads.jsonl").exists()


async def test_who_types_is_who_the_machine_says(tmp_path: Path) -> None:
    """A variable that names somebody else changes nothing."""
    told = {"STRATA_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    mallory = {"LOGNAME": "alice", "USER": "alice", "LNAME": "alice", "USERNAME": "alice"}

    await run_strata("clients", "add", "reporter", *RIGHTS, environment=told | mallory)

    with closing(sqlite3.connect(tmp_path / "strata.sqlite")) as store:
        actors = store.execute("SELECT actor FROM audit").fetchall()
    assert actors == [(f"os:{os.getuid()}",)]


async def test_a_client_with_keys_has_no_secret(tmp_path: Path) -> None:
    """Its public keys come from a file; a private one is refused."""
    key = ECKey.generate_key("P-256", {"kid": "k1"})
    public, private = tmp_path / "public.json", tmp_path / "private.json"
    public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    private.write_text(json.dumps({"keys": [key.as_dict(private=True)]}))

    added = await ran(tmp_path, "add", "signer", *RIGHTS, "--public-keys", str(public))
    code, said = await strata(
        tmp_path, "clients", "add", "careless", *RIGHTS, "--public-keys", str(private)
    )

    assert (added["proof"], "client_secret" in added) == ("private_key_jwt", False)
    assert (code, "secret" in said) == (1, True)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("add", "x y", *RIGHTS), "client_id"),
        (("add", "reporter", "--role", "king"), "no role king"),
        (("add", "reporter", "--scope", "system:crm:rule"), "system:crm:rule"),
        (("add", "reporter"), "name scopes"),
        (("add", "integrator", *RIGHTS), "sandbox's own"),
        (("add", "strata", *RIGHTS), "the gateway itself"),
        (("add", "reporter", "--public", *RIGHTS), "redirects"),
        (("rotate", "reporter"), "not registered"),
        (("remove", "reporter", "--reason", "x"), "not registered"),
    ],
)
async def test_a_client_that_makes_no_sense_is_refused_by_name(
    tmp_path: Path, command: tuple[str, ...], told: str
) -> None:
    """Exit 1, with what to change, and no trace of the program's inside."""
    code, said = await strata(tmp_path, "clients", *command)

    assert code == 1
    assert told in said
    assert "Traceback" not in said


async def test_a_client_is_never_overwritten(tmp_path: Path) -> None:
    """Adding it again is refused; the first secret stays good."""
    await ran(tmp_path, "add", "reporter", *RIGHTS)

    code, said = await strata(tmp_path, "clients", "add", "reporter", *RIGHTS)

    assert (code, "registered already" in said) == (1, True)

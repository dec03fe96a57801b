"""What breaks is found by the command and in the code, and named with whom it breaks."""

import json
import sqlite3
import subprocess
from pathlib import Path

import msgspec
import pytest
from litestar import get
from msgspec import Struct

from gateway.apis import APIS
from gateway.commands.contracts import RELEASED
from gateway.published.contract_changes import Consumer, ContractChange, compare, with_consumers
from gateway.published.contracts import (
    Contracts,
    contracts_of,
    read_contracts,
    written,
)
from gateway.published.schema_changes import ChangeKind
from governance.policy import Operation, TenantRule
from governance.usage import UsageRow
from tests.forked import ROOT
from tests.gateway.orders import orders_api
from tests.gateway.promises import (
    NULL,
    OPS,
    PATH,
    TEXT,
    TODAY,
    TYPES,
    Change,
    all_of,
    as_it_is,
    between,
    drop,
    put,
)
from tests.gateway.test_commands import strata

STREET = (TYPES, "Address", "properties", "street")
LISTS = {
    "page": {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": {"$ref": "Address"}},
            "next_cursor": {"anyOf": [TEXT, NULL]},
        },
        "required": ["items"],
    },
    "list": {"type": "array", "items": {"$ref": "Address"}},
}


def used(consumer: str, operation: str, field: str, calls: int = 1) -> UsageRow:
    """Return how somebody used the API."""
    return UsageRow(
        api=PATH, operation=operation, consumer=consumer, field=field, calls=calls, last_day=TODAY
    )


def test_a_break_names_whoever_used_what_breaks() -> None:
    """Those who chose another field, or called another operation, are left in peace."""
    usage = [
        used("portal", "read", "address", 3),
        used("portal", "read", "id"),
        used("warehouse", "read", "*", 2),
        used("mailer", "read", "id", 9),
        used("maker", "make", "name", 9),
    ]

    found = with_consumers(between(as_it_is, drop(*STREET)), usage)

    [read] = [
        each
        for each in found
        if each.operation == "read" and each.breaks and "/parts" not in each.pointer
    ]
    assert read.consumers == (Consumer("portal", 3, TODAY), Consumer("warehouse", 2, TODAY))


def answers(schema: object) -> Change:
    """Return what has an operation answer so."""
    return put(OPS, "read", "answer", value=schema)


@pytest.mark.parametrize("kind", LISTS)
def test_a_field_that_is_gone_from_a_list_names_those_who_chose_it(kind: str) -> None:
    """Usage counts a record's fields, in a list as alone."""
    before = answers(LISTS[kind])
    usage = [used("portal", "read", "street"), used("mailer", "read", "zip")]

    found = with_consumers(between(before, all_of(before, drop(*STREET))), usage)

    [gone] = [each for each in found if each.operation == "read"]
    assert [each.name for each in gone.consumers] == ["portal"]


def test_a_page_that_changes_names_all_who_turn_it() -> None:
    """The cursor comes with whatever fields were chosen."""
    before = answers(LISTS["page"])
    after = all_of(before, drop(OPS, "read", "answer", "properties", "next_cursor"))
    usage = [used("portal", "read", "street"), used("whole", "read", "*")]

    [gone] = with_consumers(between(before, after), usage)

    assert gone.pointer == "/answer/next_cursor"
    assert [each.name for each in gone.consumers] == ["portal", "whole"]


class Before(Struct, frozen=True):
    """An answer as it was."""

    number: str
    size: int


class After(Struct, frozen=True):
    """The answer as it is."""

    number: str


def answering(kind: type[Struct]) -> Contracts:
    """Return the contracts of an API that answers with a record."""

    @get("/x", opt={"operation": "list"})
    async def answer() -> Struct:
        """Answer."""
        return kind()

    answer.fn.__annotations__["return"] = kind
    operations = {"list": Operation("system:orders:read", TenantRule.BY_FILTER)}
    return contracts_of([orders_api(handlers=[answer], operations=operations)])


def test_the_contracts_follow_the_code() -> None:
    """A field that is taken out of a record is missed, and written contracts are read again."""
    old, new = answering(Before), answering(After)

    found = compare(read_contracts(written(old)), new, on=TODAY)

    assert [(each.pointer, each.kind) for each in found] == [
        ("/answer/size", ChangeKind.FIELD_REMOVED)
    ]


def test_no_promise_of_the_last_release_is_broken() -> None:
    """What was released is kept, or changes in a new version beside the old one."""
    old = read_contracts((ROOT / RELEASED).read_bytes())

    found = compare(old, contracts_of(APIS), on=TODAY)

    assert [each for each in found if each.breaks and not each.announced] == []


async def test_the_command_fails_on_a_break_and_names_who_it_breaks(tmp_path: Path) -> None:
    """Against a snapshot that promised more, with usage from a file: exit 1, in words and JSON."""
    document = json.loads((ROOT / RELEASED).read_bytes())
    kind = document["apis"]["/system/crm/v2"]["types"]["ClientRecord"]
    kind["properties"]["fax"] = {"type": "string"}
    old, usage = tmp_path / "old.json", tmp_path / "usage.json"
    old.write_text(json.dumps(document))
    row = msgspec.structs.replace(used("portal", "client", "fax", 7), api="/system/crm/v2")
    usage.write_bytes(msgspec.json.encode({"items": [row]}))
    options = ("catalog", "diff", "--against", str(old), "--usage", str(usage))

    code, out, _ = await strata(tmp_path / "data", *options)
    again, told, _ = await strata(tmp_path / "data", *options, "--json")

    assert (code, again) == (1, 1)
    assert "BREAKS: /system/crm/v2 client /answer/fax is gone (field-removed)" in out
    assert "used by portal: 7 calls" in out
    found = msgspec.json.decode(told, type=list[ContractChange])
    assert [each.consumers for each in found if each.operation == "client"] == [
        (Consumer("portal", 7, TODAY),)
    ]


async def test_the_command_compares_with_what_a_git_ref_released(tmp_path: Path) -> None:
    """A snapshot is written, and one that cannot be found is an error that says so."""
    out = tmp_path / "new" / "contracts.json"
    written_code, _, _ = await strata(tmp_path / "data", "catalog", "snapshot", "--out", str(out))
    same, said, _ = await strata(tmp_path / "data", "catalog", "diff", "--against", str(out))
    none, _, err = await strata(tmp_path / "data", "catalog", "diff", "--against", "no-such-ref")
    option, _, _ = await strata(tmp_path / "data", "catalog", "diff", "--against=--output=x")

    assert (written_code, same, none, option) == (0, 0, 2, 2)
    assert said == "0 changes.\n"
    assert RELEASED in err
    if released := _committed():
        code, _, _ = await strata(tmp_path / "data", "catalog", "diff", "--against", released)
        assert code in {0, 1}


async def test_a_data_directory_of_an_older_version_is_told_so(tmp_path: Path) -> None:
    """Without a table of usage nobody is said to use nothing."""
    sqlite3.connect(tmp_path / "strata.sqlite").close()

    code, _, err = await strata(tmp_path, "catalog", "diff", "--against", str(ROOT / RELEASED))

    assert code == 2
    assert "--usage" in err


def _committed() -> str | None:
    """Return the last commit that has a snapshot, None outside of git."""
    shown = subprocess.run(  # noqa: S603  # the arguments are ours
        ["git", "log", "-1", "--format=%H", "--", RELEASED],  # noqa: S607  # on the path
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return shown.stdout.decode().strip() or None

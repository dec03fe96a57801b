"""A change that breaks a caller is found, whatever it is, and named with who it breaks."""

import json
import sqlite3
import subprocess
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import get
from msgspec import Struct

from gateway.api_contracts import (
    Contracts,
    EventContract,
    Events,
    Schema,
    contracts_of,
    read_contracts,
    written,
)
from gateway.commands.contracts import RELEASED
from gateway.composition import APIS
from gateway.contract_changes import Consumer, ContractChange, compare, with_consumers
from gateway.schema_changes import ChangeKind
from governance.policy import Operation, TenantRule
from governance.usage import UsageRow
from tests.forked import ROOT
from tests.gateway.orders import orders_api
from tests.gateway.test_commands import strata

TODAY = date(2026, 11, 27)
PATH = "/system/orders/v1"
THING = "Thing"
BASE = {
    "apis": {
        PATH: {
            "stage": "active",
            "sunset_on": "2028-01-01",
            "operations": {
                "read": {
                    "method": "GET",
                    "path": "/things",
                    "scope": "system:orders:read",
                    "query": {
                        "number": {"schema": {"type": "string"}},
                        "on": {"schema": {"type": "string", "format": "date"}, "required": True},
                    },
                    "answer": {"$ref": THING},
                },
                "make": {
                    "method": "POST",
                    "path": "/things",
                    "scope": "system:orders:write",
                    "status": 201,
                    "body": {"$ref": "Draft"},
                    "answer": {"$ref": THING},
                },
            },
            "types": {
                THING: {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string"},
                        "stage": {"enum": ["open", "closed"]},
                        "address": {"anyOf": [{"$ref": "Address"}, {"type": "null"}]},
                        "parts": {"type": "array", "items": {"$ref": THING}},
                        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                    },
                    "required": ["id", "stage"],
                },
                "Address": {
                    "type": "object",
                    "properties": {"street": {"type": "string"}},
                    "required": ["street"],
                },
                "Draft": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string", "maxLength": 20},
                        "kind": {"enum": ["plain", "odd"]},
                        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    },
                    "required": ["name"],
                },
            },
        }
    }
}
Change = Callable[[Any], object]


def put(*place: str, value: object) -> Change:
    """Return what puts a value at a place of the API."""

    def change(api: Any) -> None:
        for name in place[:-1]:
            api = api[name]
        api[place[-1]] = value

    return change


def drop(*place: str) -> Change:
    """Return what takes something out of the API."""

    def change(api: Any) -> None:
        for name in place[:-1]:
            api = api[name]
        del api[place[-1]]

    return change


OPS, TYPES = "operations", "types"
FIELDS = (TYPES, THING, "properties")
DRAFT = (TYPES, "Draft", "properties")
BREAKS: dict[str, tuple[Change, ChangeKind, str | None, str]] = {
    "an operation is gone": (drop(OPS, "read"), ChangeKind.OPERATION_REMOVED, "read", ""),
    "an operation has moved": (
        put(OPS, "read", "path", value="/all"),
        ChangeKind.OPERATION_MOVED,
        "read",
        "",
    ),
    "another method": (
        put(OPS, "make", "method", value="PUT"),
        ChangeKind.OPERATION_MOVED,
        "make",
        "",
    ),
    "another scope": (
        put(OPS, "read", "scope", value="system:orders:audit"),
        ChangeKind.SCOPE_CHANGED,
        "read",
        "",
    ),
    "a key is needed": (
        put(OPS, "make", "idempotency_key", value=True),
        ChangeKind.KEY_REQUIRED,
        "make",
        "",
    ),
    "an earlier sunset": (
        put("sunset_on", value="2027-06-01"),
        ChangeKind.SUNSET_EARLIER,
        None,
        "/sunset_on",
    ),
    "a field is gone": (drop(*FIELDS, "id"), ChangeKind.FIELD_REMOVED, "read", "/answer/id"),
    "a field deep inside is gone": (
        drop(TYPES, "Address", "properties", "street"),
        ChangeKind.FIELD_REMOVED,
        "read",
        "/answer/address/street",
    ),
    "a field of another type": (
        put(*FIELDS, "id", value={"type": "integer"}),
        ChangeKind.RETYPED,
        "read",
        "/answer/id",
    ),
    "a field of another format": (
        put(*FIELDS, "id", value={"type": "string", "format": "date"}),
        ChangeKind.RETYPED,
        "read",
        "/answer/id",
    ),
    "a list in place of one": (
        put(*FIELDS, "address", value={"type": "array", "items": {"$ref": "Address"}}),
        ChangeKind.RETYPED,
        "read",
        "/answer/address",
    ),
    "a choice of types": (
        put(*FIELDS, "id", value={"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ChangeKind.RETYPED,
        "read",
        "/answer/id",
    ),
    "a field may be missing": (
        put(TYPES, THING, "required", value=["id"]),
        ChangeKind.FIELD_UNPROMISED,
        "read",
        "/answer/stage",
    ),
    "a field may be null": (
        put(*FIELDS, "id", value={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ChangeKind.FIELD_UNPROMISED,
        "read",
        "/answer/id",
    ),
    "a value is gone": (
        put(*FIELDS, "stage", value={"enum": ["open"]}),
        ChangeKind.ENUM_NARROWED,
        "read",
        "/answer/stage",
    ),
    "no answer any more": (
        drop(OPS, "read", "answer"),
        ChangeKind.FIELD_UNPROMISED,
        "read",
        "/answer",
    ),
    "a parameter is gone": (
        drop(OPS, "read", "query", "number"),
        ChangeKind.INPUT_REMOVED,
        "read",
        "/query/number",
    ),
    "a parameter is needed": (
        put(OPS, "read", "query", "number", "required", value=True),
        ChangeKind.INPUT_REQUIRED,
        "read",
        "/query/number",
    ),
    "a new parameter is needed": (
        put(OPS, "read", "query", "by", value={"schema": {"type": "string"}, "required": True}),
        ChangeKind.INPUT_REQUIRED,
        "read",
        "/query/by",
    ),
    "a parameter of another type": (
        put(OPS, "read", "query", "number", "schema", value={"type": "integer"}),
        ChangeKind.RETYPED,
        "read",
        "/query/number",
    ),
    "an input is gone": (drop(*DRAFT, "note"), ChangeKind.INPUT_REMOVED, "make", "/body/note"),
    "an input is needed": (
        put(TYPES, "Draft", "required", value=["name", "kind"]),
        ChangeKind.INPUT_REQUIRED,
        "make",
        "/body/kind",
    ),
    "an input may be null no more": (
        put(*DRAFT, "note", value={"type": "string"}),
        ChangeKind.INPUT_NARROWED,
        "make",
        "/body/note",
    ),
    "an input is shorter": (
        put(*DRAFT, "name", "maxLength", value=10),
        ChangeKind.INPUT_NARROWED,
        "make",
        "/body/name",
    ),
    "an input has a pattern": (
        put(*DRAFT, "name", "pattern", value="^[A-Z]+$"),
        ChangeKind.INPUT_NARROWED,
        "make",
        "/body/name",
    ),
    "an input has fewer values": (
        put(*DRAFT, "kind", value={"enum": ["plain"]}),
        ChangeKind.ENUM_NARROWED,
        "make",
        "/body/kind",
    ),
    "a body is needed": (
        put(OPS, "read", "body", value={"$ref": "Draft"}),
        ChangeKind.INPUT_NARROWED,
        "read",
        "/body",
    ),
    "an input refuses what it does not know": (
        put(TYPES, "Draft", "additionalProperties", value=False),
        ChangeKind.INPUT_NARROWED,
        "make",
        "/body",
    ),
    "another status": (
        put(OPS, "make", "status", value=202),
        ChangeKind.STATUS_CHANGED,
        "make",
        "",
    ),
    "a list of anything": (
        put(*FIELDS, "parts", value={"type": "array"}),
        ChangeKind.RETYPED,
        "read",
        "/answer/parts",
    ),
    "names of its own no more": (
        put(*FIELDS, "labels", value={"type": "object"}),
        ChangeKind.RETYPED,
        "read",
        "/answer/labels",
    ),
    "a choice within a choice that may be null": (
        put(*FIELDS, "id", value={"anyOf": [{"anyOf": [{"type": "string"}, {"type": "null"}]}]}),
        ChangeKind.FIELD_UNPROMISED,
        "read",
        "/answer/id",
    ),
}
ADDS: dict[str, tuple[Change, ChangeKind]] = {
    "an operation": (
        put(OPS, "more", value={"method": "GET", "path": "/more", "scope": "system:orders:read"}),
        ChangeKind.OPERATION_ADDED,
    ),
    "a field": (put(*FIELDS, "more", value={"type": "string"}), ChangeKind.FIELD_ADDED),
    "a value of an answer": (
        put(*FIELDS, "stage", value={"enum": ["open", "closed", "lost"]}),
        ChangeKind.ENUM_WIDENED,
    ),
    "any value of an answer": (
        put(*FIELDS, "stage", value={"type": "string"}),
        ChangeKind.ENUM_WIDENED,
    ),
    "an input that may be left out": (
        put(*DRAFT, "more", value={"type": "string"}),
        ChangeKind.INPUT_ADDED,
    ),
    "a parameter that may be left out": (
        put(OPS, "read", "query", "by", value={"schema": {"type": "string"}}),
        ChangeKind.INPUT_ADDED,
    ),
}
HARMLESS: dict[str, Change] = {
    "a later sunset": put("sunset_on", value="2029-01-01"),
    "an input that may be longer": put(*DRAFT, "name", "maxLength", value=30),
    "an input that may be left out now": put(TYPES, "Draft", "required", value=[]),
    "a parameter that may be left out now": put(
        OPS, "read", "query", "on", "required", value=False
    ),
    "a field that is promised now": put(
        TYPES, THING, "required", value=["id", "stage", "address", "parts", "labels"]
    ),
}


def contracts(change: Change | None = None) -> Contracts:
    """Return the contracts, changed."""
    document = deepcopy(BASE)
    if change is not None:
        change(document["apis"][PATH])
    return read_contracts(json.dumps(document).encode())


def changes(change: Change) -> list[ContractChange]:
    """Return what a change of the contracts is taken for."""
    return compare(contracts(), contracts(change), on=TODAY)


@pytest.mark.parametrize("said", BREAKS)
def test_a_break_is_named_with_operation_and_place(said: str) -> None:
    """Each kind of break is found where it is, and no new version announced it."""
    change, kind, operation, pointer = BREAKS[said]

    found = [each for each in changes(change) if each.breaks]

    assert (kind, operation, pointer) in [(e.kind, e.operation, e.pointer) for e in found]
    assert not [each for each in found if each.announced]


@pytest.mark.parametrize("said", ADDS)
def test_what_is_added_is_listed_and_breaks_nobody(said: str) -> None:
    """Callers who kept to the old contract are served as before."""
    change, kind = ADDS[said]

    found = changes(change)

    assert {each.kind for each in found} == {kind}
    assert not [each for each in found if each.breaks]


@pytest.mark.parametrize("said", HARMLESS)
def test_what_asks_less_or_gives_more_is_no_change(said: str) -> None:
    """Nothing that a caller could notice is reported."""
    assert changes(HARMLESS[said]) == []


def test_a_new_version_beside_the_old_one_breaks_nobody() -> None:
    """That is how a break is announced: the old version stays, and gets its sunset."""
    document = deepcopy(BASE)
    document["apis"]["/system/orders/v2"] = deepcopy(BASE["apis"][PATH])
    del document["apis"]["/system/orders/v2"]["types"][THING]["properties"]["id"]
    new = read_contracts(json.dumps(document).encode())
    old = contracts(drop("sunset_on"))

    found = compare(old, new, on=TODAY)

    assert [(each.api, each.kind) for each in found] == [
        (PATH, ChangeKind.SUNSET_ANNOUNCED),
        ("/system/orders/v2", ChangeKind.VERSION_ADDED),
    ]


@pytest.mark.parametrize(("on", "announced"), [("2027-12-31", False), ("2028-01-01", True)])
def test_a_version_may_go_after_its_sunset_and_not_before(on: str, announced: bool) -> None:
    """What was announced for a day is gone from that day on."""
    [gone] = compare(contracts(), Contracts({}), on=date.fromisoformat(on))

    assert (gone.kind, gone.breaks, gone.announced) == (ChangeKind.VERSION_REMOVED, True, announced)


def test_a_preview_may_change() -> None:
    """Whoever uses a preview was told that it may change."""
    preview = put("stage", value="preview")
    new = contracts(drop(*FIELDS, "id"))

    found = compare(contracts(preview), new, on=TODAY)

    assert found
    assert all(each.announced for each in found if each.breaks)


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

    found = with_consumers(changes(drop(TYPES, "Address", "properties", "street")), usage)

    [read] = [
        each
        for each in found
        if each.operation == "read" and each.breaks and "/parts" not in each.pointer
    ]
    assert read.consumers == (Consumer("portal", 3, TODAY), Consumer("warehouse", 2, TODAY))


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


def told(name: str, *required: str, scope: str = "system:erp:read") -> Contracts:
    """Return the contract of one type of event."""
    properties = {each: Schema(type="string") for each in ("id", *required)}
    data = Schema(type="object", properties=properties, required=required)
    return Contracts({}, Events({name: EventContract(scope=scope, data=data)}))


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (told("paid"), ChangeKind.FIELD_REMOVED),
        (told("sent", "number"), ChangeKind.EVENT_REMOVED),
        (told("paid", "number", scope="system:hr:read"), ChangeKind.SCOPE_CHANGED),
    ],
)
def test_a_change_of_an_event_that_breaks_its_receivers_is_found(
    new: Contracts, kind: ChangeKind
) -> None:
    """What an event said it still says, to those who could hear of it before."""
    found = compare(told("paid", "number"), new, on=TODAY)

    assert [(each.operation, each.kind) for each in found if each.breaks] == [("paid", kind)]


def test_an_event_may_say_more() -> None:
    """A type that is new, and a field that is, break nobody."""
    found = compare(told("paid"), told("paid", "number"), on=TODAY)
    more = compare(Contracts({}), told("paid"), on=TODAY)

    assert [each.kind for each in found] == [ChangeKind.FIELD_ADDED]
    assert [each.kind for each in more] == [ChangeKind.EVENT_ADDED]
    assert not any(each.breaks for each in [*found, *more])


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

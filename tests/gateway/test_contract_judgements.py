"""A change is judged by who must bear it: the caller who sends, reads, chooses or stays."""

from datetime import date
from typing import Any

import pytest

from gateway.contract_changes import ContractChange, compare, with_consumers
from gateway.schema_changes import ChangeKind
from tests.gateway.test_contract_changes import (
    DRAFT,
    FIELDS,
    OPS,
    PATH,
    THING,
    TODAY,
    TYPES,
    Change,
    contracts,
    drop,
    put,
    used,
)

TEXT, COUNT, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}
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


def all_of(*every: Change) -> Change:
    """Return what makes several changes."""

    def change(api: Any) -> None:
        for one in every:
            one(api)

    return change


def any_of(*kinds: object) -> dict[str, object]:
    """Return a choice of schemas."""
    return {"anyOf": list(kinds)}


def between(before: Change, after: Change, on: date = TODAY) -> list[ContractChange]:
    """Return what changed from one change of the contracts to another."""
    return compare(contracts(before), contracts(after), on=on)


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


GONE: dict[str, Change] = {
    "retired before its sunset": put("stage", value="retired"),
    "a sunset that has come as it is told": put("sunset_on", value="2026-11-27"),
}


@pytest.mark.parametrize("said", GONE)
def test_a_version_that_answers_no_more_is_gone_though_it_is_listed(said: str) -> None:
    """Its callers get 410 from the day of the release, whatever the file still promises."""
    for before in (put("sunset_on", value="2028-01-01"), drop("sunset_on")):
        found = between(before, GONE[said])

        [gone] = [each for each in found if each.breaks and not each.announced]
        assert (gone.kind, gone.operation) == (ChangeKind.VERSION_REMOVED, None)


def test_a_version_may_retire_on_its_sunset() -> None:
    """What was announced for a day may be said to be over from that day on."""
    retired = put("stage", value="retired")

    assert between(put("stage", value="deprecated"), retired, date(2028, 1, 1)) == []


def test_a_version_does_not_go_back_to_a_preview() -> None:
    """Else the next release could change it as it likes."""
    [found] = between(put("stage", value="active"), put("stage", value="preview"))

    assert (found.kind, found.pointer) == (ChangeKind.STAGE_LOWERED, "/stage")
    assert found.breaks
    assert not found.announced


def test_a_preview_that_becomes_active_breaks_nobody() -> None:
    """A promise that grows is none that is broken."""
    assert between(put("stage", value="preview"), put("stage", value="active")) == []


NAME, ID, KIND = (*DRAFT, "name"), (*FIELDS, "id"), (*DRAFT, "kind")
TAGGED = [
    {"type": "object", "properties": {"type": {"enum": [tag]}}, "required": ["type"]}
    for tag in ("entry", "expense")
]
HARMLESS: dict[str, tuple[Change, Change]] = {
    "an input may be a number too": (put(*NAME, value=TEXT), put(*NAME, value=any_of(TEXT, COUNT))),
    "an answer is no number any more": (
        put(*ID, value=any_of(TEXT, COUNT)),
        put(*ID, value=TEXT),
    ),
    "a choice in another order": (
        put(*ID, value=any_of(TEXT, COUNT)),
        put(*ID, value=any_of(COUNT, TEXT)),
    ),
    "records of a choice in another order": (
        put(*ID, value=any_of(*TAGGED)),
        put(*ID, value=any_of(*reversed(TAGGED))),
    ),
    "another kind of record may be sent": (
        put(*NAME, value=TAGGED[0]),
        put(*NAME, value=any_of(*reversed(TAGGED))),
    ),
    "numbers that an answer keeps to": (
        put(*ID, value=COUNT),
        put(*ID, value={"enum": [1, 2]}),
    ),
    "a body that may be sent": (
        drop(OPS, "make", "body"),
        put(OPS, "make", "body", value=any_of({"$ref": "Draft"}, NULL)),
    ),
}


@pytest.mark.parametrize("said", HARMLESS)
def test_what_takes_more_or_promises_less_variety_breaks_nobody(said: str) -> None:
    """A choice that may be sent grows, one that is answered shrinks, and neither has an order."""
    assert between(*HARMLESS[said]) == []


BREAKS: dict[str, tuple[Change, Change, ChangeKind]] = {
    "an input is no number any more": (
        put(*NAME, value=any_of(TEXT, COUNT)),
        put(*NAME, value=TEXT),
        ChangeKind.RETYPED,
    ),
    "an answer may be a number too": (
        put(*ID, value=TEXT),
        put(*ID, value=any_of(COUNT, TEXT)),
        ChangeKind.RETYPED,
    ),
    "another kind of record may be answered": (
        put(*ID, value=TAGGED[0]),
        put(*ID, value=any_of(*reversed(TAGGED))),
        ChangeKind.RETYPED,
    ),
    "one kind of record in place of another": (
        put(*ID, value=any_of(*TAGGED)),
        put(*ID, value=any_of(TAGGED[0], {**TAGGED[1], "properties": {"type": {"enum": ["x"]}}})),
        ChangeKind.RETYPED,
    ),
    "a choice loses a field": (
        put(*ID, value=any_of(TEXT, {"$ref": THING})),
        all_of(
            put(*ID, value=any_of({"$ref": THING}, TEXT)),
            drop(*FIELDS, "labels"),
        ),
        ChangeKind.FIELD_REMOVED,
    ),
    "numbers of which some are taken": (
        put(*KIND, value=COUNT),
        put(*KIND, value={"enum": [1, 2]}),
        ChangeKind.ENUM_NARROWED,
    ),
    "a body that was ignored is refused": (
        put(OPS, "make", "body", value={"$ref": "Draft"}),
        drop(OPS, "make", "body"),
        ChangeKind.RETYPED,
    ),
}


@pytest.mark.parametrize("said", BREAKS)
def test_what_takes_less_or_answers_otherwise_breaks_a_caller(said: str) -> None:
    """The same change the other way round."""
    before, after, kind = BREAKS[said]

    assert kind in {each.kind for each in between(before, after) if each.breaks}


def test_an_answer_where_there_was_none_is_new() -> None:
    """Who read no body may go on reading none."""
    found = between(drop(OPS, "make", "answer"), put(OPS, "make", "answer", value=TEXT))

    assert [(each.kind, each.pointer) for each in found] == [(ChangeKind.FIELD_ADDED, "/answer")]


def number(value: object) -> Change:
    """Return what has a parameter of a query be a value when it is left out."""
    said = {"schema": {"type": "boolean"}} | ({} if value is None else {"default": value})
    return put(OPS, "read", "query", "number", value=said)


@pytest.mark.parametrize("now", [False, None])
def test_another_default_of_a_parameter_breaks_who_leaves_it_out(now: object) -> None:
    """What only tried would act."""
    [found] = between(number(True), number(now))

    assert (found.kind, found.pointer) == (ChangeKind.DEFAULT_CHANGED, "/query/number")
    assert found.breaks


def test_a_default_that_was_not_written_down_is_no_change() -> None:
    """Releases before it was written down lack it."""
    assert between(number(None), number(True)) == []
    assert contracts(number(True)).apis[PATH].operations["read"].query["number"].default is True

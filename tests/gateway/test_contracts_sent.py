"""A change of what a caller sends breaks whoever sends what was taken before."""

import pytest

from gateway.published.schema_changes import ChangeKind
from tests.gateway.promises import (
    COUNT,
    DRAFT,
    KIND,
    NAME,
    NULL,
    OPS,
    PATH,
    TAGGED,
    TEXT,
    TYPES,
    Case,
    Change,
    adds,
    any_of,
    between,
    breaks,
    contracts,
    drop,
    nothing,
    put,
)

SENT: dict[str, Case] = {
    "a key is needed": Case(
        after=put(OPS, "make", "idempotency_key", value=True),
        verdict=breaks(ChangeKind.KEY_REQUIRED, ("make", "")),
    ),
    "a parameter is gone": Case(
        after=drop(OPS, "read", "query", "number"),
        verdict=breaks(ChangeKind.INPUT_REMOVED, ("read", "/query/number")),
    ),
    "a parameter is needed": Case(
        after=put(OPS, "read", "query", "number", "required", value=True),
        verdict=breaks(ChangeKind.INPUT_REQUIRED, ("read", "/query/number")),
    ),
    "a new parameter is needed": Case(
        after=put(
            OPS, "read", "query", "by", value={"schema": {"type": "string"}, "required": True}
        ),
        verdict=breaks(ChangeKind.INPUT_REQUIRED, ("read", "/query/by")),
    ),
    "a parameter of another type": Case(
        after=put(OPS, "read", "query", "number", "schema", value={"type": "integer"}),
        verdict=breaks(ChangeKind.RETYPED, ("read", "/query/number")),
    ),
    "an input is gone": Case(
        after=drop(*DRAFT, "note"), verdict=breaks(ChangeKind.INPUT_REMOVED, ("make", "/body/note"))
    ),
    "an input is needed": Case(
        after=put(TYPES, "Draft", "required", value=["name", "kind"]),
        verdict=breaks(ChangeKind.INPUT_REQUIRED, ("make", "/body/kind")),
    ),
    "an input may be null no more": Case(
        after=put(*DRAFT, "note", value={"type": "string"}),
        verdict=breaks(ChangeKind.INPUT_NARROWED, ("make", "/body/note")),
    ),
    "an input is shorter": Case(
        after=put(*DRAFT, "name", "maxLength", value=10),
        verdict=breaks(ChangeKind.INPUT_NARROWED, ("make", "/body/name")),
    ),
    "an input has a pattern": Case(
        after=put(*DRAFT, "name", "pattern", value="^[A-Z]+$"),
        verdict=breaks(ChangeKind.INPUT_NARROWED, ("make", "/body/name")),
    ),
    "an input has fewer values": Case(
        after=put(*DRAFT, "kind", value={"enum": ["plain"]}),
        verdict=breaks(ChangeKind.ENUM_NARROWED, ("make", "/body/kind")),
    ),
    "a body is needed": Case(
        after=put(OPS, "read", "body", value={"$ref": "Draft"}),
        verdict=breaks(ChangeKind.INPUT_NARROWED, ("read", "/body")),
    ),
    "an input refuses what it does not know": Case(
        after=put(TYPES, "Draft", "additionalProperties", value=False),
        verdict=breaks(ChangeKind.INPUT_NARROWED, ("make", "/body")),
    ),
    "an input is no number any more": Case(
        before=put(*NAME, value=any_of(TEXT, COUNT)),
        after=put(*NAME, value=TEXT),
        verdict=breaks(ChangeKind.RETYPED),
    ),
    "numbers of which some are taken": Case(
        before=put(*KIND, value=COUNT),
        after=put(*KIND, value={"enum": [1, 2]}),
        verdict=breaks(ChangeKind.ENUM_NARROWED),
    ),
    "a body that was ignored is refused": Case(
        before=put(OPS, "make", "body", value={"$ref": "Draft"}),
        after=drop(OPS, "make", "body"),
        verdict=breaks(ChangeKind.RETYPED),
    ),
    "an input that may be left out": Case(
        after=put(*DRAFT, "more", value={"type": "string"}), verdict=adds(ChangeKind.INPUT_ADDED)
    ),
    "a parameter that may be left out": Case(
        after=put(OPS, "read", "query", "by", value={"schema": {"type": "string"}}),
        verdict=adds(ChangeKind.INPUT_ADDED),
    ),
    "an input that may be longer": Case(
        after=put(*DRAFT, "name", "maxLength", value=30), verdict=nothing
    ),
    "an input that may be left out now": Case(
        after=put(TYPES, "Draft", "required", value=[]), verdict=nothing
    ),
    "a parameter that may be left out now": Case(
        after=put(OPS, "read", "query", "on", "required", value=False), verdict=nothing
    ),
    "an input may be a number too": Case(
        before=put(*NAME, value=TEXT), after=put(*NAME, value=any_of(TEXT, COUNT)), verdict=nothing
    ),
    "another kind of record may be sent": Case(
        before=put(*NAME, value=TAGGED[0]),
        after=put(*NAME, value=any_of(*reversed(TAGGED))),
        verdict=nothing,
    ),
    "a body that may be sent": Case(
        before=drop(OPS, "make", "body"),
        after=put(OPS, "make", "body", value=any_of({"$ref": "Draft"}, NULL)),
        verdict=nothing,
    ),
}


@pytest.mark.parametrize("said", SENT)
def test_what_is_taken_less_of_breaks_who_sends_it(said: str) -> None:
    """A choice that may be sent grows; what is asked for more, or taken no more, breaks."""
    case = SENT[said]

    found = between(case.before, case.after)

    assert case.verdict(found), found


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

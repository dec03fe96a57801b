"""A change of what a caller gets breaks whoever reads what was promised before."""

import pytest

from gateway.published.schema_changes import ChangeKind
from tests.gateway.promises import (
    COUNT,
    FIELDS,
    ID,
    OPS,
    TAGGED,
    TEXT,
    THING,
    TYPES,
    Case,
    adds,
    all_of,
    any_of,
    between,
    breaks,
    drop,
    nothing,
    put,
)

ANSWERED: dict[str, Case] = {
    "a field is gone": Case(
        after=drop(*FIELDS, "id"), verdict=breaks(ChangeKind.FIELD_REMOVED, ("read", "/answer/id"))
    ),
    "a field deep inside is gone": Case(
        after=drop(TYPES, "Address", "properties", "street"),
        verdict=breaks(ChangeKind.FIELD_REMOVED, ("read", "/answer/address/street")),
    ),
    "a field of another type": Case(
        after=put(*FIELDS, "id", value={"type": "integer"}),
        verdict=breaks(ChangeKind.RETYPED, ("read", "/answer/id")),
    ),
    "a field of another format": Case(
        after=put(*FIELDS, "id", value={"type": "string", "format": "date"}),
        verdict=breaks(ChangeKind.RETYPED, ("read", "/answer/id")),
    ),
    "a list in place of one": Case(
        after=put(*FIELDS, "address", value={"type": "array", "items": {"$ref": "Address"}}),
        verdict=breaks(ChangeKind.RETYPED, ("read", "/answer/address")),
    ),
    "a choice of types": Case(
        after=put(*FIELDS, "id", value={"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        verdict=breaks(ChangeKind.RETYPED, ("read", "/answer/id")),
    ),
    "a field may be missing": Case(
        after=put(TYPES, THING, "required", value=["id"]),
        verdict=breaks(ChangeKind.FIELD_UNPROMISED, ("read", "/answer/stage")),
    ),
    "a field may be null": Case(
        after=put(*FIELDS, "id", value={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        verdict=breaks(ChangeKind.FIELD_UNPROMISED, ("read", "/answer/id")),
    ),
    "a value is gone": Case(
        after=put(*FIELDS, "stage", value={"enum": ["open"]}),
        verdict=breaks(ChangeKind.ENUM_NARROWED, ("read", "/answer/stage")),
    ),
    "no answer any more": Case(
        after=drop(OPS, "read", "answer"),
        verdict=breaks(ChangeKind.FIELD_UNPROMISED, ("read", "/answer")),
    ),
    "another status": Case(
        after=put(OPS, "make", "status", value=202),
        verdict=breaks(ChangeKind.STATUS_CHANGED, ("make", "")),
    ),
    "a list of anything": Case(
        after=put(*FIELDS, "parts", value={"type": "array"}),
        verdict=breaks(ChangeKind.RETYPED, ("read", "/answer/parts")),
    ),
    "names of its own no more": Case(
        after=put(*FIELDS, "labels", value={"type": "object"}),
        verdict=breaks(ChangeKind.RETYPED, ("read", "/answer/labels")),
    ),
    "a choice within a choice that may be null": Case(
        after=put(
            *FIELDS, "id", value={"anyOf": [{"anyOf": [{"type": "string"}, {"type": "null"}]}]}
        ),
        verdict=breaks(ChangeKind.FIELD_UNPROMISED, ("read", "/answer/id")),
    ),
    "a field": Case(
        after=put(*FIELDS, "more", value={"type": "string"}), verdict=adds(ChangeKind.FIELD_ADDED)
    ),
    "a value of an answer": Case(
        after=put(*FIELDS, "stage", value={"enum": ["open", "closed", "lost"]}),
        verdict=adds(ChangeKind.ENUM_WIDENED),
    ),
    "any value of an answer": Case(
        after=put(*FIELDS, "stage", value={"type": "string"}), verdict=adds(ChangeKind.ENUM_WIDENED)
    ),
    "a field that is promised now": Case(
        after=put(TYPES, THING, "required", value=["id", "stage", "address", "parts", "labels"]),
        verdict=nothing,
    ),
    "an answer may be a number too": Case(
        before=put(*ID, value=TEXT),
        after=put(*ID, value=any_of(COUNT, TEXT)),
        verdict=breaks(ChangeKind.RETYPED),
    ),
    "another kind of record may be answered": Case(
        before=put(*ID, value=TAGGED[0]),
        after=put(*ID, value=any_of(*reversed(TAGGED))),
        verdict=breaks(ChangeKind.RETYPED),
    ),
    "one kind of record in place of another": Case(
        before=put(*ID, value=any_of(*TAGGED)),
        after=put(
            *ID, value=any_of(TAGGED[0], {**TAGGED[1], "properties": {"type": {"enum": ["x"]}}})
        ),
        verdict=breaks(ChangeKind.RETYPED),
    ),
    "a choice loses a field": Case(
        before=put(*ID, value=any_of(TEXT, {"$ref": THING})),
        after=all_of(
            put(*ID, value=any_of({"$ref": THING}, TEXT)),
            drop(*FIELDS, "labels"),
        ),
        verdict=breaks(ChangeKind.FIELD_REMOVED),
    ),
    "an answer is no number any more": Case(
        before=put(*ID, value=any_of(TEXT, COUNT)), after=put(*ID, value=TEXT), verdict=nothing
    ),
    "a choice in another order": Case(
        before=put(*ID, value=any_of(TEXT, COUNT)),
        after=put(*ID, value=any_of(COUNT, TEXT)),
        verdict=nothing,
    ),
    "records of a choice in another order": Case(
        before=put(*ID, value=any_of(*TAGGED)),
        after=put(*ID, value=any_of(*reversed(TAGGED))),
        verdict=nothing,
    ),
    "numbers that an answer keeps to": Case(
        before=put(*ID, value=COUNT), after=put(*ID, value={"enum": [1, 2]}), verdict=nothing
    ),
}


@pytest.mark.parametrize("said", ANSWERED)
def test_what_is_promised_less_breaks_who_reads_it(said: str) -> None:
    """A choice that is answered shrinks; what comes no more, or as another type, breaks."""
    case = ANSWERED[said]

    found = between(case.before, case.after)

    assert case.verdict(found), found


def test_an_answer_where_there_was_none_is_new() -> None:
    """Who read no body may go on reading none."""
    found = between(drop(OPS, "make", "answer"), put(OPS, "make", "answer", value=TEXT))

    assert [(each.kind, each.pointer) for each in found] == [(ChangeKind.FIELD_ADDED, "/answer")]

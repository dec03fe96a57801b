"""The contracts of an API that is changed in one place, and what the change is to be taken for."""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import date
from typing import Any  # Any: contracts are changed as the document that they are written in

from msgspec import Struct

from gateway.published.contract_changes import ContractChange, compare
from gateway.published.contracts import Contracts, read_contracts
from gateway.published.schema_changes import ChangeKind

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
Verdict = Callable[[Sequence[ContractChange]], bool]
OPS, TYPES = "operations", "types"
FIELDS = (TYPES, THING, "properties")
DRAFT = (TYPES, "Draft", "properties")
NAME, ID, KIND = (*DRAFT, "name"), (*FIELDS, "id"), (*DRAFT, "kind")
TEXT, COUNT, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}
TAGGED = [
    {"type": "object", "properties": {"type": {"enum": [tag]}}, "required": ["type"]}
    for tag in ("entry", "expense")
]


def as_it_is(_: object) -> None:
    """Change nothing."""


class Case(Struct, frozen=True, kw_only=True):
    """A change of what is promised, and how it is judged."""

    before: Change = as_it_is
    after: Change
    verdict: Verdict


def breaks(kind: ChangeKind, place: tuple[str | None, str] | None = None) -> Verdict:
    """Return whether a break was found, at an operation and pointer, that nothing announced."""

    def verdict(found: Sequence[ContractChange]) -> bool:
        broken = [each for each in found if each.breaks]
        here = [each for each in broken if place in {None, (each.operation, each.pointer)}]
        announced = place is not None and any(each.announced for each in broken)
        return kind in {each.kind for each in here} and not announced

    return verdict


def adds(kind: ChangeKind) -> Verdict:
    """Return whether this was added and nothing else changed, so that nobody is broken."""
    return lambda found: {(each.kind, each.breaks) for each in found} == {(kind, False)}


def nothing(found: Sequence[ContractChange]) -> bool:
    """Whether no change was found, since nobody could notice one."""
    return not found


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


def all_of(*every: Change) -> Change:
    """Return what makes several changes."""

    def change(api: Any) -> None:
        for one in every:
            one(api)

    return change


def any_of(*kinds: object) -> dict[str, object]:
    """Return a choice of schemas."""
    return {"anyOf": list(kinds)}


def contracts(change: Change = as_it_is) -> Contracts:
    """Return the contracts, changed."""
    document = deepcopy(BASE)
    change(document["apis"][PATH])
    return read_contracts(json.dumps(document).encode())


def between(before: Change, after: Change, on: date = TODAY) -> list[ContractChange]:
    """Return what changed from one change of the contracts to another."""
    return compare(contracts(before), contracts(after), on=on)

"""Types in a reader's words: what a field holds."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from msgspec import Meta, Struct, UnsetType

from gateway.promised_types import is_struct
from system_apis.canonical.record import Id, Text

_PLAIN: Mapping[object, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    Decimal: "decimal text",
    date: "date",
    datetime: "instant",
    bytes: "base64",
    Id: "id",
}
_ANY = (Id, Text)


def in_words(annotation: object, names: Mapping[type[Struct], str]) -> str:
    """Return what a field holds; a record is linked by the name that it is published under."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if is_struct(annotation):
        name = names.get(annotation)
        return f"[{name}](#{name})" if name else annotation.__name__
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "one of " + ", ".join(str(each.value) for each in annotation)
    return _composed(annotation, names)


def description_of(annotation: object) -> str | None:
    """Return what a type says of itself, if it is one of its own and not any text or id."""
    if annotation in _ANY:
        return None
    for said in getattr(annotation, "__metadata__", ()):
        if isinstance(said, Meta) and said.description:
            return said.description
    parts = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else ()
    return next((told for told in map(description_of, parts) if told), None)


def _composed(annotation: object, names: Mapping[type[Struct], str]) -> str:
    """Say what is made of other types."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return in_words(parts[0], names)
    if origin in {Union, UnionType}:
        there = [part for part in parts if part is not UnsetType]
        told = ["nothing" if part is NoneType else in_words(part, names) for part in there]
        return " or ".join(dict.fromkeys(told))
    if origin is Literal:
        return "one of " + ", ".join(map(str, parts))
    if origin in {tuple, list, frozenset, set}:
        return f"list of {in_words(parts[0], names)}"
    return getattr(annotation, "__name__", "anything")

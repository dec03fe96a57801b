"""Fields that ask for a scope of their own, and a record as it is without them.

A field declares its scope where it stands, in the `Meta` of its type. The door withholds it
from whoever lacks the scope, over HTTP and in process alike. A field that may be unset is left
out of the answer; a field that must be there is shown only by operations that ask for its scope.
A total over people may be shown to all when it is over two or more: of one person it would be
that person's own figure. Its field names in `total_of` what says how many they are, and in
`fewest` how many it takes where two are too few. A field that holds nothing keeps no secret,
and stays.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import is_
from types import NoneType, UnionType
from typing import Annotated, TypeVar, Union, get_args, get_origin

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import FieldInfo, fields, replace

T = TypeVar("T")
FEWEST_PEOPLE = 2
_SCOPE, _TOTAL_OF, _FEWEST = "scope", "total_of", "fewest"
_PLAIN = (str, bytes, int, Decimal, date, timedelta, Enum, NoneType, UnsetType)


class Restricted(Struct, frozen=True):
    """A field that asks for a scope, and whether a record may be without it."""

    record: str
    field: str
    scope: str
    may_be_unset: bool


def scope_of(field: FieldInfo) -> str | None:
    """Return the scope that a field asks for beyond its operation's, if it asks for one."""
    return _said(field, _SCOPE)


def restricted_within(annotation: object) -> list[Restricted]:
    """Return every restricted field that a value of a type may hold, however deep."""
    return list(_within(annotation, set()))


def shown_with(scopes: frozenset[str], found: T) -> T:
    """Return a value as it is shown to whoever holds some scopes."""
    if isinstance(found, Struct):
        shown = dict(_changed(scopes, found))
        return replace(found, **shown) if shown else found
    if isinstance(found, list | tuple):
        seen = [shown_with(scopes, each) for each in found]
        return found if all(map(is_, seen, found)) else type(found)(seen)
    return found


def _changed(scopes: frozenset[str], record: Struct) -> Iterator[tuple[str, object]]:
    """Yield the fields of a record that are shown otherwise than they are."""
    for field in _looked_at(type(record)):
        value = getattr(record, field.name)
        if value is None:
            continue
        if field.scope is not None and field.scope not in scopes and not field.is_of_many(value):
            yield field.name, UNSET
        elif (shown := shown_with(scopes, value)) is not value:
            yield field.name, shown


class _Looked(Struct, frozen=True):
    """A field that is looked at before it is shown: what it asks for, and what says its people."""

    name: str
    scope: str | None
    total_of: str | None
    fewest: int

    def is_of_many(self, value: object) -> bool:
        """Whether a value is a total over so many people that it tells of none of them."""
        people = getattr(value, self.total_of, 0) if self.total_of else 0
        return isinstance(people, int) and people >= self.fewest


@cache
def _looked_at(kind: type[Struct]) -> tuple[_Looked, ...]:
    """Return the fields of a kind of record that ask for a scope, or may hold what does."""
    return tuple(
        _Looked(
            each.name,
            scope_of(each),
            _said(each, _TOTAL_OF),
            int(_said(each, _FEWEST) or FEWEST_PEOPLE),
        )
        for each in fields(kind)
        if scope_of(each) is not None or not _is_plain(each.type)
    )


def _is_plain(annotation: object) -> bool:
    """Whether a value of a type is no record and holds none, as far as the type alone says it."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _is_plain(parts[0])
    if origin in {Union, UnionType, list, tuple}:
        return all(part is Ellipsis or _is_plain(part) for part in parts)
    return isinstance(annotation, type) and issubclass(annotation, _PLAIN)


def _said(field: FieldInfo, what: str) -> str | None:
    for each in getattr(field.type, "__metadata__", ()):
        if isinstance(each, Meta) and each.extra and what in each.extra:
            return str(each.extra[what])
    return None


def _within(annotation: object, seen: set[object]) -> Iterator[Restricted]:
    if annotation in seen:
        return
    seen.add(annotation)
    kind = get_origin(annotation) or annotation
    if isinstance(kind, type) and issubclass(kind, Struct):
        for field in fields(kind):
            scope = scope_of(field)
            if scope is not None:
                may_be_unset = UnsetType in get_args(get_args(field.type)[0])
                yield Restricted(kind.__name__, field.name, scope, may_be_unset)
            yield from _within(field.type, seen)
    for part in get_args(annotation):
        yield from _within(part, seen)

"""Fields that ask for a scope of their own, and a record as it is without them.

A field declares its scope where it stands, in the `Meta` of its type. The door withholds it
from whoever lacks the scope, over HTTP and in process alike. A field that may be unset is left
out of the answer; a field that must be there is shown only by operations that ask for its scope.
A total over people may be shown to all when it is over two or more: of one person it would be
that person's own figure. Its field names in `total_of` what says how many they are. A field
that holds nothing keeps no secret, and stays.
"""

from collections.abc import Iterator
from functools import cache
from typing import TypeVar, get_args, get_origin

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import FieldInfo, fields, replace

T = TypeVar("T")
FEWEST_PEOPLE = 2
_SCOPE, _TOTAL_OF = "scope", "total_of"


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
        return type(found)(shown_with(scopes, each) for each in found)
    return found


def _changed(scopes: frozenset[str], record: Struct) -> Iterator[tuple[str, object]]:
    """Yield the fields of a record that are shown otherwise than they are."""
    for field in _fields_of(type(record)):
        value = getattr(record, field.name)
        scope = scope_of(field)
        if value is None:
            continue
        if scope is not None and scope not in scopes and not _is_of_many(field, value):
            yield field.name, UNSET
        elif (shown := shown_with(scopes, value)) != value:
            yield field.name, shown


@cache
def _fields_of(kind: type[Struct]) -> tuple[FieldInfo, ...]:
    return fields(kind)


def _is_of_many(field: FieldInfo, value: object) -> bool:
    """Whether a value is a total over so many people that it tells of none of them."""
    counted = _said(field, _TOTAL_OF)
    people = getattr(value, counted, 0) if counted else 0
    return isinstance(people, int) and people >= FEWEST_PEOPLE


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

"""Fields that ask for a scope of their own, and a record as it is without them.

A field declares its scope where it stands, in the `Meta` of its type. The door withholds it
from whoever lacks the scope, over HTTP and in process alike. A field that may be unset is left
out of the answer; a field that must be there is shown only by operations that ask for its scope.
"""

from collections.abc import Iterator
from typing import TypeVar, get_args, get_origin

from msgspec import UNSET, Meta, Struct
from msgspec.structs import FieldInfo, fields, replace

T = TypeVar("T")
_SCOPE = "scope"


class Restricted(Struct, frozen=True):
    """A field that asks for a scope, and whether a record may be without it."""

    record: str
    field: str
    scope: str
    may_be_unset: bool


def scope_of(field: FieldInfo) -> str | None:
    """Return the scope that a field asks for beyond its operation's, if it asks for one."""
    for said in getattr(field.type, "__metadata__", ()):
        if isinstance(said, Meta) and said.extra and _SCOPE in said.extra:
            return str(said.extra[_SCOPE])
    return None


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
    for field in fields(record):
        value = getattr(record, field.name)
        scope = scope_of(field)
        if scope is not None and scope not in scopes:
            yield field.name, UNSET
        elif (shown := shown_with(scopes, value)) != value:
            yield field.name, shown


def _within(annotation: object, seen: set[object]) -> Iterator[Restricted]:
    if annotation in seen:
        return
    seen.add(annotation)
    kind = get_origin(annotation) or annotation
    if isinstance(kind, type) and issubclass(kind, Struct):
        for field in fields(kind):
            scope = scope_of(field)
            if scope is not None:
                may_be_unset = field.default is UNSET
                yield Restricted(kind.__name__, field.name, scope, may_be_unset)
            yield from _within(field.type, seen)
    for part in get_args(annotation):
        yield from _within(part, seen)

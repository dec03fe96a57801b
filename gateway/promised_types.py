"""What a type annotation promises: every type that a value of it may hold."""

import inspect
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Annotated, TypeGuard, Union, get_args, get_origin

from litestar.params import QueryParameter
from msgspec import Meta, Struct
from msgspec.structs import fields


def promised_type(annotation: object) -> object:
    """Return an annotation without what is said about it."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def reached_types(annotation: object) -> Iterator[object]:
    """Yield a type and every type that a value of it may hold, each once."""
    yield from _reached(promised_type(annotation), set())


def is_struct(kind: object) -> TypeGuard[type[Struct]]:
    """Whether a type is one of our facts."""
    return isinstance(kind, type) and issubclass(kind, Struct)


def record_type(annotation: object) -> type[Struct] | None:
    """Return the kind of record that an answer holds, alone or in pages."""
    kinds = filter(is_struct, reached_types(annotation))
    return next((kind for kind in kinds if not getattr(kind, "__parameters__", ())), None)


def query_parameters(handler: Callable[..., object]) -> dict[str, inspect.Parameter]:
    """Return the parameters that a handler takes from the query, by their names."""
    return {
        name: one
        for name, one in inspect.signature(handler).parameters.items()
        if any(isinstance(said, QueryParameter) for said in get_args(one.annotation)[1:])
    }


def bounds_of(annotation: object) -> dict[str, int]:
    """Return between which numbers a parameter of a query must be, as JSON Schema says it."""
    told = next(each for each in get_args(annotation)[1:] if isinstance(each, QueryParameter))
    lowest, highest = {"minimum": told.ge}, {"maximum": told.le}
    return {name: int(at) for name, at in (lowest | highest).items() if at is not None}


def pattern_of(annotation: object) -> str | None:
    """Return the pattern that an annotation's text must match, however deep it is said."""
    for one in getattr(annotation, "__metadata__", ()):
        if isinstance(one, Meta) and one.pattern:
            return one.pattern
    found = (pattern_of(part) for part in get_args(annotation))
    return next((pattern for pattern in found if pattern), None)


def example_of(annotation: object) -> object:
    """Return the first example that is given of an annotation's values, None without any."""
    for one in getattr(annotation, "__metadata__", ()):
        if isinstance(one, Meta) and one.examples:
            return one.examples[0]
    found = (example_of(part) for part in get_args(annotation))
    return next((example for example in found if example), None)


def _reached(kind: object, seen: set[object]) -> Iterator[object]:
    if kind in seen:
        return
    seen.add(kind)
    yield kind
    inner = [field.type for field in fields(kind)] if is_struct(kind) else _parts(kind)
    for one in inner:
        yield from _reached(one, seen)


def _parts(kind: object) -> tuple[object, ...]:
    origin = get_origin(kind)
    if origin is Annotated:
        return (get_args(kind)[0],)
    if origin in {Union, UnionType, list, tuple, set, frozenset, dict}:
        return get_args(kind)
    return () if origin is None else (origin, *get_args(kind))

"""What the events of each type say, as a type of its own: its schema is what receivers rely on."""

from collections.abc import Mapping
from types import NoneType
from typing import Annotated, get_args, get_type_hints

from msgspec import Meta, Struct, defstruct

from process_apis.events.business_event import BusinessEvent
from process_apis.events.published import TEST, EventType, Facts, published, shared

_ALWAYS = ("id", "read_at")
_NEVER_SURE = frozenset({"amount"})


def said_by() -> Mapping[str, type[Struct]]:
    """Return by the name of each type of event what its `data` is."""
    told = {kind.type: _type(kind, event) for event, kind in published().items()}
    return {**told, TEST.type: _type(TEST, None)}


def _type(kind: EventType, event: type[BusinessEvent] | None) -> type[Struct]:
    """Return what is said of a fact; an amount is only told to those who may read it."""
    entity = Annotated[str, Meta(pattern=rf"\A{kind.entity}\Z")]
    sure: list[tuple[str, object]] = [("entity", entity), *((name, str) for name in _ALWAYS)]
    unsure: list[tuple[str, object, object]] = []
    kinds, has = get_type_hints(Facts), get_type_hints(event) if event else {}
    for name in ("legal_entity", *shared(event)) if event else ():
        if name in _NEVER_SURE or NoneType in get_args(has[name]):
            unsure.append((name, kinds[name], None))
        else:
            sure.append((name, _certain(kinds[name])))
    return defstruct(_name(kind), [*sure, *unsure], frozen=True, kw_only=True)


def _certain(kind: object) -> object:
    """Return a type without the possibility that nothing is there."""
    [one] = (each for each in get_args(kind) if each is not NoneType)
    return one


def _name(kind: EventType) -> str:
    """Return a type's name in camel case, as the types of records are named."""
    return "".join(each.capitalize() for each in kind.type.replace("_", ".").split("."))

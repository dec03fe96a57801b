"""The canonical model, read off the code: fields from types, invariants from what they refuse."""

import ast
import inspect
import pkgutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from types import ModuleType

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from gateway.mounting import read_api
from gateway.promised_types import is_struct, reached_types
from gateway.type_words import in_words
from gateway.words.fields import meaning_of, snake
from governance.audit import AuditRecord
from governance.canonical_model import (
    AllowedMove,
    CanonicalModel,
    Entity,
    EntityField,
    FieldAuthority,
    PublishedModel,
    StateMachine,
)
from governance.json_schemas import json_schema
from process_apis.approvals.requests import Approval
from process_apis.exceptions.queue import OpenException
from process_apis.project_to_cash.records import Allocation, BillingEvent, ClientInvoice
from system_apis import canonical
from system_apis.canonical.authority import Authorities, FieldGroup
from system_apis.canonical.record import Page
from system_apis.canonical.states import MACHINES, Machine, Move
from system_apis.known_records import Reference

# What Strata itself keeps, by the handbook's names.
OWN: dict[str, type[Struct]] = {
    "billing_event": BillingEvent,
    "billing_allocation": Allocation,
    "client_invoice": ClientInvoice,
    "approval": Approval,
    "exception": OpenException,
    "audit_event": AuditRecord,
    "cross_reference": Reference,
}
_NOT_RECORDS = {Page, Machine, Move}


def publish(apis: Iterable[ModuleType], authorities: Authorities | None = None) -> PublishedModel:
    """Return the model of the records that these APIs, and those to come, speak of."""
    owners = authorities or Authorities()
    mounted = tuple(apis)
    kinds = published_types()

    def schema_of(name: str) -> bytes | None:
        return json_schema(kinds[name]) if name in kinds else None

    return PublishedModel(lambda: _collect(kinds, mounted, owners), schema_of)


def published_types() -> dict[str, type[Struct]]:
    """Return every kind of record by its name, the canonical ones room by room, then our own."""
    found: dict[str, type[Struct]] = {}
    for info in sorted(pkgutil.iter_modules(canonical.__path__), key=lambda one: one.name):
        module = import_module(f"{canonical.__name__}.{info.name}")
        for kind in vars(module).values():
            own = is_struct(kind) and kind.__module__ == module.__name__
            if own and kind not in _NOT_RECORDS and not kind.__name__.startswith("_"):
                name = snake(kind.__name__)
                found[name if name not in found else f"{info.name}_{name}"] = kind
    return found | OWN


def invariants(kind: type[Struct]) -> tuple[str, ...]:
    """Return what a kind of record refuses to be without, in the sentences that it says so in."""
    check = vars(kind).get("__post_init__")
    if check is None:
        return ()
    body = ast.parse(textwrap.dedent(inspect.getsource(check)))
    raised = (node.exc for node in ast.walk(body) if isinstance(node, ast.Raise))
    calls = (exc for exc in raised if isinstance(exc, ast.Call) and exc.args)
    return tuple(dict.fromkeys(": ".join(map(_sentence, call.args)) for call in calls))


def _collect(
    kinds: Mapping[str, type[Struct]], apis: tuple[ModuleType, ...], owners: Authorities
) -> CanonicalModel:
    names = {kind: name for name, kind in kinds.items()}
    served = _served(apis)
    return CanonicalModel(
        entities=tuple(_entity(name, kind, names, served) for name, kind in kinds.items()),
        state_machines=tuple(
            StateMachine(
                each.name,
                each.begins,
                tuple(AllowedMove(move.before, move.after, move.note) for move in each.moves),
            )
            for each in MACHINES
        ),
        authorities=tuple(_authority(each, owners) for each in owners.groups),
    )


def _authority(group: FieldGroup, owners: Authorities) -> FieldAuthority:
    said = {entity: owners.owner(group, entity) for entity in owners.of_entities}
    return FieldAuthority(
        record=group.record,
        group=group.name,
        fields=group.fields,
        system=group.system,
        exceptions={each: owner for each, owner in said.items() if owner is not group.system},
    )


def _entity(
    name: str,
    kind: type[Struct],
    names: Mapping[type[Struct], str],
    served: Mapping[object, set[str]],
) -> Entity:
    module = import_module(kind.__module__)
    return Entity(
        name=name,
        meaning=" ".join((inspect.getdoc(kind) or "").split()),
        module=f"{kind.__module__.replace('.', '/')}.py",
        room=(module.__doc__ or "").splitlines()[0],
        fields=tuple(_field(name, each, names) for each in fields(kind)),
        invariants=invariants(kind),
        served_by=tuple(sorted(served.get(kind, ()))),
        state_machine=name if name in {each.name for each in MACHINES} else None,
    )


def _field(name: str, field: FieldInfo, names: Mapping[type[Struct], str]) -> EntityField:
    required = field.default is NODEFAULT and field.default_factory is NODEFAULT
    known = meaning_of(name, field.name, field.type)
    meaning = known or f"{field.name.replace('_', ' ').capitalize()}."
    return EntityField(field.encode_name, in_words(field.type, names), required, meaning)


def _served(apis: tuple[ModuleType, ...]) -> dict[object, set[str]]:
    """Return the addresses of the APIs that take or give each type."""
    found: dict[object, set[str]] = {}
    for module in apis:
        api = read_api(module)
        for kind in _spoken(api.operations):
            found.setdefault(kind, set()).add(api.policy.path)
    return found


def _spoken(operations: Iterable[object]) -> Iterator[object]:
    for one in operations:
        handler = getattr(one, "handler", None)
        annotations = inspect.get_annotations(handler.fn) if handler else {}
        for said in (annotations.get("return"), annotations.get("data")):
            if said is not None:
                yield from reached_types(said)


def _sentence(said: ast.expr) -> str:
    """Return the words of a complaint; what is filled in at the time is an ellipsis."""
    match said:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_sentence(part) for part in parts)
        case _:
            return "…"

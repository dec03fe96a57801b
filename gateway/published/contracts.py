"""What every API version promises its callers, as it is written down at a release."""

from collections.abc import Iterable, Iterator
from datetime import date
from inspect import Parameter, get_annotations
from types import ModuleType, NoneType, UnionType
from typing import Union, get_args, get_origin

import msgspec
from litestar import Response
from msgspec import UNSET, Struct, field
from msgspec.structs import replace

from gateway.inbound.stage import Mounted
from gateway.mounting import Api, read_api
from gateway.promised_types import bounds_of, promised_type, query_parameters
from governance.policy import Stage
from process_apis.events.published import EVENT_TYPES
from process_apis.events.schemas import said_by


class Schema(Struct, frozen=True, omit_defaults=True, kw_only=True, rename="camel"):
    """A JSON Schema, as far as callers rely on it; words are left out.

    `default` is what a field is that is left out; releases before it was written down lack it.
    """

    ref: str | None = field(name="$ref", default=None)
    type: str | None = None
    format: str | None = None
    pattern: str | None = None
    content_encoding: str | None = None
    enum: tuple[str | int | None, ...] = ()
    any_of: tuple["Schema", ...] = ()
    items: "Schema | bool | None" = None
    prefix_items: tuple["Schema", ...] = ()
    properties: dict[str, "Schema"] = {}
    required: tuple[str, ...] = ()
    additional_properties: "Schema | bool | None" = None
    minimum: int | None = None
    maximum: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    default: object = UNSET

    def named(self) -> Iterator[str]:
        """Yield the names of the types that it refers to, however deep."""
        if self.ref is not None:
            yield self.ref
        for one in (self.items, self.additional_properties):
            if isinstance(one, Schema):
                yield from one.named()
        for one in (*self.any_of, *self.prefix_items, *self.properties.values()):
            yield from one.named()


class Query(Struct, frozen=True, omit_defaults=True):
    """A parameter of a query, and what it is when it is left out, if that is anything.

    Releases before `default` was written down lack it.
    """

    schema: Schema
    required: bool = False
    default: str | int | bool | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether it is said how small or how large it may be."""
        return self.schema.minimum is not None or self.schema.maximum is not None

    def without_bounds(self) -> "Query":
        """Return the same parameter, of which that is not said."""
        return replace(self, schema=replace(self.schema, minimum=None, maximum=None))


class OperationContract(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One operation: where it is, what it takes and what it answers with.

    `status` is that of success; releases before it was written down lack it.
    """

    method: str
    path: str
    scope: str
    status: int | None = None
    idempotency_key: bool = False
    query: dict[str, Query] = {}
    body: Schema | None = None
    answer: Schema | None = None


class Contract(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One API version; references in its schemas are names of its types."""

    stage: Stage
    deprecated_on: date | None = None
    sunset_on: date | None = None
    successor: str | None = None
    operations: dict[str, OperationContract]
    types: dict[str, Schema]


class EventContract(Struct, frozen=True, kw_only=True):
    """One type of event: the scope that it takes to hear of it, and what its `data` says."""

    scope: str
    data: Schema


class Events(Struct, frozen=True, omit_defaults=True):
    """What subscribers are told, by the names of the types of events."""

    told: dict[str, EventContract] = {}
    types: dict[str, Schema] = {}


class Contracts(Struct, frozen=True, omit_defaults=True):
    """The contracts of all API versions, by their addresses, and those of events."""

    apis: dict[str, Contract]
    events: Events = Events()

    @property
    def writes_bounds(self) -> bool:
        """Whether bounds of parameters are written down; releases before that bound none."""
        return any(
            parameter.is_bounded
            for contract in self.apis.values()
            for operation in contract.operations.values()
            for parameter in operation.query.values()
        )

    def without_bounds(self) -> "Contracts":
        """Return the same contracts as they were written before bounds of parameters were."""
        return replace(self, apis={path: _unbounded(one) for path, one in self.apis.items()})


def contracts_of(modules: Iterable[ModuleType]) -> Contracts:
    """Return what the APIs and the events promise."""
    found = (read_api(module) for module in modules)
    return Contracts({api.policy.path: _contract(api) for api in found}, _events())


def written(contracts: Contracts) -> bytes:
    """Return contracts as they are kept in a file: the same ones are the same bytes."""
    return msgspec.json.format(msgspec.json.encode(contracts, order="sorted"), indent=1) + b"\n"


def read_contracts(text: bytes) -> Contracts:
    """Return the contracts of a file, or raise `msgspec.MsgspecError`.

    A type that is nothing but another one's name, or that is not there, is refused as well.
    """
    found = msgspec.json.decode(text, type=Contracts)
    for where, one in found.apis.items():
        _require_types(where, one.types, _schemas(one))
    told = found.events.told.values()
    _require_types("events", found.events.types, [one.data for one in told])
    return found


def _unbounded(contract: Contract) -> Contract:
    operations = {
        name: replace(one, query={word: each.without_bounds() for word, each in one.query.items()})
        for name, one in contract.operations.items()
    }
    return replace(contract, operations=operations)


def _schemas(contract: Contract) -> Iterator[Schema]:
    """Yield the schema of every place of a contract."""
    for one in contract.operations.values():
        yield from (each.schema for each in one.query.values())
        yield from (each for each in (one.body, one.answer) if each is not None)


def _require_types(where: str, types: dict[str, Schema], used: Iterable[Schema]) -> None:
    named = {name for one in (*used, *types.values()) for name in one.named()}
    for name in sorted(named):
        told = types.get(name)
        if told is None:
            raise msgspec.ValidationError(f"{where} refers to the type {name}, which it lacks")
        if told.ref is not None:
            raise msgspec.ValidationError(f"{where}: {name} is only another name of {told.ref}")


def _contract(api: Api) -> Contract:
    places = list(_places(api))
    schemas, types = msgspec.json.schema_components(
        [kind for _, _, kind in places], ref_template="{name}"
    )
    at = {(name, part): _schema(one) for (name, part, _), one in zip(places, schemas, strict=True)}
    life = api.policy.lifecycle
    return Contract(
        stage=life.stage,
        deprecated_on=life.deprecated_on,
        sunset_on=life.sunset_on,
        successor=life.successor,
        operations={one.name: _operation(one, at) for one in api.operations},
        types={name: _schema(one) for name, one in types.items()},
    )


def _events() -> Events:
    said = said_by()
    schemas, types = msgspec.json.schema_components(said.values(), ref_template="{name}")
    return Events(
        {
            name: EventContract(scope=EVENT_TYPES[name].scope, data=_schema(one))
            for name, one in zip(said, schemas, strict=True)
        },
        {name: _schema(one) for name, one in types.items()},
    )


def _operation(one: Mounted, at: dict[tuple[str, str], Schema]) -> OperationContract:
    [path], [method] = sorted(one.handler.paths), sorted(one.handler.http_methods)
    return OperationContract(
        method=str(method),
        path=path.replace(":str}", "}"),
        scope=one.operation.scope,
        status=one.handler.status_code,
        idempotency_key=one.operation.idempotency_key,
        query={
            name: _parameter(told, at[one.name, f"?{name}"])
            for name, told in query_parameters(one.handler.fn).items()
        },
        body=at.get((one.name, "body")),
        answer=at.get((one.name, "answer")),
    )


def _parameter(told: Parameter, schema: Schema) -> Query:
    schema = replace(schema, **bounds_of(told.annotation))
    if told.default is Parameter.empty:
        return Query(schema, required=True)
    default = msgspec.to_builtins(told.default)
    return Query(schema, default=msgspec.convert(default, str | int | bool | None))


def _places(api: Api) -> Iterator[tuple[str, str, object]]:
    """Yield every place of every operation at which a type stands."""
    for one in api.operations:
        annotations = get_annotations(one.handler.fn)
        for name, told in query_parameters(one.handler.fn).items():
            yield one.name, f"?{name}", promised_type(told.annotation)
        if "data" in annotations:
            yield one.name, "body", promised_type(annotations["data"])
        answer = _answered(annotations.get("return"))
        if answer not in {None, bytes}:
            yield one.name, "answer", answer


def _answered(annotation: object) -> object:
    """Return the type of an answer that has a body."""
    if get_origin(annotation) is Response:
        return _answered(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        [kind] = [part for part in get_args(annotation) if part is not NoneType]
        return kind
    return annotation


def _schema(told: object) -> Schema:
    return msgspec.convert(told, Schema)

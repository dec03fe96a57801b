"""The OpenAPI documents: what the handlers promise, with owner, scopes, meanings and lifecycle."""

from collections.abc import Iterable, Mapping
from inspect import get_annotations

import msgspec
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from msgspec.structs import fields

from gateway.inbound.stage import Mounted
from gateway.mounting import Api
from gateway.problems import MEDIA_TYPE
from gateway.promised_types import is_struct, reached_types
from gateway.words.fields import meaning_of, snake
from gateway.words.parameters import PARAMETERS
from governance.policy import Lifecycle, Stage
from governance.stages import LEAVING
from system_apis.restricted import Restricted, restricted_within

Document = dict[str, "Document"] | list["Document"] | str | int | bool | None
_METHODS = ("get", "put", "post", "patch", "delete")

_TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?$"


def openapi_document(
    title: str,
    apis: list[Api],
    dependencies: Mapping[str, Provide],
    lifecycles: Mapping[str, Lifecycle],
    *,
    keep_hours: int,
) -> bytes:
    """Return the OpenAPI 3.1 document of some APIs, each at the lifecycle of its address.

    `keep_hours` is how long the answer of a command is kept under its Idempotency-Key.
    """
    version = str(apis[0].policy.version) if len(apis) == 1 else "1"
    app = Litestar(
        [
            Router(api.policy.path, route_handlers=[one.handler for one in api.operations])
            for api in apis
        ],
        dependencies=dependencies,
        openapi_config=OpenAPIConfig(title, version, use_handler_docstrings=True),
        logging_config=None,
    )
    document: Document = app.openapi_schema.to_schema()
    _mend_schemas(document)
    if isinstance(document, dict):
        _add_problems(document, apis)
        _add_meanings(document, apis)
        _add_field_scopes(document, apis)
        _add_repeats(document, apis, keep_hours)
        for api in apis:
            _add_operations(document, api, lifecycles[api.policy.path])
        if len(apis) == 1:
            _add_governance(document, apis[0], lifecycles[apis[0].policy.path])
    return msgspec.json.encode(document)


def _mend_schemas(part: Document) -> None:
    """Say of what a list is, where the web framework says: of that or of anything.

    It calls a time of the day a duration, which none of our answers holds.
    """
    if isinstance(part, dict):
        if part.get("format") == "duration":
            del part["format"]
            part["pattern"] = _TIME
        items = part.get("items")
        if isinstance(items, dict) and isinstance(kinds := items.get("oneOf"), list):
            told = [kind for kind in kinds if kind != {}]
            part["items"] = told[0] if len(told) == 1 else {"oneOf": told}
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        _mend_schemas(inner)


def _add_governance(document: dict[str, Document], api: Api, life: Lifecycle) -> None:
    """Say who answers for the API, and until when it is there."""
    policy = api.policy
    told = msgspec.to_builtins(life)
    document |= {
        "x-owner": {"team": policy.owner.team, "contact": policy.owner.contact},
        "x-layer": policy.layer.value,
        "x-data-class": policy.data_class.value,
        "x-rate-limit": policy.rate_plan.limit,
        "x-objective": msgspec.to_builtins(policy.objective),
        "x-lifecycle": {name: value for name, value in told.items() if value not in (None, [])},
    }
    if life.sunset_on is not None:
        document["x-sunset"] = life.sunset_on.isoformat()


def _add_operations(document: dict[str, Document], api: Api, life: Lifecycle) -> None:
    """Say of each operation its scope, its data class, and whether it is on its way out."""
    for mounted, operation in _described(document, api):
        operation["security"] = [{"oauth": [mounted.operation.scope]}]
        operation["x-operation"] = mounted.name
        operation["x-tenants"] = mounted.operation.tenants.value
        operation["x-data-class"] = api.policy.data_class.value
        if life.stage is Stage.PREVIEW:
            operation["x-preview"] = True
        if life.stage in LEAVING:
            operation["deprecated"] = True
        if life.sunset_on is not None:
            operation["x-sunset"] = life.sunset_on.isoformat()


def _add_repeats(document: dict[str, Document], apis: list[Api], keep_hours: int) -> None:
    """Say how long a command may be repeated under its key, and how its answer tells."""
    commands = (
        operation
        for api in apis
        for mounted, operation in _described(document, api)
        if mounted.operation.writes
    )
    for operation in commands:
        named = operation.setdefault("parameters", [])
        if isinstance(named, list) and not any(_is_key(each) for each in named):
            named.append(_KEY)
        operation["x-idempotency-keep-hours"] = keep_hours
        for status, answer in _under(operation, "responses").items():
            if status.startswith("2"):
                told = _under(answer, "headers")
                told["Idempotency-Expires"] = {"description": _EXPIRES, "schema": _TEXT}
                told["Idempotency-Replayed"] = {"description": _REPLAYED, "schema": _TEXT}


def _is_key(parameter: Document) -> bool:
    return isinstance(parameter, dict) and parameter.get("name") == "Idempotency-Key"


def _described(
    document: dict[str, Document], api: Api
) -> Iterable[tuple[Mounted, dict[str, Document]]]:
    """Yield each mounted operation with its place in the document."""
    for mounted in api.operations:
        for path in mounted.handler.paths:
            address = f"{api.policy.path}{path}".replace(":str}", "}").rstrip("/")
            item = _under(document, "paths", address)
            for method in mounted.handler.http_methods:
                yield mounted, _under(item, method.lower())


def _add_meanings(document: dict[str, Document], apis: list[Api]) -> None:
    """Say what every field and every parameter of a query means."""
    meanings = {name: told for api in apis for name, told in _meanings(api)}
    for title, schema in _under(document, "components", "schemas").items():
        # A page is named after what is on it.
        known = meanings.get(title.rpartition(".")[2]) or meanings.get(title.partition("_")[0], {})
        for name, meaning in known.items():
            field = _under(schema, "properties").get(name)
            if isinstance(field, dict):
                field.setdefault("description", meaning)
    for operation in _operations(document):
        parameters = operation.get("parameters", [])
        for one in parameters if isinstance(parameters, list) else []:
            if isinstance(one, dict) and str(one.get("name")) in PARAMETERS:
                one["description"] = PARAMETERS[str(one["name"])]


def _add_field_scopes(document: dict[str, Document], apis: list[Api]) -> None:
    """Say which fields are shown only to whoever holds a scope of their own."""
    for each in _restricted(apis):
        schema = _under(document, "components", "schemas").get(each.record)
        field = _under(schema, "properties").get(each.field)
        if isinstance(field, dict):
            field["x-scope"] = each.scope


def _restricted(apis: list[Api]) -> Iterable[Restricted]:
    for api in apis:
        for mounted in api.operations:
            yield from restricted_within(get_annotations(mounted.handler.fn).get("return"))


def _meanings(api: Api) -> Iterable[tuple[str, dict[str, str]]]:
    """Yield each kind of record that an API speaks of, with what its fields mean."""
    for mounted in api.operations:
        annotations = get_annotations(mounted.handler.fn)
        for said in (annotations.get("return"), annotations.get("data")):
            for kind in filter(is_struct, reached_types(said)):
                told = {
                    each.encode_name: meaning_of(snake(kind.__name__), each.name, each.type)
                    for each in fields(kind)
                }
                if tagged := kind.__struct_config__.tag_field:
                    told[tagged] = "Which kind of record it is."
                yield kind.__name__, {name: text for name, text in told.items() if text}


def _add_problems(document: dict[str, Document], apis: list[Api]) -> None:
    """Say what every operation answers when it fails, and that it takes a token."""
    _under(document, "components", "schemas")["Problem"] = _PROBLEM_SCHEMA
    scopes = {one.operation.scope for api in apis for one in api.operations}
    scopes |= {each.scope for each in _restricted(apis)}
    flow: Document = {"tokenUrl": "/oauth/token", "scopes": dict.fromkeys(sorted(scopes), "")}
    _under(document, "components")["securitySchemes"] = {
        "oauth": {"type": "oauth2", "flows": {"clientCredentials": flow}}
    }
    document["security"] = [{"oauth": []}]
    for operation in _operations(document):
        responses = _under(operation, "responses")
        responses.pop("400", None)
        responses["default"] = _PROBLEM_RESPONSE


def _operations(document: dict[str, Document]) -> list[dict[str, Document]]:
    items = [item for item in _under(document, "paths").values() if isinstance(item, dict)]
    return [_under(item, method) for item in items for method in _METHODS if method in item]


def _under(document: Document, *names: str) -> dict[str, Document]:
    """Return the object at a place of the document, made if it is not there."""
    for name in names:
        document = document.setdefault(name, {}) if isinstance(document, dict) else {}
    return document if isinstance(document, dict) else {}


_PROBLEM_RESPONSE: Document = {
    "description": "A problem document (RFC 9457); see /docs/problems.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_TEXT: Document = {"type": "string"}
_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Under a key, the command sent again gets the answer that it got before.",
    "schema": _TEXT,
}
_EXPIRES = "Until when the same command under the same key gets this answer (an HTTP date)."
_REPLAYED = "`true` when the command was not done again: the answer was given before."
_PROBLEM_SCHEMA: Document = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "trace_id": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail", "remedy"],
                "properties": {
                    "detail": _TEXT,
                    "remedy": _TEXT,
                    "pointer": {"type": "string", "format": "json-pointer"},
                    "parameter": _TEXT,
                    "header": _TEXT,
                },
            },
        },
    },
}

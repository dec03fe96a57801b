"""The documents of every API, served by the gateway itself: OpenAPI, and a page to read."""

from collections.abc import Callable, Mapping
from html import escape

import msgspec
from litestar import Litestar, MediaType, Response, Router, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig

from gateway.mounting import Api
from gateway.open_addresses import json_reply
from gateway.problem_types import KINDS
from gateway.problems import MEDIA_TYPE
from governance.policy import Layer

_WHY = "whoever looks for an API has no token for it yet"
_CSP = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
_HTML_HEADERS = {"content-security-policy": _CSP, "referrer-policy": "no-referrer"}
_STYLE = b"""body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ccc}
code{font-family:ui-monospace,monospace}h3{margin-bottom:0}p{margin:.3rem 0}"""

Document = dict[str, "Document"] | list["Document"] | str | int | bool | None


def documentation(apis: list[Api], dependencies: Mapping[str, Provide]) -> list[HTTPRouteHandler]:
    """Return the handlers of `/docs`, of the whole OpenAPI document, and of each version's."""
    page = _page("APIs", _api_sections(apis))
    problems = _page("Problems", _problem_table())
    return [
        _html("/docs", page),
        _html("/docs/problems", problems),
        _style(),
        _openapi("/schema/openapi.json", OpenAPIConfig("Strata", "1"), apis, dependencies),
        *(
            _openapi(f"{api.policy.path}/openapi.json", _config(api), [api], dependencies)
            for api in apis
        ),
    ]


def openapi_document(
    config: OpenAPIConfig, apis: list[Api], dependencies: Mapping[str, Provide]
) -> bytes:
    """Return an OpenAPI document of some APIs, with the problem that any of them may answer."""
    app = Litestar(
        [
            Router(api.policy.path, route_handlers=[one.handler for one in api.operations])
            for api in apis
        ],
        dependencies=dependencies,
        openapi_config=config,
        logging_config=None,
    )
    document: Document = app.openapi_schema.to_schema()
    scopes = {one.operation.scope for api in apis for one in api.operations}
    if isinstance(document, dict):
        _add_problems(document, sorted(scopes))
    return msgspec.json.encode(document)


def _add_problems(document: dict[str, Document], scopes: list[str]) -> None:
    """Say what every operation answers when it fails, and that it takes a token."""
    components = document.setdefault("components", {})
    paths = document.get("paths", {})
    if not (isinstance(components, dict) and isinstance(paths, dict)):
        return
    schemas = components.setdefault("schemas", {})
    if isinstance(schemas, dict):
        schemas["Problem"] = _PROBLEM_SCHEMA
    flow: Document = {"tokenUrl": "/oauth/token", "scopes": dict.fromkeys(scopes, "")}
    components["securitySchemes"] = {
        "oauth": {"type": "oauth2", "flows": {"clientCredentials": flow}}
    }
    document["security"] = [{"oauth": []}]
    for operation in _operations(paths):
        responses = operation.setdefault("responses", {})
        if isinstance(responses, dict):
            responses.pop("400", None)
            responses["default"] = _PROBLEM_RESPONSE


def _operations(paths: dict[str, Document]) -> list[dict[str, Document]]:
    items = [item for item in paths.values() if isinstance(item, dict)]
    return [one for item in items for one in item.values() if isinstance(one, dict)]


_PROBLEM_RESPONSE: Document = {
    "description": "A problem document (RFC 9457); see /docs/problems.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_TEXT: Document = {"type": "string"}
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


def _config(api: Api) -> OpenAPIConfig:
    return OpenAPIConfig(api.policy.title, str(api.policy.version))


def _openapi(
    path: str, config: OpenAPIConfig, apis: list[Api], dependencies: Mapping[str, Provide]
) -> HTTPRouteHandler:
    """Make the document when it is first asked for: most processes never are."""
    made: list[bytes] = []

    @get(path, opt={"open": _WHY}, include_in_schema=False, sync_to_thread=True)
    def openapi() -> Response[bytes]:
        if not made:
            made.append(openapi_document(config, apis, dependencies))
        return json_reply(made[0])

    return openapi


def _html(path: str, page: str) -> HTTPRouteHandler:
    @get(path, opt={"open": _WHY}, include_in_schema=False)
    async def html() -> Response[str]:
        return Response(page, media_type=MediaType.HTML, headers=_HTML_HEADERS)

    return html


def _style() -> HTTPRouteHandler:
    @get("/docs/style.css", opt={"open": _WHY}, include_in_schema=False)
    async def style() -> Response[bytes]:
        return Response(_STYLE, media_type=MediaType.CSS)

    return style


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<link rel="stylesheet" href="/docs/style.css"></head><body>'
        '<p><a href="/docs">APIs</a> | <a href="/docs/problems">Problems</a> | '
        f'<a href="/schema/openapi.json">OpenAPI</a></p><h1>{title}</h1>{content}</body></html>'
    )


def _api_sections(apis: list[Api]) -> str:
    sections: list[str] = []
    for layer in Layer:
        here = [api for api in apis if api.policy.layer is layer]
        if here:
            sections.append(f"<h2>{layer.title()} APIs</h2>{''.join(map(_api_section, here))}")
    return "".join(sections)


def _api_section(api: Api) -> str:
    policy = api.policy
    rows = _rows(
        [
            (
                ", ".join(sorted(one.handler.http_methods)),
                address,
                one.name,
                one.operation.scope,
            )
            for one in api.operations
            for address in sorted(one.handler.paths)
        ],
        lambda address: policy.path + address,
    )
    return (
        f'<h3 id="{escape(policy.path)}">{escape(policy.title)}</h3>'
        f"<p><code>{escape(policy.path)}</code>, {policy.lifecycle.stage}, limit "
        f"{escape(policy.rate_plan.limit)}, {policy.data_class}. Owner: "
        f"{escape(policy.owner.team)} ({escape(policy.owner.contact)}). "
        f'<a href="{escape(policy.path)}/openapi.json">OpenAPI</a></p>'
        f"<table><tr><th>Method<th>Address<th>Operation<th>Scope</tr>{rows}</table>"
    )


def _rows(rows: list[tuple[str, str, str, str]], full: Callable[[str], str]) -> str:
    return "".join(
        f"<tr><td>{escape(method)}<td><code>{escape(full(address))}</code>"
        f"<td>{escape(name)}<td><code>{escape(scope)}</code></tr>"
        for method, address, name, scope in rows
    )


def _problem_table() -> str:
    rows = "".join(
        f'<tr id="{slug}"><td><code>{slug}</code><td>{kind.status}<td>{escape(kind.title)}'
        f"<td>{escape(kind.remedy)}</tr>"
        for slug, kind in KINDS.items()
    )
    return f"<table><tr><th>Type<th>Status<th>Title<th>What to do</tr>{rows}</table>"

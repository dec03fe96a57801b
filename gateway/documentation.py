"""The documents of every API, served by the gateway itself: OpenAPI, and pages to read."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from litestar import MediaType, Response, get
from litestar.connection import Request
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from msgspec.structs import replace

from gateway.inbound.stage import Governance
from gateway.mounting import Api
from gateway.open_addresses import json_reply
from gateway.published.openapi import openapi_document
from gateway.published.portal import DAYS, STYLE, Shown, apis_page, problems_page
from governance.access import Caller
from governance.policy import Lifecycle
from governance.usage import UsageQuestion, UsageRow

USAGE_SCOPE = "governance:usage:read"
_WHY = "whoever looks for an API has no token for it yet"
_CSP = (
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none';"
    " form-action 'none'"
)
_HTML_HEADERS = {"content-security-policy": _CSP, "referrer-policy": "no-referrer"}


def documentation(
    apis: list[Api], governance: Governance, dependencies: Mapping[str, Provide]
) -> list[HTTPRouteHandler]:
    """Return the handlers of `/docs`, of the whole OpenAPI document, and of each version's."""
    documents = [_openapi("/schema/openapi.json", "Strata", apis, governance, dependencies)]
    for api in apis:
        path = f"{api.policy.path}/openapi.json"
        documents.append(_openapi(path, api.policy.title, [api], governance, dependencies))
    return [_portal(apis, governance), _problems(), _style(), *documents]


def _openapi(
    path: str,
    title: str,
    apis: list[Api],
    governance: Governance,
    dependencies: Mapping[str, Provide],
) -> HTTPRouteHandler:
    """Make the document when it is first asked for, and anew when a stage has changed."""
    kept = governance.idempotency.config.keep_hours
    made: dict[str, tuple[Mapping[str, Lifecycle], bytes]] = {}

    @get(path, opt={"open": _WHY}, include_in_schema=False, sync_to_thread=True)
    def openapi() -> Response[bytes]:
        now = {api.policy.path: lifecycle_now(api, governance) for api in apis}
        if path not in made or made[path][0] != now:
            made[path] = (now, openapi_document(title, apis, dependencies, now, keep_hours=kept))
        return json_reply(made[path][1])

    return openapi


def lifecycle_now(api: Api, governance: Governance) -> Lifecycle:
    """Return the lifecycle that a version lives by, at its stage of now."""
    version = governance.lifecycles.of(api.policy)
    return replace(version.lifecycle, stage=version.at(governance.lifecycles.wall()).stage)


def _portal(apis: list[Api], governance: Governance) -> HTTPRouteHandler:
    @get("/docs", opt={"open": f"{_WHY}; usage asks for {USAGE_SCOPE}"}, include_in_schema=False)
    async def portal(request: Request[Caller, str, State]) -> Response[str]:
        sent = request.headers.getall("authorization", [])
        may = bool(sent) and USAGE_SCOPE in governance.verify(sent).scopes
        used = await _usage(governance) if may else None
        page = apis_page(
            Shown(
                api,
                lifecycle_now(api, governance),
                None if used is None else [row for row in used if row.api == api.policy.path],
            )
            for api in apis
        )
        headers = _HTML_HEADERS | {"cache-control": "no-store", "vary": "authorization"}
        return Response(page, media_type=MediaType.HTML, headers=headers)

    return portal


async def _usage(governance: Governance) -> Sequence[UsageRow]:
    since = governance.lifecycles.wall().date() - timedelta(days=DAYS - 1)
    return await governance.usage.rows(UsageQuestion(since=since))


def _problems() -> HTTPRouteHandler:
    page = problems_page()

    @get("/docs/problems", opt={"open": _WHY}, include_in_schema=False)
    async def problems() -> Response[str]:
        return Response(page, media_type=MediaType.HTML, headers=_HTML_HEADERS)

    return problems


def _style() -> HTTPRouteHandler:
    @get("/docs/style.css", opt={"open": _WHY}, include_in_schema=False)
    async def style() -> Response[bytes]:
        return Response(STYLE, media_type=MediaType.CSS)

    return style

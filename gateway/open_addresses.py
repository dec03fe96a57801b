"""The addresses that need no access token, each with the reason why, and `/metrics`."""

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from gateway.inbound.identify import identified
from gateway.inbound.stage import Governance
from gateway.mounting import Api
from gateway.oauth_addresses import BEFORE_A_TOKEN, GatewayRequest, oauth_addresses
from gateway.published.api_catalog import api_catalog
from gateway.webhook_addresses import webhook_addresses
from governance.policy import Layer
from observability.health import State
from observability.metrics import form_for

METRICS_SCOPE = "governance:metrics:read"
_ASKED_BY_MACHINES = "probes and scrapers of the platform hold no token of ours"


class Alive(Struct, frozen=True):
    """That the process answers, and where it is: starting, ready or draining."""

    state: State
    status: str = "ok"


class ProtectedResource(Struct, frozen=True):
    """What a client must know to get a token for us (RFC 9728)."""

    resource: str
    authorization_servers: list[str]
    scopes_supported: list[str]
    bearer_methods_supported: list[str]


def open_addresses(governance: Governance, apis: list[Api]) -> list[HTTPRouteHandler]:
    """Return the handlers that stand outside any API."""
    found = [
        _health(governance),
        _ready(governance),
        _metrics(governance),
        *_well_known(governance, apis),
    ]
    if governance.authorization is not None:
        found += oauth_addresses(governance, governance.authorization)
    if governance.receiving is not None:
        found += webhook_addresses(governance, governance.receiving)
    return found


def json_reply(body: bytes, media_type: str = "application/json") -> Response[bytes]:
    """Return bytes that are JSON already."""
    return Response(body, media_type=media_type)


def _health(governance: Governance) -> HTTPRouteHandler:
    @get("/health", opt={"open": _ASKED_BY_MACHINES}, include_in_schema=False)
    async def health() -> Response[bytes]:
        return json_reply(msgspec.json.encode(Alive(governance.health.state())))

    return health


def _ready(governance: Governance) -> HTTPRouteHandler:
    @get("/ready", opt={"open": _ASKED_BY_MACHINES}, include_in_schema=False)
    async def ready() -> Response[bytes]:
        state = await governance.health.readiness()
        status = 200 if state.ready else 503
        return Response(
            msgspec.json.encode(state), status_code=status, media_type="application/json"
        )

    return ready


def _metrics(governance: Governance) -> HTTPRouteHandler:
    @get("/metrics", opt={"open": f"it asks for {METRICS_SCOPE} itself"}, include_in_schema=False)
    async def metrics(request: GatewayRequest) -> Response[bytes]:
        caller = await identified(request.scope, governance, Layer.GOVERNANCE)
        caller.require(METRICS_SCOPE)
        form = form_for(request.headers.get("accept", ""))
        body = await governance.metrics.page(form)
        return Response(body, headers={"content-type": form, "vary": "accept"})

    return metrics


def _well_known(governance: Governance, apis: list[Api]) -> list[HTTPRouteHandler]:
    base = governance.public_url
    servers = [base, *governance.other_issuers]
    described = [_described(base, "", servers, _scopes(apis))]
    for layer in Layer:
        scopes = [each for each in _scopes(apis) if each.startswith(f"{layer}:")]
        described.append(_described(base, f"/{layer}", servers, scopes))
    return [*described, api_catalog(governance, apis)]


def _described(base: str, path: str, servers: list[str], scopes: list[str]) -> HTTPRouteHandler:
    """Return what tells how to get a token for the gateway, or for one layer of it."""
    resource = msgspec.json.encode(ProtectedResource(f"{base}{path}", servers, scopes, ["header"]))

    @get(
        f"/.well-known/oauth-protected-resource{path}",
        opt={"open": BEFORE_A_TOKEN},
        include_in_schema=False,
    )
    async def protected_resource() -> Response[bytes]:
        return json_reply(resource)

    return protected_resource


def _scopes(apis: list[Api]) -> list[str]:
    found = {one.operation.scope for api in apis for one in api.operations}
    return sorted(found | {METRICS_SCOPE})

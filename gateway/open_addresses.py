"""The addresses that need no access token, each with the reason why, and `/metrics`."""

import asyncio

import msgspec
from litestar import Response, get, post
from litestar.connection import Request
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from gateway.api_catalog import api_catalog
from gateway.inbound.limit import over_limit
from gateway.inbound.stage import Governance
from gateway.mounting import Api
from governance.access import Caller
from governance.authorization_server.server import AuthorizationServer
from governance.policy import RatePlan
from governance.rate_limits import ApiLimit
from observability.metrics import CONTENT_TYPE

METRICS_SCOPE = "governance:metrics:read"
TOKEN_PLAN = RatePlan(limit="120/minute")
_ASKED_BY_MACHINES = "probes and scrapers of the platform hold no token of ours"
_BEFORE_A_TOKEN = "it is asked before there is a token"  # noqa: S105  a reason, no secret

GatewayRequest = Request[Caller, str, State]


class ProtectedResource(Struct, frozen=True):
    """What a client must know to get a token for us (RFC 9728)."""

    resource: str
    authorization_servers: list[str]
    scopes_supported: list[str]
    bearer_methods_supported: list[str]


def open_addresses(governance: Governance, apis: list[Api]) -> list[HTTPRouteHandler]:
    """Return the handlers that stand outside any API."""
    found = [_health(), _ready(governance), _metrics(governance), *_well_known(governance, apis)]
    if governance.authorization is not None:
        found += _oauth(governance, governance.authorization)
    return found


def json_reply(body: bytes, media_type: str = "application/json") -> Response[bytes]:
    """Return bytes that are JSON already."""
    return Response(body, media_type=media_type)


def _health() -> HTTPRouteHandler:
    @get("/health", opt={"open": _ASKED_BY_MACHINES}, include_in_schema=False)
    async def health() -> Response[bytes]:
        return json_reply(b'{"status":"ok"}')

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
        governance.verify(request.headers.getall("authorization", [])).require(METRICS_SCOPE)
        body = await asyncio.to_thread(governance.metrics.render)
        return Response(body, headers={"content-type": CONTENT_TYPE})

    return metrics


def _well_known(governance: Governance, apis: list[Api]) -> list[HTTPRouteHandler]:
    base = governance.public_url
    resource = msgspec.json.encode(_resource(base, apis))

    @get(
        "/.well-known/oauth-protected-resource",
        opt={"open": _BEFORE_A_TOKEN},
        include_in_schema=False,
    )
    async def protected_resource() -> Response[bytes]:
        return json_reply(resource)

    return [protected_resource, *api_catalog(governance, apis)]


def _resource(base: str, apis: list[Api]) -> ProtectedResource:
    scopes = {one.operation.scope for api in apis for one in api.operations}
    return ProtectedResource(base, [base], sorted(scopes | {METRICS_SCOPE}), ["header"])


def _oauth(governance: Governance, server: AuthorizationServer) -> list[HTTPRouteHandler]:
    limit = governance.limits.of("/oauth/token", TOKEN_PLAN)
    metadata = server.metadata(governance.public_url)

    @get("/oauth/jwks", opt={"open": _BEFORE_A_TOKEN}, include_in_schema=False)
    async def jwks() -> Response[bytes]:
        return json_reply(server.jwks(), "application/jwk-set+json")

    @get(
        "/.well-known/oauth-authorization-server",
        opt={"open": _BEFORE_A_TOKEN},
        include_in_schema=False,
    )
    async def authorization_server() -> Response[bytes]:
        return json_reply(metadata)

    return [_token(server, limit), jwks, authorization_server]


def _token(server: AuthorizationServer, limit: ApiLimit) -> HTTPRouteHandler:
    @post("/oauth/token", opt={"open": _BEFORE_A_TOKEN}, include_in_schema=False)
    async def token(request: GatewayRequest) -> Response[bytes]:
        """Count by address, since nobody is known yet; a secret is checked off the loop."""
        decision = await limit.decide(request.client.host if request.client else "nobody")
        if not decision.allowed:
            raise over_limit(decision)
        body = await request.body()
        given = (_one(request, "content-type"), _one(request, "authorization"))
        reply = await asyncio.to_thread(server.token, body, *given)
        return Response(reply.body, status_code=reply.status, headers=dict(reply.headers))

    return token


def _one(request: GatewayRequest, name: str) -> str | None:
    found = request.headers.getall(name, [])
    return ", ".join(found) if found else None

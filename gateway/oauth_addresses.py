"""The addresses of the embedded authorization server, asked before there is a token."""

import asyncio
from collections.abc import Callable

from litestar import Response, get, post
from litestar.connection import Request
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from gateway.inbound.limit import over_limit
from gateway.inbound.stage import Governance, origin_of
from governance.access import Caller
from governance.authorization_server.grants import OAuthReply
from governance.authorization_server.login import COOKIE, PATH, Login
from governance.authorization_server.server import AuthorizationServer
from governance.authorization_server.token_request import MalformedRequest, once, pairs_of
from governance.policy import RatePlan
from governance.rate_limits import Limit
from governance.strangers import network_of

TOKEN_PLAN = RatePlan(limit="120/minute")
ASKING_PLAN = RatePlan(limit="600/minute")
# A word of 96 bits is not guessed at this pace; who guesses is stopped by person and by address.
LOGIN_PLAN = RatePlan(limit="30/minute")
PERSON_PLAN = RatePlan(limit="10/minute")
BEFORE_A_TOKEN = "it is asked before there is a token"  # noqa: S105  a reason, no secret

GatewayRequest = Request[Caller, str, State]
FormAnswer = Callable[[bytes, str | None, str | None], OAuthReply]


def oauth_addresses(governance: Governance, server: AuthorizationServer) -> list[HTTPRouteHandler]:
    """Return the handlers of what the server offers, and of nothing else."""
    found = [*_published(governance, server), _form(governance, "token", server.token, TOKEN_PLAN)]
    if server.keeps_records:
        found.append(_form(governance, "revoke", server.revoke, TOKEN_PLAN))
        found.append(_form(governance, "introspect", server.introspect, ASKING_PLAN))
    if server.login is not None:
        found += _login(governance, server.login)
    return found


def _published(governance: Governance, server: AuthorizationServer) -> list[HTTPRouteHandler]:
    metadata = server.metadata(governance.public_url)

    @get("/oauth/jwks", opt={"open": BEFORE_A_TOKEN}, include_in_schema=False)
    async def jwks() -> Response[bytes]:
        return Response(server.jwks(), media_type="application/jwk-set+json")

    @get(
        "/.well-known/oauth-authorization-server",
        opt={"open": BEFORE_A_TOKEN},
        include_in_schema=False,
    )
    async def authorization_server() -> Response[bytes]:
        return Response(metadata, media_type="application/json")

    return [jwks, authorization_server]


def _form(
    governance: Governance, name: str, answer: FormAnswer, plan: RatePlan
) -> HTTPRouteHandler:
    """Return what takes a form of a client's, counted by address, since nobody is known yet."""
    limit = governance.limits.of(f"/oauth/{name}", plan)

    @post(f"/oauth/{name}", opt={"open": BEFORE_A_TOKEN}, include_in_schema=False)
    async def form(request: GatewayRequest) -> Response[bytes]:
        await _count(limit, address_of(request, governance))
        body = await request.body()
        given = (_one(request, "content-type"), _one(request, "authorization"))
        return _told(await asyncio.to_thread(answer, body, *given))

    return form


def _login(governance: Governance, login: Login) -> list[HTTPRouteHandler]:
    by_address = governance.limits.of(PATH, LOGIN_PLAN)
    by_person = governance.limits.of(f"{PATH}#person", PERSON_PLAN)
    asking = governance.limits.of(f"{PATH}#page", TOKEN_PLAN)

    @get(PATH, opt={"open": BEFORE_A_TOKEN, "reads_query": True}, include_in_schema=False)
    async def page(request: GatewayRequest) -> Response[bytes]:
        await _count(asking, address_of(request, governance))
        query = request.scope["query_string"]
        return _told(await asyncio.to_thread(login.ask, query))

    @post(PATH, opt={"open": BEFORE_A_TOKEN}, include_in_schema=False)
    async def consent(request: GatewayRequest) -> Response[bytes]:
        await _count(by_address, address_of(request, governance))
        body = await request.body()
        await _count(by_person, _person(body))
        cookie = request.cookies.get(COOKIE)
        return _told(await asyncio.to_thread(login.answer, body, cookie))

    return [page, consent]


async def _count(limit: Limit, who: str) -> None:
    decision = await limit.decide(who)
    if not decision.allowed:
        raise over_limit(decision)


def _person(form: bytes) -> str:
    try:
        return once(pairs_of(form)).get("person", "")
    except MalformedRequest:
        return ""


def address_of(request: GatewayRequest, governance: Governance) -> str:
    """Return where a request comes from, an IPv6 network counting as one address."""
    return network_of(origin_of(request.scope, governance))


def _told(reply: OAuthReply) -> Response[bytes]:
    headers = {name.lower(): value for name, value in reply.headers}
    media_type = headers.pop("content-type", None)
    return Response(reply.body, status_code=reply.status, headers=headers, media_type=media_type)


def _one(request: GatewayRequest, name: str) -> str | None:
    found = request.headers.getall(name, [])
    return ", ".join(found) if found else None

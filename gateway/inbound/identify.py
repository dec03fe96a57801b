"""Who is calling, and may they: before anything of the request is read."""

from litestar.exceptions import MethodNotAllowedException
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.inbound.stage import Governance, Mounted, exchange_of_now, origin_of
from gateway.problem_types import Slug
from gateway.problems import Refusal
from governance.access import Caller, acting_as, current_caller
from governance.lanes import in_lane
from governance.policy import Layer
from governance.tokens import InvalidToken, UnknownKey


class Identify:
    """Run what is further in as the caller, whose token is verified."""

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._governance = inner, governance
        self._layer = mounted.policy.layer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise `InvalidToken`, or go on as the caller."""
        caller = await identified(scope, self._governance, self._layer)
        exchange_of_now.get().caller = caller
        with acting_as(caller):
            await self._inner(scope, receive, send)


async def identified(scope: Scope, governance: Governance, layer: Layer) -> Caller:
    """Return who is calling with a token for a layer, or raise `InvalidToken`.

    An address that has failed too often is turned away before its token is looked into,
    unless that token is known already: those who share the address with it are not locked out.
    """
    sent = exchange_of_now.get().head.get(b"authorization", [])
    credentials = [each.decode("latin-1") for each in sent]
    host, strangers = origin_of(scope, governance), governance.limits.strangers
    wait = strangers.wait_of(host)
    if wait and not governance.recognizes(credentials):
        raise Refusal(Slug.RATE_LIMITED, headers={"retry-after": str(wait)})
    try:
        return _for_layer(layer, await _verified(credentials, governance))
    except InvalidToken:
        strangers.failed(host)
        raise


def _for_layer(layer: Layer, caller: Caller) -> Caller:
    if layer not in caller.layers:
        raise InvalidToken("the token is for another layer")
    return caller


async def _verified(credentials: list[str], governance: Governance) -> Caller:
    """Return who is calling, after a look at the issuer's new keys if that is what it takes."""
    try:
        return governance.verify(credentials)
    except UnknownKey as unknown:
        if not await governance.ask_for_keys(unknown.issuer):
            raise
    return governance.verify(credentials)


class Permit:
    """Let on who holds the operation's scope, in the operation's lane.

    A call that is not permitted was counted.
    """

    def __init__(self, inner: ASGIApp, mounted: Mounted, _: Governance) -> None:
        self._inner, self._scope = inner, mounted.operation.scope
        self._lane = mounted.operation.runs_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise `Forbidden`, or go on."""
        current_caller().require(self._scope)
        with in_lane(self._lane):
            await self._inner(scope, receive, send)


class WithoutOptions:
    """Refuse OPTIONS, which the web framework adds to every address."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise for OPTIONS with the methods that there are, or go on."""
        if scope.get("method") == "OPTIONS":
            raise not_taken(scope)
        await self._inner(scope, receive, send)


def not_taken(scope: Scope) -> MethodNotAllowedException:
    """Return the refusal of a method, with those that the address takes."""
    here = scope["path_template"]
    found = (r.methods for r in scope["litestar_app"].routes if r.path_format == here)
    methods = sorted({str(method) for methods in found for method in methods})
    return MethodNotAllowedException(headers={"allow": ", ".join(methods)})

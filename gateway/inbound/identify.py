"""Who is calling, and may they: before anything of the request is read."""

from litestar.exceptions import MethodNotAllowedException
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.inbound.stage import Governance, Mounted, exchange_of_now
from governance.access import acting_as
from governance.tokens import InvalidToken


class Identify:
    """Run what is further in as the caller, who holds the operation's scope."""

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._verify = inner, governance.verify
        self._scope, self._layer = mounted.operation.scope, mounted.policy.layer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise `InvalidToken` or `Forbidden`, or go on as the caller."""
        caller = self._verify(
            [
                value.decode("latin-1")
                for name, value in scope["headers"]
                if name == b"authorization"
            ]
        )
        exchange_of_now.get().caller = caller
        if self._layer not in caller.layers:
            raise InvalidToken("the token is for another layer")
        caller.require(self._scope)
        with acting_as(caller):
            await self._inner(scope, receive, send)


class WithoutOptions:
    """Refuse OPTIONS, which the web framework adds to every address."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise for OPTIONS with the methods that there are, or go on."""
        if scope.get("method") == "OPTIONS":
            here = scope["path_template"]
            found = (r.methods for r in scope["litestar_app"].routes if r.path_format == here)
            methods = sorted({str(method) for methods in found for method in methods})
            raise MethodNotAllowedException(headers={"allow": ", ".join(methods)})
        await self._inner(scope, receive, send)

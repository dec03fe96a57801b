"""HEAD: what GET would answer, without its body (RFC 9110, 9.3.2)."""

import re
from collections.abc import Callable, Iterable

from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.inbound.stage import Governance, Mounted, exchange_of_now

SHOWN_ONCE = "shown_once"
_PARAMETER = re.compile(r"\{[^}]*\}")


class Heads:
    """Ask what is further in by GET, so that it governs a HEAD as it does that.

    To what is further out, the trace, the count and the server, which drops the body, it is a HEAD.
    """

    def __init__(self, inner: ASGIApp, _: Governance) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on by GET with a HEAD, and with anything else as it is."""
        if scope.get("method") != "HEAD":
            await self._inner(scope, receive, send)
            return
        exchange_of_now.get().is_head = True
        asked = scope.copy()
        asked["method"] = "GET"  # type: ignore[typeddict-unknown-key]  # a scope is a union
        try:
            await self._inner(asked, receive, send)
        finally:
            if "path_template" in asked:
                scope["path_template"] = asked["path_template"]


def heads_at(operations: Iterable[Mounted]) -> Callable[[str], bool]:
    """Return what says whether an address that takes GET takes HEAD: not if it shows a thing once.

    Whoever asked for the head of that would use it up, and see nothing of it.
    """
    once = [
        re.compile(_PARAMETER.sub("[^/]+", each.policy.path + path))
        for each in operations
        if each.handler.opt.get(SHOWN_ONCE)
        for path in each.handler.paths
    ]
    return lambda path: not any(each.fullmatch(path) for each in once)

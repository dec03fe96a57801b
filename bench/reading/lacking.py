"""The governed side without one stage of its way in, to see what that stage costs."""

from collections.abc import Sequence
from typing import TypeVar

from litestar.connection import Request
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.app import AROUND_ALL, AROUND_EACH, WayIn
from gateway.inbound.idempotency import Idempotency
from gateway.inbound.identify import identified
from gateway.inbound.stage import Exchange, Governance, Mounted, exchange_of_now
from governance.access import Caller, acting_as

T = TypeVar("T")
WHOLE, BAREST = "whole", "none of them"


class Begun:
    """In the guard's place: begins the exchange, notes who calls, and judges nothing."""

    def __init__(self, inner: ASGIApp, _: Governance) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on."""
        exchange = Exchange()
        exchange.head = {name: [value] for name, value in scope["headers"]}
        exchange_of_now.set(exchange)
        await self._inner(scope, receive, send)


class FirstComer:
    """In the place of who calls: everybody is whoever called first."""

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._governance = inner, governance
        self._layer = mounted.policy.layer
        self._caller: Caller | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on as the first caller."""
        if self._caller is None:
            self._caller = await identified(scope, self._governance, self._layer)
        exchange_of_now.get().caller = self._caller
        with acting_as(self._caller):
            await self._inner(scope, receive, send)


async def any_parameters(_: Request[Caller, str, State]) -> None:
    """Take every parameter."""


def ways_in() -> dict[str, WayIn]:
    """Return the whole way in, the one that lacks a stage by each stage's name, and the barest."""
    found = {WHOLE: WayIn()}
    for outer in AROUND_ALL:
        found[outer.__name__] = WayIn(around_all=_without(AROUND_ALL, outer, Begun))
    for each in AROUND_EACH:
        if each is not Idempotency:
            found[each.__name__] = WayIn(around_each=_without(AROUND_EACH, each, FirstComer))
    found["parameters"] = WayIn(parameters=any_parameters)
    found[BAREST] = WayIn([Begun], [FirstComer], parameters=any_parameters)
    return found


def _without(stages: Sequence[T], gone: T, stand_in: T) -> list[T]:
    """Return stages without one; the first of them, which all others need, has a stand-in."""
    return [
        stand_in if one is gone else one for one in stages if one is not gone or one is stages[0]
    ]

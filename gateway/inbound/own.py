"""How long the layer of an API is at work itself; what governs it is not its own."""

from time import perf_counter

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from gateway.inbound.stage import Governance, Mounted


class Own:
    """Inside the stages of an operation: count its handler's time for its layer."""

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._times = inner, governance.metrics.own_times
        self._layer = str(mounted.policy.layer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on; the stages that the answer passes on its way out are governance's."""

        async def send_on(message: Message) -> None:
            if message["type"] != "http.response.start":
                await send(message)
                return
            began = perf_counter()
            await send(message)
            times.gives(own, "governance", perf_counter() - began)

        times = self._times
        own = times.enter()
        try:
            await self._inner(scope, receive, send_on)
        finally:
            times.leave(own, self._layer)

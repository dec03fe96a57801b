"""Who uses what: each call is counted for its consumer, and for the fields that it chose."""

from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.inbound.stage import Governance, Mounted, exchange_of_now
from governance.usage import Used


class Use:
    """Count the call in memory; nothing is written on its way."""

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._usage = inner, governance.usage
        self._api, self._operation = mounted.policy.path, mounted.name
        self._known: dict[str, Used] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a call that is within its caller's limit, whatever comes of it."""
        caller = exchange_of_now.get().caller
        consumer = self._usage.named(caller.client_id) if caller else ""
        used = self._known.get(consumer)
        if used is None:
            used = self._known[consumer] = Used(self._api, self._operation, consumer)
        self._usage.count(used)
        await self._inner(scope, receive, send)

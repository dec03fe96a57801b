"""How old: what a version that is on its way out tells its callers."""

import math
from datetime import datetime

from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.inbound.stage import Governance, Mounted, exchange_of_now
from gateway.problem_types import Slug
from gateway.problems import Refusal
from governance.policy import Stage
from governance.stages import LEAVING, Standing


class Lifecycle:
    """Announce a deprecation with its dates and successor; refuse a version that is switched off.

    In a brownout that is 503 with the end as `Retry-After`, since the version does come back;
    after the sunset it is 410.
    """

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._now = inner, governance.lifecycles.wall
        self._version = governance.lifecycles.of(mounted.policy)
        self._called = governance.metrics.deprecated_calls
        self._labels = (mounted.policy.path, str(mounted.policy.version))
        self._named = governance.usage.named

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, unless the version is switched off now."""
        standing = self._version.standing
        if standing.until is not None:
            standing = self._version.at(self._now())
        if standing.headers:
            exchange_of_now.get().headers += standing.headers
        if standing.stage in LEAVING:
            self._end(standing)
        await self._inner(scope, receive, send)

    def _end(self, standing: Standing) -> None:
        """Count a call of what is on its way out, and refuse it while that is switched off."""
        caller = exchange_of_now.get().caller
        consumer = self._named(caller.client_id) if caller else ""
        self._called.labels(*self._labels, consumer).inc()
        if standing.stage is Stage.RETIRED:
            raise Refusal(Slug.VERSION_RETIRED)
        if standing.back_at is not None:
            wait = _seconds(standing.back_at, self._now())
            raise Refusal(Slug.VERSION_BROWNOUT, headers={"retry-after": wait})


def _seconds(ends: datetime, now: datetime) -> str:
    return str(max(1, math.ceil((ends - now).total_seconds())))

"""How often: the caller's share of an API, told in the answer's headers."""

from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.inbound.stage import Governance, Mounted, exchange_of_now
from gateway.problem_types import Slug
from gateway.problems import Refusal
from governance.rate_limits import CounterAway, Decision


class Limit:
    """Count the call against the caller's limit at this API."""

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner = inner
        policy = mounted.policy
        self._limit = governance.limits.of(policy.path, policy.rate_plan)
        quota, window = self._limit.quota, self._limit.window
        self._policy = (b"ratelimit-policy", f'"default";q={quota};w={window}'.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a call above the limit; tell the caller what remains in any case."""
        exchange = exchange_of_now.get()
        caller = exchange.caller
        who = f"{caller.client_id}/{caller.subject}" if caller else "nobody"
        try:
            decision = await self._limit.decide(who)
        except CounterAway:
            raise Refusal(Slug.TRY_AGAIN, headers={"retry-after": "1"}) from None
        exchange.headers += (self._policy, _told(decision))
        if not decision.allowed:
            raise over_limit(decision)
        await self._inner(scope, receive, send)


def over_limit(decision: Decision) -> Refusal:
    """Return the refusal of a call above its limit."""
    return Refusal(Slug.RATE_LIMITED, headers={"retry-after": str(decision.resets_in)})


def _told(decision: Decision) -> tuple[bytes, bytes]:
    text = f'"default";r={decision.remaining};t={decision.resets_in}'
    return (b"ratelimit", text.encode())

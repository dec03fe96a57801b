"""How often: the caller's share of an API, told in the answer's headers."""

from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.inbound.stage import Governance, Mounted, exchange_of_now
from gateway.problem_types import Slug
from gateway.problems import Refusal
from governance.rate_limits import CounterAway, Decision, Standing

_SPENT = {
    "default": "You have called this API as often as you may for now.",
    "operation": "You have called this operation as often as you may for now.",
    "monthly": "Your quota of this API is used up for this month.",
    "at-once": "As many calls of yours as may run at the same time are running.",
}


class Limit:
    """Count the call against every limit of its caller at this operation."""

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._consumer = inner, governance.limits.consumer
        policy = mounted.policy
        self._limit = governance.limits.of(policy.path, policy.rate_plan, mounted.name)
        self._policy = (b"ratelimit-policy", self._limit.terms.told.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a call above a limit; tell the caller what remains in any case."""
        exchange = exchange_of_now.get()
        caller = exchange.caller
        who = self._consumer(caller) if caller else "nobody"
        try:
            decision = await self._limit.decide(who)
        except CounterAway:
            raise Refusal(Slug.TRY_AGAIN, headers={"retry-after": "1"}) from None
        if decision.standings:
            exchange.headers += (self._policy, _told(decision.standings))
        if not decision.allowed:
            raise over_limit(decision)
        try:
            await self._inner(scope, receive, send)
        finally:
            if decision.give_back is not None:
                decision.give_back()


def over_limit(decision: Decision) -> Refusal:
    """Return the refusal of a call above its limit."""
    detail = _SPENT[decision.short.name] if decision.short else None
    headers = {"retry-after": str(decision.retry_after)}
    return Refusal(Slug.RATE_LIMITED, detail, headers=headers)


def _told(standings: tuple[Standing, ...]) -> tuple[bytes, bytes]:
    return (b"ratelimit", ", ".join(map(_part, standings)).encode())


def _part(standing: Standing) -> str:
    until = f";t={standing.resets_in}" if standing.resets_in is not None else ""
    return f'"{standing.name}";r={standing.remaining}{until}'

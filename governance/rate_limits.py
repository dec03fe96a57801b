"""How often a consumer may call: every limit of a call decided and counted in one step.

A window is a slice of the wall clock, so that one answer says everything: whether the call is
allowed, what remains, and when the window ends. While the counter's store is away an API's own
plan says what holds: count in this process alone, refuse, or allow.
"""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from msgspec import Struct
from prometheus_client import Counter as DecisionCount

from governance.access import Caller
from governance.counting.asks import Ask, Count, Counts, Slots, StoreAway, Taken
from governance.counting.local import LocalCounts
from governance.counting.shared import SharedCounts
from governance.policy import RatePlan
from governance.rate_plans import MONTH, Fallback, Meter, Terms, terms_of
from governance.strangers import Strangers
from observability.metrics import Metrics

DECISIONS = ("allowed", "refused", "degraded_allowed", "degraded_refused", "shadow_refused")
AT_ONCE = "at-once"


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a firm sets of its limits.

    `plans` take the place of an API's own by its address; clients that are listed under one
    of `owners` share one count. `strangers` is how often an address may fail to say who it is.
    """

    workers: int = 1
    slot_seconds: int = 60
    strangers: str = "300/minute"
    owners: Mapping[str, tuple[str, ...]] = {}
    plans: Mapping[str, RatePlan] = {}


class Standing(Struct, frozen=True):
    """Where a consumer stands with one limit; slots have no time at which they begin anew."""

    name: str
    remaining: int
    resets_in: int | None


class Decision(Struct, frozen=True, kw_only=True):
    """Whether one call is allowed, and what its caller is told; nothing in shadow.

    `short` is the limit that had no room; a slot is to be given back when the call ends.
    """

    allowed: bool
    standings: tuple[Standing, ...]
    short: Standing | None = None
    give_back: Callable[[], None] | None = None

    @property
    def retry_after(self) -> int:
        """The seconds until a refused call may be allowed."""
        return (self.short.resets_in if self.short else None) or 1


class CounterAway(Exception):
    """The counter's store does not answer, and the API's plan is to refuse then."""


class RateLimits:
    """The rate limits of one process, counted in a store that all share, or else in memory."""

    def __init__(
        self,
        config: Config,
        metrics: Metrics,
        shared: SharedCounts | None = None,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.config, self._metrics, self.now = config, metrics, now
        self.local = LocalCounts()
        self.counts: Counts = shared or self.local
        self.strangers = Strangers(config.strangers, metrics, now)
        self._owners = {
            client: f"owner:{owner}"
            for owner, clients in config.owners.items()
            for client in clients
        }
        self._month = _Month(now())

    def of(self, api: str, plan: RatePlan, operation: str = "") -> "Limit":
        """Return the limit of an operation; a plan that cannot be read is a `ValueError`."""
        counted = {word: self._metrics.rate_limit_decisions.labels(api, word) for word in DECISIONS}
        return Limit(self, terms_of(api, operation, self.config.plans.get(api, plan)), counted, api)

    def consumer(self, caller: Caller) -> str:
        """Return whose share a caller uses up."""
        owner = self._owners.get(caller.client_id)
        return owner or f"{caller.client_id}/{caller.subject}"

    def month_at(self, now: float) -> "_Month":
        """Return the month of a moment; it is nearly always the one of the call before."""
        if not self._month.begins <= now < self._month.ends:
            self._month = _Month(now)
        return self._month


class Limit:
    """The limit of one operation: everything that its plan fixes is computed."""

    def __init__(
        self, limits: RateLimits, terms: Terms, counted: Mapping[str, DecisionCount], api: str
    ) -> None:
        self._limits, self.terms, self._counted, self._api = limits, terms, counted, api
        self._names = [*(each.name for each in terms.meters), AT_ONCE]

    async def decide(self, who: str) -> Decision:
        """Count one call of a consumer if all its limits have room, and return what came of it."""
        now = self._limits.now()
        spans = [self._span(each, now) for each in self.terms.meters]
        ask = self._ask(who, spans)
        counts = self._limits.counts
        try:
            taken = await counts.take(ask)
        except StoreAway:
            return self._while_away(ask, spans, now)
        return self._decision(ask, taken, spans, now, counts)

    def _ask(self, who: str, spans: list["_Span"]) -> Ask:
        here = f"strata:{{{self._api}|{who}}}"
        counts = tuple(
            Count(f"{here}:{meter.name}:{meter.of}:{span.name}", meter.quota, span.seconds)
            for meter, span in zip(self.terms.meters, spans, strict=True)
        )
        if self.terms.at_once is None:
            return Ask(counts, self.terms.cost)
        lease = self._limits.config.slot_seconds
        return Ask(counts, self.terms.cost, Slots(f"{here}:at-once", self.terms.at_once, lease))

    def _span(self, meter: Meter, now: float) -> "_Span":
        if meter.window == MONTH:
            month = self._limits.month_at(now)
            return _Span(month.name, month.ends, int(month.ends - month.begins) + 86_400)
        number = int(now // meter.window)
        return _Span(str(number), (number + 1) * meter.window, meter.window * 2)

    def _decision(
        self, ask: Ask, taken: Taken, spans: list["_Span"], now: float, counts: Counts
    ) -> Decision:
        most = [each.most for each in ask.counts] + ([ask.slots.most] if ask.slots else [])
        ends = [math.ceil(each.ends - now) for each in spans] + [None]
        standings = tuple(
            Standing(name, max(0, most - counted), resets_in)
            for name, most, counted, resets_in in zip(
                self._names, most, taken.counted, ends, strict=False
            )
        )
        degraded = counts is not self._limits.counts
        short = standings[taken.short] if taken.short is not None else None
        if self.terms.shadow:
            self._counted["shadow_refused" if short else "allowed"].inc()
            standings = ()
        else:
            word = "refused" if short else "allowed"
            self._counted[f"degraded_{word}" if degraded else word].inc()
        return Decision(
            allowed=short is None or self.terms.shadow,
            standings=standings,
            short=short,
            give_back=_giving_back(counts, ask.slots, taken.slot),
        )

    def _while_away(self, ask: Ask, spans: list["_Span"], now: float) -> Decision:
        if self.terms.fallback is Fallback.LOCAL or self.terms.shadow:
            local, share = self._limits.local, self._part(ask)
            return self._decision(share, local.take_now(share), spans, now, local)
        if self.terms.fallback is Fallback.REFUSE:
            self._counted["degraded_refused"].inc()
            raise CounterAway(self._api)
        self._counted["degraded_allowed"].inc()
        return Decision(allowed=True, standings=())

    def _part(self, ask: Ask) -> Ask:
        """Return this process's part of what all the workers may count."""
        workers = max(1, self._limits.config.workers)
        counts = tuple(
            Count(each.key, max(ask.cost, each.most // workers), each.seconds)
            for each in ask.counts
        )
        slots = ask.slots
        if slots is not None:
            slots = Slots(slots.key, max(1, slots.most // workers), slots.lease_seconds)
        return Ask(counts, ask.cost, slots)


class _Span(Struct, frozen=True):
    """The slice of time that a count is of."""

    name: str
    ends: float
    seconds: int


class _Month:
    """A calendar month in UTC."""

    def __init__(self, now: float) -> None:
        first = datetime.fromtimestamp(now, UTC).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
        following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        self.name = f"{first:%Y-%m}"
        self.begins, self.ends = first.timestamp(), following.timestamp()


def _giving_back(
    counts: Counts, slots: Slots | None, slot: str | None
) -> Callable[[], None] | None:
    if slots is None or slot is None:
        return None
    return lambda: counts.give_back(slots, slot)

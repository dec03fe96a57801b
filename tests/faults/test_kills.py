"""The gateway is killed at random moments, and goes on as if nothing had happened."""

import asyncio
import random
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.engagement import EACH_ONCE, Counts, Scene, scene
from tests.stories.people import until

SET_UP = (
    "create_project",
    "set_budget",
    "assign_rate_card",
    "link_project",
    "activate_project",
)
POSTING = ("create_invoice", "post_invoice")
GROSS = Decimal("58640.50")
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 12))]


class Killer:
    """Kills the gateway by a seed: in the middle of a write, or after some calls of its own."""

    def __init__(self, stage: Scene, seed: int) -> None:
        self._stage = stage
        self._chance = random.Random(seed)  # noqa: S311  # a seed that can be played again
        self.moments: list[str] = [f"seed {seed}"]

    def in_the_middle_of(self, writes: tuple[str, ...]) -> dict[str, object]:
        """Return the faults that hold the answer of a write back after it was done."""
        write = self._chance.choice(writes)
        self.moments.append(f"in the middle of {write}")
        return {"rules": [{"operation": write, "nth": 1, "kind": "commit-then-slow"}]}

    async def strike_in(self, writes: tuple[str, ...]) -> None:
        """Kill while a system that has done what it was told holds its answer back."""
        await self._stage.operator.fail(**self.in_the_middle_of(writes))
        await self._start_and_wait_for(fired=1, calls=0)

    async def strike_within(self, calls: int) -> None:
        """Kill after a random number of calls."""
        count = self._chance.randint(1, calls)
        self.moments.append(f"after {count} calls")
        await self._stage.operator.fail()
        await self._start_and_wait_for(fired=0, calls=count)

    async def _start_and_wait_for(self, *, fired: int, calls: int) -> None:
        await self._stage.gateway.start_if_down()

        async def come() -> bool:
            report = await self._stage.operator.faults()
            return len(report.log) >= fired and report.calls >= calls

        await until(come, self.moments[-1])
        await self._stage.gateway.kill()

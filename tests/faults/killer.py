"""A killer of gateways, who strikes while a system holds an answer back; a seed says when."""

import asyncio
import random

from tests.stories.engagement import Scene
from tests.stories.people import until

ANY_CALL, ANY_WRITE = "*", "P* /*"


class Killer:
    """Kills a gateway with SIGKILL at moments that can be played again from their seed."""

    def __init__(self, stage: Scene, seed: int) -> None:
        self._stage, self._seed = stage, seed
        self._chance = random.Random(seed)  # noqa: S311  # must be played again from its seed
        self.moments: list[str] = []

    async def lie_in_wait(self, calls: str, within: int) -> None:
        """Have one of the next calls done and its answer held back."""
        count = self._chance.randint(1, within)
        rule = {"operation": calls, "nth": count, "kind": "commit-then-slow"}
        await self._stage.operator.fail(rules=[rule])

    async def strike(self) -> None:
        """Kill the gateway as soon as it waits for the answer that is held back."""

        async def waits() -> str | None:
            played = (await self._stage.operator.faults()).log
            return played[0].operation if played else None

        operation = await until(waits, f"the moment to strike (seed {self._seed})")
        await self._kill(f"in {operation}")
        await self._stage.operator.fail()

    async def strike_now(self, moment: str) -> None:
        """Kill the gateway a few random milliseconds from now."""
        milliseconds = self._chance.randint(0, 40)
        await asyncio.sleep(milliseconds / 1000)
        await self._kill(f"{milliseconds} ms after {moment}")

    async def _kill(self, moment: str) -> None:
        await self._stage.gateway.kill()
        self.moments.append(moment)
        print(f"seed {self._seed}: killed {', '.join(self.moments)}")  # shown when a test is red

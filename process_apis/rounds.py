"""The rounds: what the program looks after by itself, again and again."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.exc import OperationalError

from observability.metrics import Metrics

Task = Callable[[], Awaitable[object]]
Late = Callable[[str, OperationalError], None]


class Rounds:
    """Goes its rounds until told to stop; each task may be repeated without effect.

    What follows from people's answers has a round of its own, `answers`, so that nobody who
    answered waits for all that the day brings.
    """

    def __init__(
        self,
        rounds: Mapping[str, Sequence[Task]],
        metrics: Metrics,
        wall: Callable[[], datetime],
        *,
        every_seconds: float = 1.0,
    ) -> None:
        self._rounds = rounds
        self._sooner = {name: asyncio.Event() for name in rounds}
        self._metrics, self._wall = metrics, wall
        self._every = every_seconds
        self._stopping = False
        self._broken_off: set[str] = set()

    def nudge(self, name: str = "answers") -> None:
        """Go a round now; people's answers, unless another is named."""
        self._sooner[name].set()

    def stop(self) -> None:
        """End after the rounds that are under way."""
        self._stopping = True
        for each in self._sooner.values():
            each.set()

    def go_well(self) -> bool:
        """Whether each round came to its end when it was gone last."""
        return not self._broken_off

    async def run(self, late: Late) -> None:
        """Go all rounds until stopped; when one breaks, none goes on.

        What the store does not take now breaks a round off, which is told, and tried again.
        """
        async with asyncio.TaskGroup() as together:
            for name in self._rounds:
                together.create_task(self._go(name, late))

    async def _go(self, name: str, late: Late) -> None:
        while not self._stopping:
            try:
                await self._once(name)
            except OperationalError as error:
                self._broken_off.add(name)
                late(name, error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sooner[name].wait(), self._every)
            self._sooner[name].clear()

    async def _once(self, name: str) -> None:
        for task in self._rounds[name]:
            await task()
        self._metrics.worker_heartbeat.labels(name).set(self._wall().timestamp())
        self._broken_off.discard(name)

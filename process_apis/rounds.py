"""The rounds: what the program looks after by itself, again and again."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from observability.metrics import Metrics

WORKER = "rounds"
Task = Callable[[], Awaitable[object]]


class Rounds:
    """Does its tasks in their order until told to stop; each may be repeated without effect."""

    def __init__(
        self,
        tasks: Sequence[Task],
        metrics: Metrics,
        wall: Callable[[], datetime],
        *,
        every_seconds: float = 1.0,
        worker: str = WORKER,
    ) -> None:
        self._tasks, self._metrics, self._wall = tasks, metrics, wall
        self._every, self._worker = every_seconds, worker
        self._nudged = asyncio.Event()
        self._stopping = False

    def nudge(self) -> None:
        """Begin the next round now."""
        self._nudged.set()

    def stop(self) -> None:
        """End after the round that is under way."""
        self._stopping = True
        self._nudged.set()

    async def run(self) -> None:
        """Go round until stopped."""
        while not self._stopping:
            await self.once()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), self._every)
            self._nudged.clear()

    async def once(self) -> None:
        """Go round once."""
        for task in self._tasks:
            await task()
        self._metrics.worker_heartbeat.labels(self._worker).set(self._wall().timestamp())

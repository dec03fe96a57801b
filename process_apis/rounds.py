"""The rounds: what the program looks after by itself, again and again.

Each round reads the feeds, starts what is due, sends on what decisions set going, and has
the engine look for what it never heard of. Every part may be repeated without effect.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

from observability.metrics import Metrics
from process_apis.approvals.decisions import Approvals
from process_apis.due_dates import DueDates
from process_apis.engine import Engine
from process_apis.intake.feeds import FeedReader
from process_apis.vital_signs import VitalSigns

WORKER = "rounds"


class Rounds:
    """Goes round until it is told to stop; `nudge` begins the next round at once."""

    def __init__(  # the one place where all that must not be forgotten comes together
        self,
        *,
        engine: Engine,
        approvals: Approvals,
        feeds: FeedReader,
        due: DueDates,
        signs: VitalSigns,
        metrics: Metrics,
        wall: Callable[[], datetime],
        every_seconds: float = 1.0,
    ) -> None:
        self._engine, self._approvals = engine, approvals
        self._feeds, self._due, self._signs = feeds, due, signs
        self._metrics, self._wall, self._every = metrics, wall, every_seconds
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
        await self.send_decisions()
        await self._feeds.read_all()
        await self._due.start_due()
        await self._engine.sweep()
        await self._signs.take()
        self._metrics.worker_heartbeat.labels(WORKER).set(self._wall().timestamp())

    async def send_decisions(self) -> None:
        """Set going what follows from decisions."""
        for each in await self._approvals.continuations():
            await self._engine.start(each.event, by=each.by)
            await self._approvals.mark_continued(each.approval_id)

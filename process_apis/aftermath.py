"""What follows from people's answers, sent on until the engine has it.

An answer is committed before anything follows from it. Whatever a crash kept back is sent
again here, and sending twice starts nothing twice.
"""

import asyncio

from process_apis.approvals.decisions import Approvals, Continuation
from process_apis.engine import Engine
from process_apis.exceptions.queue import ExceptionQueue, Resolution


class Aftermath:
    """Carries work on after decisions and resolved exceptions."""

    def __init__(self, engine: Engine, approvals: Approvals, exceptions: ExceptionQueue) -> None:
        self._engine, self._approvals, self._exceptions = engine, approvals, exceptions

    async def of_decisions(self) -> None:
        """Set going what follows from decisions."""
        decided = await self._approvals.continuations()
        await asyncio.gather(*map(self._continue, decided))

    async def _continue(self, decided: Continuation) -> None:
        await self._engine.start(decided.event, by=decided.by, origin=decided.origin)
        await self._approvals.mark_continued(decided.approval_id)

    async def of_resolutions(self) -> None:
        """Go on with the work of resolved exceptions, or give it up."""
        for case in await self._exceptions.unresumed():
            if case.resolution is Resolution.CANCEL:
                await self._engine.cancel(case)
            elif not await self._engine.resume(case):
                continue
            await self._exceptions.mark_resumed(case.id)

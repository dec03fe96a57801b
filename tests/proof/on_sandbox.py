"""Processes that run on the sandbox, step by step as a machine wants, and fail where it wants."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from process_apis.approvals.requests import Decision
from process_apis.commands import CommandStatus
from process_apis.engine import Engine
from process_apis.events.event import Event
from tests.faults.changed_project import ChangedProject
from tests.faults.cutting import Carried, Works

T = TypeVar("T")
# What goes wrong with a call: nothing is done, or it is done and the answer does not come.
WRONG = ("503-before", "reset-before", "commit-then-500", "commit-then-reset")


class CarriedOn(Carried):
    """Work that one engine carries on for as long as it is not cut off, and then a new one."""

    def __init__(self, project: ChangedProject, works: Works | None) -> None:
        super().__init__(project, works)
        self._opened = AsyncExitStack()
        self._engine: Engine | None = None

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        """Go on with the engine that runs, or open one."""
        if self._engine is None:
            self._engine = await self._opened.enter_async_context(super().engine())
        yield self._engine
        if self.cuts.reached.is_set():
            await self.close()

    async def close(self) -> None:
        """End the engine, if one runs."""
        self._engine = None
        await self._opened.aclose()


class OnSandbox(RuleBasedStateMachine):
    """A project on the sandbox; what happens is cut off and goes wrong where the rules say."""

    # A machine whose first rule says what the systems hold opens them by itself.
    opens_at_once = True
    project: ChangedProject

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.loop, self.opened = asyncio.Runner(), AsyncExitStack()
        if self.opens_at_once:
            self.open()

    def open(self) -> None:
        """Set the scene."""
        self.project = self.run(self._open())
        self.carried = CarriedOn(self.project, self.works())
        self.opened.push_async_callback(self.carried.close)

    def scene(self, folder: Path) -> AbstractAsyncContextManager[ChangedProject]:
        """Return the project that the machine plays with."""
        raise NotImplementedError

    def works(self) -> Works | None:
        """Return what is done for the project, where that is not its own work."""
        return None

    async def done(self, event: Event) -> CommandStatus:
        """Have work done however often it is cut off, and say how it ended."""
        return await self.carried.done(event)

    async def decided(self, subject_id: str, decision: Decision) -> list[Event]:
        """Have everybody who is asked about something answer, and return what follows."""
        return await self.carried.decided(subject_id, decision)

    def teardown(self) -> None:
        """Put everything away."""
        self.run(self.opened.aclose())
        self.loop.close()
        self.folder.cleanup()

    @rule(steps=st.integers(0, 4))
    def cut_off(self, steps: int) -> None:
        """The program is going to be cut off, after a few steps."""
        self.carried.cuts.left = steps

    @rule(kind=st.sampled_from(WRONG), nth=st.integers(1, 2))
    def go_wrong(self, kind: str, nth: int) -> None:
        """One of the next writes is going to go wrong."""
        told = {"operation": "P* /*", "nth": nth, "kind": kind}
        self.run(self.project.house.set("faults", {"rules": [told]}))

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Do something that takes a while."""
        return self.loop.run(work)

    async def _open(self) -> ChangedProject:
        return await self.opened.enter_async_context(self.scene(Path(self.folder.name)))

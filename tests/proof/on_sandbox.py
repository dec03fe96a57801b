"""Processes that run on the sandbox, step by step as a machine wants, and fail where it wants."""

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from governance.access import acting_as
from process_apis.approvals.requests import Approval, Decision
from process_apis.commands import CommandStatus
from process_apis.engine import Process
from process_apis.events import Event
from tests.faults.changed_project import ASKS, COMPANY, PEOPLE, ChangedProject, now, person
from tests.faults.restarting import Cuts, CutTracing

T = TypeVar("T")
# What goes wrong with a call: nothing is done, or it is done and the answer does not come.
WRONG = ("503-before", "reset-before", "commit-then-500", "commit-then-reset")


class Countdown(Cuts):
    """Cuts the program off after so many steps, once."""

    def __init__(self) -> None:
        super().__init__(lambda _: True)
        self.left: int | None = None

    def passed(self, step: str) -> None:
        """Cut the program off here, if it is time."""
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            self.made.append(step)
            self.reached.set()
            raise asyncio.CancelledError


class OnSandbox(RuleBasedStateMachine):
    """A project on the sandbox; what happens is cut off and goes wrong where the rules say."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.loop, self.opened = asyncio.Runner(), AsyncExitStack()
        self.cuts = Countdown()
        self.project: ChangedProject = self.run(self._open())

    def scene(self, folder: Path) -> AbstractAsyncContextManager[ChangedProject]:
        """Return the project that the machine plays with."""
        raise NotImplementedError

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what is done, and the rooms whose records its steps return."""
        return self.project.work()

    def teardown(self) -> None:
        """Put everything away."""
        self.run(self.opened.aclose())
        self.loop.close()
        self.folder.cleanup()

    @rule(steps=st.integers(0, 4))
    def cut_off(self, steps: int) -> None:
        """The program is going to be cut off, after a few steps."""
        self.cuts.left = steps

    @rule(kind=st.sampled_from(WRONG), nth=st.integers(1, 2))
    def go_wrong(self, kind: str, nth: int) -> None:
        """One of the next writes is going to go wrong."""
        told = {"operation": "P* /*", "nth": nth, "kind": kind}
        self.run(self.project.house.set("faults", {"rules": [told]}))

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Do something that takes a while."""
        return self.loop.run(work)

    async def done(self, event: Event) -> CommandStatus:
        """Have work done however often it is cut off, and say how it ended."""
        while True:
            self.cuts.reached.clear()
            work, journaled = self.work()
            async with self.project.workshop.engine(
                *work, tries=9, journaled=journaled, entities=frozenset({COMPANY})
            ) as engine:
                await engine.start(event, by=ASKS.subject)
                if (status := await self._ended(event.business_key)) is not None:
                    return status

    async def decided(self, subject_id: str, decision: Decision) -> list[Event]:
        """Have everybody who is asked about something answer, and return what follows."""
        follows: list[Event] = []
        for subject, role in PEOPLE.items():
            who = person(subject, role)
            for asked in await self.project.approvals.waiting(who):
                if asked.subject_id.startswith(subject_id):
                    follows += await self._answer(asked, decision, subject, role)
        return follows

    async def _answer(
        self, asked: Approval, decision: Decision, subject: str, role: str
    ) -> list[Event]:
        who, approvals = person(subject, role), self.project.approvals
        with acting_as(who):
            await approvals.decide(
                asked.id,
                decision,
                version=asked.subject_version,
                comment="as it is",
                by=who,
                at=now(),
            )
        found = await approvals.continuations()
        for each in found:
            await approvals.mark_continued(each.approval_id)
        return [each.event for each in found]

    async def _ended(self, key: str) -> CommandStatus | None:
        """Return how the work and what follows from it ended, unless it was cut off before."""
        commands = self.project.workshop.commands
        async with asyncio.timeout(60):
            while not self.cuts.reached.is_set():
                command = await commands.find(key)
                if command and command.status is CommandStatus.PARKED:
                    return command.status
                if command and command.status is CommandStatus.DONE:
                    if command.outcome is None or await commands.find(command.outcome) is None:
                        return command.status
                    key = command.outcome
                await asyncio.sleep(0.01)
        return None

    async def _open(self) -> ChangedProject:
        project = await self.opened.enter_async_context(self.scene(Path(self.folder.name)))
        project.workshop.tracing = CutTracing(self.cuts)
        return project

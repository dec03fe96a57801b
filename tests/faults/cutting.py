"""A project whose work is cut off after a step that is counted, and carried on by a new engine."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Protocol

from governance.access import acting_as
from process_apis.aftermath import Aftermath
from process_apis.approvals.requests import Approval, Decision
from process_apis.commands import CommandStatus
from process_apis.engine import Engine, Process
from process_apis.events.event import Event
from process_apis.exceptions.queue import OpenException, Resolution
from tests.faults.changed_project import (
    ASKS,
    COMPANY,
    PEOPLE,
    ChangedProject,
    changed_project,
    now,
    person,
)
from tests.faults.restarting import Cuts, CutTracing

MENDS = person("U-OP1", "operator")


class Works(Protocol):
    """What is done for a project."""

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what is done, and the rooms whose records its steps return."""


class Countdown(Cuts):
    """Cuts the program off after so many steps, once."""

    def __init__(self) -> None:
        super().__init__(lambda _: True)
        self.left: int | None = None
        self.order: list[str] = []

    def passed(self, step: str) -> None:
        """Cut the program off here, if it is time."""
        self.order.append(step)
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            self.made.append(step)
            self.reached.set()
            raise asyncio.CancelledError


class Carried:
    """Work of a project that comes to its end however often it is cut off."""

    tries = 9

    def __init__(self, project: ChangedProject, works: Works | None = None) -> None:
        self.project, self.cuts = project, Countdown()
        self.works = works or project
        # What a scene saw that is neither in a system nor in the audit.
        self.saw: Counter[str] = Counter()
        # The processes that came to an end: also those that have no step.
        self.ended: set[str] = set()
        project.workshop.tracing = CutTracing(self.cuts)

    async def done(self, event: Event) -> CommandStatus:
        """Have work done however often it is cut off, and say how it ended."""

        async def begin(engine: Engine) -> None:
            await engine.start(event, by=ASKS.subject)

        return await self.carried_on(event.business_key, begin)

    async def retried(self, event: Event) -> CommandStatus:
        """Have work that stopped at a person tried again, and say how it ended."""
        waiting = await self.project.workshop.exceptions.all_open()
        [case] = [each for each in waiting if each.command_key == event.business_key]
        return await self.resolved(case, Resolution.RETRY, until=case.command_key)

    async def resolved(
        self, case: OpenException, resolution: Resolution, *, until: str
    ) -> CommandStatus:
        """Have a person resolve a case, and say how some work that follows ended."""
        exceptions = self.project.workshop.exceptions
        await exceptions.resolve(case, resolution, note="put right", by=MENDS, at=now())
        return await self.resumed(until)

    async def resumed(self, key: str) -> CommandStatus:
        """Have work whose case is resolved go on, and say how it ended."""
        exceptions = self.project.workshop.exceptions

        async def resume(engine: Engine) -> None:
            after = Aftermath(engine, self.project.approvals, exceptions)
            while await exceptions.unresumed():
                await after.of_resolutions()
                await asyncio.sleep(0.01)

        return await self.carried_on(key, resume)

    async def carried_on(
        self, key: str, go_on: Callable[[Engine], Awaitable[None]]
    ) -> CommandStatus:
        """Have work go on however often it is cut off, and say how it ended."""
        while True:
            self.cuts.reached.clear()
            async with self.engine() as engine:
                await go_on(engine)
                if (status := await self._ended(key)) is not None:
                    return status

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        """Open an engine on what earlier ones left behind."""
        work, journaled = self.works.work()
        async with self.project.workshop.engine(
            *work, tries=self.tries, journaled=journaled, entities=frozenset({COMPANY})
        ) as engine:
            yield engine

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
                    self.ended.add(command.process)
                    if command.outcome is None or await commands.find(command.outcome) is None:
                        return command.status
                    key = command.outcome
                await asyncio.sleep(0.01)
        return None


def carrying(
    works_of: Callable[[ChangedProject], Works | None],
) -> Callable[[Path], AbstractAsyncContextManager[Carried]]:
    """Return what sets the stage of a project, and of what is done for it."""

    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[Carried]:
        async with changed_project(folder) as project:
            yield Carried(project, works_of(project))

    return opened

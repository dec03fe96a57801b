"""The durable engine, in five words: process, step, wait_for, sleep, start.

A process is a plain coroutine from an event to the next event. What it awaits through
`step` is remembered: after a crash the process goes on where it was. What remembers it is
`durable_runs` (docs/decisions/0001-durable-engine.md).

A step ends in one of four ways: its result is written down; `TryAgain` and `Unknown`
are waited out and tried again; `Refused` and `NotFound` open an exception for a person,
who resumes the process at that step; anything else is a bug, and shows in the same queue.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import (  # Any: a step takes and returns values of any type
    Any,
    ParamSpec,
    TypeVar,
    cast,
    get_args,
)

from msgspec import Struct, structs

from governance.access import Caller, acting_as
from governance.lanes import Lane, in_lane
from observability.metrics import Metrics
from observability.stretch import Origin, Stretch, here
from observability.tracing import Tracing
from process_apis import commands as commands_module
from process_apis.commands import Command, Commands, CommandStatus, KeyConflict
from process_apis.durable import steps
from process_apis.durable.attempts import Attempt, came_to
from process_apis.durable.held_up import HeldUp
from process_apis.durable.journal import Journal
from process_apis.durable.overriding import going_on_despite
from process_apis.durable.patience import Patience
from process_apis.durable.runs import (
    DurableRuns,
    RunState,
    number_of_step,
    remembered,
    slept,
)
from process_apis.durable.steps import Again, StepDone, Stopped
from process_apis.events.business_event import BusinessEvent
from process_apis.events.event import Event
from process_apis.exceptions.cases import case_of
from process_apis.exceptions.queue import (
    DESPITE,
    ExceptionQueue,
    ExceptionStatus,
    OpenException,
)
from process_apis.giving_up import given_up
from store.clock import Clocks
from system_apis.errors import SystemFailure

P = ParamSpec("P")
R = TypeVar("R")
# More runs at once only wait for each other at the systems' doors, until they give up there.
# A run that waits for a system to come back leaves its turn to another.
AT_ONCE = 32
CLOSING_SECONDS = 5


class Process(Struct, frozen=True, kw_only=True):
    """What happens when an event occurs, and what it may touch while it does."""

    name: str
    on: type[BusinessEvent]
    run: Callable[[Any], Awaitable[Event | None]]
    scopes: frozenset[str]
    lane: Lane = Lane.PROCESSES


class _Halt(BaseException):
    """Leaves a process at the step that stopped; never meant for a process to catch."""

    def __init__(self, stopped: Stopped) -> None:
        super().__init__(stopped.reason)
        self.stopped = stopped


class _Running(Struct, frozen=True):
    engine: "Engine"
    process: Process
    command: Command
    despite: frozenset[str]
    stretch: Stretch


_running: ContextVar[_Running] = ContextVar("running")


async def step(call: Callable[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what a call returns, once: a step that is done is never done again."""
    running = _running.get()
    name = call.__name__
    for tried in range(1, running.engine.patience.tries + 1):
        result = await remembered(name, running.engine.attempt, running, tried, call, args, kwargs)
        if isinstance(result, Stopped):
            raise _Halt(result)
        if not isinstance(result, Again):
            running.engine.held_up.goes_on(running.command.key)
            return result  # type: ignore[no-any-return]  # an attempt does not carry the type
        running.engine.held_up.waits(running.command, name, tried, result)
        running.engine.turns.release()
        await sleep(timedelta(milliseconds=result.wait_ms))
        await running.engine.turns.acquire()
    raise AssertionError("the last attempt of a step stops it")


async def sleep(length: timedelta) -> None:
    """Wait, also across a restart."""
    await slept(length)


async def wait_for(ask: Callable[P, Awaitable[str]], /, *args: P.args, **kwargs: P.kwargs) -> None:
    """End a process at a question to a person; the decision's event carries the work on.

    No process lives through days of waiting, so that new code can be put in place.
    """
    await step(ask, *args, **kwargs)


class Engine:
    """Runs processes on one journal file; exactly one engine may hold it.

    `records` are the modules whose Structs steps return; the journal reads back no others.
    """

    def __init__(
        self,
        data_dir: Path,
        commands: Commands,
        exceptions: ExceptionQueue,
        records: Sequence[ModuleType],
        clocks: Clocks,
        *,
        tracing: Tracing,
        metrics: Metrics,
        entities: frozenset[str],
    ) -> None:
        self._commands = commands
        self._exceptions = exceptions
        journal = Journal(get_args(Event), [commands_module, steps, *records])
        self._runs = DurableRuns(data_dir, journal)
        self._clocks = clocks
        self._tracing, self._metrics, self._times = tracing, metrics, metrics.own_times
        self._entities = entities
        self.patience = Patience()
        self.held_up = HeldUp(clocks.wall)
        self._at_work: dict[str, asyncio.Task[Any]] = {}
        self._closing = False
        self.turns = asyncio.Semaphore(AT_ONCE)
        self._processes: dict[str, Process] = {}
        self._by_event: dict[type[BusinessEvent], Process] = {}

    async def launch(self, processes: list[Process], patience: Patience | None = None) -> None:
        """Take the journal, and go on with every process that was under way."""
        self.patience = patience or self.patience
        self._processes = {each.name: each for each in processes}
        self._by_event = {each.on: each for each in processes}
        self._runs.launch(self._run)

    async def close(self) -> None:
        """Stop; what is under way goes on at the next launch, at the step that it was at."""
        self._closing = True
        if under_way := [each for each in self._at_work.values() if each.cancel()]:
            await asyncio.wait(under_way, timeout=CLOSING_SECONDS)
        await self._runs.close()

    async def start(self, event: Event, *, by: str, origin: Origin | None = None) -> Command:
        """Accept an event's work and return its command; the same work is started once.

        It begins in the trace of what runs now, unless it is told where.

        Raises `KeyConflict` when the business key was accepted with another input.
        """
        command = await self._accept(event, by, origin or here())
        if command.status is CommandStatus.ACCEPTED:
            await self._runs.begin(command, event)
        return command

    async def start_as_first_said(self, event: Event, *, by: str) -> Command:
        """Accept an event's work; what was accepted under its key in other words is the same."""
        try:
            return await self.start(event, by=by)
        except KeyConflict:
            return await self.start((await self._commands.with_event(event.business_key))[1], by=by)

    async def start_new(self, events: Sequence[Event], *, by: str) -> int:
        """Start what of some work was never accepted, and return how much that is."""
        new = await self._commands.new_among(events)
        await asyncio.gather(*(self.start(each, by=by) for each in new))
        return len(new)

    async def sweep(self) -> None:
        """Send what the engine never heard of, and show what broke to people.

        What runs in this program at the moment is neither, so nobody is asked about it.
        """
        keys = await self._commands.unended(before=self._clocks.wall() - timedelta(seconds=5))
        waiting = [key for key in keys if key not in self._at_work]
        known = await self._runs.states(waiting)
        for key in waiting:
            if key not in known:
                await self._runs.begin(*await self._commands.with_event(key))
            elif known[key] is RunState.BROKEN:
                await self._show_broken(*await self._commands.with_event(key))

    async def resume(self, case: OpenException) -> bool:
        """Go on with a process at the step where a case stopped it; once, however often told.

        Returns False while the stop itself is still being written down: ask again then.
        """
        end = await self._runs.end_of(case.command_key)
        if end is None:
            return False
        if end.is_broken or end.said == case.id:
            at = self._clocks.wall()
            await self._commands.mark(case.command_key, CommandStatus.ACCEPTED, at=at)
            await self._runs.rewind(case.command_key, to_step=case.step)
        return True

    async def cancel(self, case: OpenException) -> None:
        """Give a stopped process up, and have what it made taken back if that can be."""
        key, note, at = case.command_key, case.note or "", self._clocks.wall()
        await self._commands.mark(key, CommandStatus.CANCELLED, at=at, outcome=note)
        _, event = await self._commands.with_event(key)
        if following := given_up(event):
            await self.start(following, by=case.on_behalf_of)

    async def progress(self, key: str) -> list[StepDone]:
        """Return the steps of a run that are done, in order, then the one that waits, if any."""
        return await self._runs.steps(key)

    async def attempt(
        self,
        running: _Running,
        tried: int,
        call: Callable[..., Awaitable[Any]],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Try a step once, as the process, in its trace; called by the engine alone."""
        name = call.__name__
        labels = {"process": running.process.name, "step": name, "command": running.command.key}
        running.stretch.goes_on(self._clocks.wall())
        own = self._times.enter()
        span = f"{running.process.name}.{name}"
        with (
            self._tracing.step(span, {**labels, "attempt": tried}, running.stretch) as failed,
            acting_as(self._identity(running.command)),
            in_lane(running.process.lane),
        ):
            try:
                with going_on_despite(running.despite):
                    return await call(*args, **kwargs)
            except SystemFailure as failure:
                failed(type(failure).__name__)
                at = self._clocks.business()
                attempt = Attempt(step=number_of_step(), name=name, tried=tried, at=at)
                return came_to(failure, attempt, self.patience)
            finally:
                running.stretch.rests(self._clocks.wall())
                self._times.leave(own, "process")

    async def _run(self, command: Command, event: Event) -> str:
        """Run one process, known to be at work until it is at its end."""
        if self._closing:
            raise asyncio.CancelledError
        self._at_work[command.key] = cast(asyncio.Task[Any], asyncio.current_task())
        try:
            return await self._to_its_end(self._processes[command.process], command, event)
        finally:
            self._at_work.pop(command.key)
            self.held_up.goes_on(command.key)

    async def _to_its_end(self, process: Process, command: Command, event: Event) -> str:
        """Return the key of the event that follows, or the exception that the run stopped at."""
        passed = await self._exceptions.resolved([command.key])
        despite = frozenset(each.code for each in passed if each.resolution in DESPITE)
        stretch = self._tracing.stretch(command.origin, since=command.accepted_at)
        token = _running.set(_Running(self, process, command, despite, stretch))
        try:
            async with self.turns:
                following = await process.run(event)
        except _Halt as halt:
            return await remembered("park", self._park, command, event, halt.stopped)
        finally:
            _running.reset(token)
        # No step: to accept and to mark again after a crash changes nothing.
        accepted = await self._finish(command, following, stretch.origin)
        if following is None or accepted is None:
            return "done"
        await self._runs.begin(accepted, following)
        return following.business_key

    async def _finish(
        self, command: Command, following: Event | None, origin: Origin
    ) -> Command | None:
        """Accept the work that follows, if any does, and write the end of this work down."""
        now = self._clocks.wall()
        accepted = None
        if following is not None and type(following) in self._by_event:
            accepted = await self._accept(following, command.started_by, origin)
        await self._commands.end(command.key, following, at=now)
        seconds = (now - command.accepted_at).total_seconds()
        self._metrics.process_duration.labels(command.process, "machine").observe(seconds)
        return accepted

    async def _accept(self, event: Event, by: str, origin: Origin) -> Command:
        return await self._commands.accept(
            event,
            Command(
                key=event.business_key,
                process=self._by_event[type(event)].name,
                started_by=by,
                status=CommandStatus.ACCEPTED,
                accepted_at=self._clocks.wall(),
                **structs.asdict(origin),
            ),
        )

    async def _park(self, command: Command, event: Event, stopped: Stopped) -> str:
        """Hand a stopped process to a person, and return the id of the case."""
        case = case_of(
            stopped,
            event,
            process=command.process,
            command_key=command.key,
            on_behalf_of=command.started_by,
        )
        with acting_as(self._identity(command)):
            await self._exceptions.open(case)
        await self._parked(case)
        return case.id

    async def _parked(self, case: OpenException) -> None:
        await self._commands.mark(
            case.command_key, CommandStatus.PARKED, at=case.opened_at, outcome=case.code
        )

    async def _show_broken(self, command: Command, event: Event) -> None:
        """Open an exception for a run that ended with a bug, at its last step, unless one waits.

        One that is resolved and not resumed yet goes on by itself.
        """
        waits = await self._exceptions.waiting(command.key)
        if waits is None:
            bug = await self._runs.bug_of(command.key)
            at = self._clocks.business()
            stopped = Stopped(bug.step, bug.name, "PROCESS_FAILED", bug.reason, at)
            await self._park(command, event, stopped)
        elif waits.status is ExceptionStatus.OPEN:
            await self._parked(waits)

    def _identity(self, command: Command) -> Caller:
        name = f"process:{command.process}"
        return Caller(
            subject=name,
            client_id=name,
            scopes=self._processes[command.process].scopes,
            entities=self._entities,
            on_behalf_of=command.started_by,
        )

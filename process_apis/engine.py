"""The durable engine, in five words: process, step, wait_for, sleep, start.

A process is a plain coroutine from an event to the next event. What it awaits through
`step` is remembered: after a crash the process goes on where it was. Only this module
knows that DBOS Transact is behind it (docs/decisions/0001-durable-engine.md).

A step ends in one of four ways: its result is written down; `TryAgain` and `Unknown`
are waited out and tried again; `Refused` and `NotFound` open an exception for a person,
who resumes the process at that step; anything else is a bug, and shows in the same queue.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TypeVar, cast  # Any: DBOS hands on values of any type

from dbos import DBOS, DBOSConfig, Serializer, SetWorkflowID
from msgspec import Struct, structs

from governance.access import Caller, acting_as
from governance.lanes import Lane, in_lane
from observability.metrics import Metrics
from observability.stretch import Origin, Stretch, here
from observability.tracing import Tracing
from process_apis import change_events, events, revenue_events, steps, time_events
from process_apis import commands as commands_module
from process_apis.attempts import Attempt, came_to
from process_apis.business_event import BusinessEvent
from process_apis.commands import Command, Commands, CommandStatus, KeyConflict
from process_apis.events import Event
from process_apis.exceptions.cases import case_of
from process_apis.exceptions.queue import DESPITE, ExceptionQueue, OpenException
from process_apis.giving_up import given_up
from process_apis.held_up import HeldUp
from process_apis.journal import Journal
from process_apis.journal_file import sole_holder, write_ahead
from process_apis.overriding import going_on_despite
from process_apis.patience import Patience
from process_apis.steps import Again, StepDone, Stopped, so_far
from store.clock import Clocks
from system_apis.errors import SystemFailure

P = ParamSpec("P")
R = TypeVar("R")
GENERATION = "1"
BROKEN = {"ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"}
ENDED = BROKEN | {"SUCCESS"}
# More runs at once only wait for each other at the systems' doors, until they give up there.
# A run that waits for a system to come back leaves its turn to another.
AT_ONCE = 32
CLOSING_SECONDS = 5
_FACTS = (change_events, revenue_events, time_events)


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
        result = await DBOS.run_step_async(
            {"name": name}, running.engine.attempt, running, tried, call, args, kwargs
        )
        if isinstance(result, Stopped):
            raise _Halt(result)
        if not isinstance(result, Again):
            running.engine.held_up.goes_on(running.command.key)
            return result  # type: ignore[no-any-return]  # DBOS does not carry the type
        running.engine.held_up.waits(running.command, name, tried, result)
        running.engine.turns.release()
        await sleep(timedelta(milliseconds=result.wait_ms))
        await running.engine.turns.acquire()
    raise AssertionError("the last attempt of a step stops it")


async def sleep(length: timedelta) -> None:
    """Wait, also across a restart."""
    await DBOS.sleep_async(length.total_seconds())


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
        self._data_dir = data_dir
        self._commands = commands
        self._exceptions = exceptions
        self._journal = Journal([commands_module, events, *_FACTS, steps, *records])
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
        self._lock = sole_holder(self._data_dir / "engine.lock")
        path = self._data_dir / "journal.sqlite"
        write_ahead(path)
        DBOS(config=self._config(path))
        self._workflow = self._declared()
        DBOS.launch()

    async def close(self) -> None:
        """Stop; what is under way goes on at the next launch, at the step that it was at."""
        self._closing = True
        if under_way := [each for each in self._at_work.values() if each.cancel()]:
            await asyncio.wait(under_way, timeout=CLOSING_SECONDS)
        await asyncio.to_thread(partial(DBOS.destroy, destroy_registry=True))
        # DBOS made its own threads the loop's, and they are gone now.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        self._lock.close()

    async def start(self, event: Event, *, by: str, origin: Origin | None = None) -> Command:
        """Accept an event's work and return its command; the same work is started once.

        It begins in the trace of what runs now, unless it is told where.

        Raises `KeyConflict` when the business key was accepted with another input.
        """
        command = await self._accept(event, by, origin or here())
        if command.status is CommandStatus.ACCEPTED:
            await self._send(command, event)
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
        known = await self._statuses(waiting)
        for key in waiting:
            if key not in known:
                await self._send(*await self._commands.with_event(key))
            elif known[key] in BROKEN:
                await self._show_broken(*await self._commands.with_event(key))

    async def resume(self, case: OpenException) -> bool:
        """Go on with a process at the step where a case stopped it; once, however often told.

        Returns False while the stop itself is still being written down: ask again then.
        """
        [run] = await DBOS.list_workflows_async(workflow_ids=[case.command_key], load_input=False)
        if run.status not in ENDED:
            return False
        if run.status in BROKEN or run.output == case.id:
            at = self._clocks.wall()
            await self._commands.mark(case.command_key, CommandStatus.ACCEPTED, at=at)
            await DBOS.rewind_workflow_async(case.command_key, start_step=case.step)
        return True

    async def cancel(self, case: OpenException) -> None:
        """Give a stopped process up, and have what it made taken back if that can be."""
        key, note, at = case.command_key, case.note or "", self._clocks.wall()
        await self._commands.mark(key, CommandStatus.CANCELLED, at=at, outcome=note)
        if following := given_up((await self._commands.with_event(key))[1]):
            await self.start(following, by=case.on_behalf_of)

    async def progress(self, key: str) -> list[StepDone]:
        """Return the steps of a run that are done, in order, then the one that waits, if any."""
        return so_far(await DBOS.list_workflow_steps_async(key))

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
                number, at = int(DBOS.step_id or 1), self._clocks.business()
                attempt = Attempt(step=number, name=name, tried=tried, at=at)
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
            return await DBOS.run_step_async(
                {"name": "park"}, self._park, command, event, halt.stopped
            )
        finally:
            _running.reset(token)
        # No step: to accept and to mark again after a crash changes nothing.
        accepted = await self._finish(command, following, stretch.origin)
        if following is None or accepted is None:
            return "done"
        await self._send(accepted, following)
        return following.business_key

    def _declared(self) -> Callable[[Command, Event], Coroutine[Any, Any, str]]:
        """Declare the one workflow that every process runs as; DBOS wants a plain function."""

        async def process(command: Command, event: Event) -> str:
            return await self._run(command, event)

        return DBOS.workflow(name="process", max_recovery_attempts=1000)(process)

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
        await self._commands.mark(
            command.key, CommandStatus.PARKED, at=stopped.at, outcome=stopped.code
        )
        return case.id

    async def _statuses(self, keys: list[str]) -> dict[str, str]:
        """Return what the engine says of the runs it knows."""
        if not keys:
            return {}
        found = await DBOS.list_workflows_async(
            workflow_ids=keys, load_input=False, load_output=False
        )
        return {each.workflow_id: each.status for each in found}

    async def _show_broken(self, command: Command, event: Event) -> None:
        """Open an exception for a run that ended with a bug, at its last step."""
        steps = await DBOS.list_workflow_steps_async(command.key)
        number = max((each["function_id"] for each in steps), default=1)
        [run] = await DBOS.list_workflows_async(workflow_ids=[command.key], load_input=False)
        reason = str(run.error)
        at = self._clocks.business()
        stopped = Stopped(max(number, 1), "process", "PROCESS_FAILED", reason, at)
        await self._park(command, event, stopped)

    async def _send(self, command: Command, event: Event) -> None:
        with SetWorkflowID(command.key):
            await DBOS.start_workflow_async(self._workflow, command, event)

    def _identity(self, command: Command) -> Caller:
        name = f"process:{command.process}"
        return Caller(
            subject=name,
            client_id=name,
            scopes=self._processes[command.process].scopes,
            entities=self._entities,
            on_behalf_of=command.started_by,
        )

    def _config(self, path: Path) -> DBOSConfig:
        return {
            "name": "strata",
            "system_database_url": f"sqlite:///{path}",
            "sys_db_pool_size": 1,
            # Nobody listens there; a stop waits until the listener has looked once more.
            "notification_listener_polling_interval_sec": 0.1,
            "serializer": cast(Serializer, self._journal),
            "application_version": GENERATION,
            "executor_id": "strata",
            "log_level": "ERROR",
        }

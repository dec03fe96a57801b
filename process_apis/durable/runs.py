"""Runs that outlive the program, each remembered step by step in one journal file.

Only this module knows that DBOS Transact is behind it (docs/decisions/0001-durable-engine.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast  # Any: DBOS hands on values of any type

from dbos import DBOS, DBOSConfig, Serializer, SetWorkflowID, WorkflowStatus
from msgspec import Struct

from process_apis.commands import Command
from process_apis.durable.journal import Journal
from process_apis.durable.journal_file import sole_holder, write_ahead
from process_apis.durable.steps import Again, StepDone, Stopped
from process_apis.events.event import Event

P = ParamSpec("P")
R = TypeVar("R")
GENERATION = "1"


class RunState(StrEnum):
    """Where a run stands: at work or waiting, at its end, or ended by a bug."""

    OPEN = "open"
    ENDED = "ended"
    BROKEN = "broken"


class RunEnd(Struct, frozen=True):
    """How a run ended: with what it said, or broken by a bug."""

    said: str | None
    is_broken: bool


class Bug(Struct, frozen=True, kw_only=True):
    """What broke a run, and the number and name of the last step that it came to."""

    step: int
    name: str
    reason: str


async def remembered(
    name: str, call: Callable[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs
) -> R:
    """Return what a call returns, within a run; what is written down is not called again."""
    awaited = cast(Callable[P, Coroutine[Any, Any, R]], call)
    return await DBOS.run_step_async({"name": name}, awaited, *args, **kwargs)


async def slept(length: timedelta) -> None:
    """Wait within a run, also across a restart."""
    await DBOS.sleep_async(length.total_seconds())


def number_of_step() -> int:
    """Return which step of its run is being called."""
    return int(DBOS.step_id or 1)


class DurableRuns:
    """The runs of one journal file; exactly one program may hold it."""

    def __init__(self, data_dir: Path, journal: Journal) -> None:
        self._data_dir, self._journal = data_dir, journal

    def launch(self, run: Callable[[Command, Event], Coroutine[Any, Any, str]]) -> None:
        """Take the journal, and go on with every run that was under way."""
        self._lock = sole_holder(self._data_dir / "engine.lock")
        path = self._data_dir / "journal.sqlite"
        write_ahead(path)
        DBOS(config=self._config(path))
        self._workflow = _declared(run)
        DBOS.launch()

    async def close(self) -> None:
        """Let the journal go."""
        loop = asyncio.get_running_loop()
        # DBOS made its own threads the loop's: they end with it, or have ended already.
        with ThreadPoolExecutor(max_workers=1) as thread:
            await loop.run_in_executor(thread, partial(DBOS.destroy, destroy_registry=True))
        loop.set_default_executor(ThreadPoolExecutor())
        self._lock.close()

    async def begin(self, command: Command, event: Event) -> None:
        """Run a command's work under its key; a key that is known is not run again."""
        with SetWorkflowID(command.key):
            await DBOS.start_workflow_async(self._workflow, command, event)

    async def states(self, keys: list[str]) -> dict[str, RunState]:
        """Return where runs stand, of those keys that were ever begun."""
        if not keys:
            return {}
        found = await DBOS.list_workflows_async(
            workflow_ids=keys, load_input=False, load_output=False
        )
        return {each.workflow_id: _state(each.status) for each in found}

    async def end_of(self, key: str) -> RunEnd | None:
        """Return how a run ended, or None while it has not."""
        run = await _run(key)
        state = _state(run.status)
        return None if state is RunState.OPEN else RunEnd(run.output, state is RunState.BROKEN)

    async def bug_of(self, key: str) -> Bug:
        """Return what broke a run that is broken."""
        steps = await DBOS.list_workflow_steps_async(key)
        last = max(steps, key=lambda each: each["function_id"], default=None)
        error = (await _run(key)).error
        return Bug(
            step=max(last["function_id"], 1) if last else 1,
            name=last["function_name"] if last else "begin",
            reason=str(error or "it was begun again too often, and never came to an end"),
        )

    async def rewind(self, key: str, *, to_step: int) -> None:
        """Let a run that ended go on from one of its steps, which is called again."""
        await DBOS.rewind_workflow_async(key, start_step=to_step)

    async def steps(self, key: str) -> list[StepDone]:
        """Return the steps of a run that are done, in order, then the one that waits, if any."""
        return _so_far(await DBOS.list_workflow_steps_async(key))

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


def _declared(
    run: Callable[[Command, Event], Coroutine[Any, Any, str]],
) -> Callable[[Command, Event], Coroutine[Any, Any, str]]:
    """Declare the one workflow that every process runs as; DBOS wants a plain function."""

    async def process(command: Command, event: Event) -> str:
        return await run(command, event)

    return DBOS.workflow(name="process", max_recovery_attempts=1000)(process)


async def _run(key: str) -> WorkflowStatus:
    [run] = await DBOS.list_workflows_async(workflow_ids=[key], load_input=False)
    return run


def _state(status: str) -> RunState:
    match status:
        case "SUCCESS":
            return RunState.ENDED
        case "ERROR" | "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
            return RunState.BROKEN
    return RunState.OPEN


def _so_far(journaled: Iterable[Mapping[str, Any]]) -> list[StepDone]:
    done: list[StepDone] = []
    waiting = None
    for each in journaled:
        name, result = each["function_name"], each["output"]
        if isinstance(result, Again):
            waiting = StepDone(name, None, waits_for=result.reason)
        elif each["error"] is None and not isinstance(result, Stopped) and name != "DBOS.sleep":
            done.append(StepDone(name, _moment(each["completed_at_epoch_ms"])))
            waiting = None
    return [*done, waiting] if waiting else done


def _moment(epoch_ms: int | None) -> datetime | None:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC) if epoch_ms is not None else None

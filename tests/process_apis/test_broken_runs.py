"""A run that broke comes before a person, once for each time, whatever it was that broke it."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from observability.metrics import Metrics
from process_apis.aftermath import Aftermath
from process_apis.approvals.decisions import Approvals
from process_apis.commands import CommandStatus
from process_apis.engine import Engine, Process, step
from process_apis.errors import Conflict
from process_apis.events.set_up import ProjectActivated
from process_apis.exceptions.queue import DUE_WITHIN, OpenException, Resolution
from store.clock import wall_clock
from tests.process_apis.test_engine import EVENT, OPERATOR, Work, of, reaches, until
from tests.process_apis.workshop import Workshop

BUG = ZeroDivisionError("bug")
HELD = "UPDATE workflow_input SET inputs = replace(inputs, '{}', '{}')"
DONE = 'UPDATE operation_outputs SET output = \'{"$":"Gone","v":{}}\''
TOO_OFTEN = "UPDATE workflow_status SET status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'"


class Ahead:
    """A clock that goes ahead, so that nobody waits until a run is to be looked after."""

    def __init__(self) -> None:
        self.by = timedelta()

    def __call__(self) -> datetime:
        """Return the moment that it is by this clock."""
        self.by += timedelta(seconds=6)
        return wall_clock() + self.by


@pytest.fixture(autouse=True)
def _ahead(workshop: Workshop) -> None:
    workshop.wall = Ahead()


async def shown(workshop: Workshop, engine: Engine) -> OpenException:
    """Return the one case of what broke, once it is shown."""

    async def there() -> bool:
        await engine.sweep()
        return bool(await workshop.exceptions.all_open())

    await until(there)
    [case] = await workshop.exceptions.all_open()
    return case


async def resolved(
    workshop: Workshop, engine: Engine, case: OpenException, resolution: Resolution
) -> None:
    """Have an operator decide about a case, and what follows from it be done."""
    await workshop.exceptions.resolve(case, resolution, note="mended", by=OPERATOR, at=wall_clock())
    approvals = Approvals(workshop.store, workshop.audit, Metrics())

    async def followed() -> bool:
        await Aftermath(engine, approvals, workshop.exceptions).of_resolutions()
        return not await workshop.exceptions.unresumed()

    await until(followed)


async def cut_off(workshop: Workshop) -> None:
    """Let work be cut off after its first step."""
    held = asyncio.Event()

    async def run(event: ProjectActivated) -> None:
        await step(Work().act)
        held.set()
        await asyncio.sleep(60)

    process = Process(name="test", on=ProjectActivated, run=run, scopes=frozenset())
    async with workshop.engine(process) as engine:
        await engine.start(EVENT, by="U-1")
        await held.wait()


def journaled(data_dir: Path, change: str) -> None:
    """Change the journal, as another release or a fault would have left it."""
    with closing(sqlite3.connect(data_dir / "journal.sqlite")) as journal, journal:
        journal.execute(change)


async def test_a_bug_is_one_case_though_the_program_ends_while_it_is_shown(
    workshop: Workshop,
) -> None:
    """The case was written and the command was not: it is found again, and no other opened."""
    off = "CREATE TRIGGER off BEFORE UPDATE ON commands BEGIN SELECT RAISE(ABORT, 'off'); END"
    async with workshop.engine(of(Work(BUG))) as engine:
        await engine.start(EVENT, by="U-1")
        await workshop.store.write(lambda connection: connection.execute(text(off)).close())
        with pytest.raises(DBAPIError, match="off"):
            await shown(workshop, engine)
        await workshop.store.write(
            lambda connection: connection.execute(text("DROP TRIGGER off")).close()
        )
        await engine.sweep()
        [case] = await workshop.exceptions.all_open()
        await reaches(workshop, CommandStatus.PARKED)
        await resolved(workshop, engine, case, Resolution.RETRY)
        await reaches(workshop, CommandStatus.DONE)

    assert case.due_at - case.opened_at == DUE_WITHIN


async def test_a_bug_that_is_not_mended_is_a_case_of_its_own_each_time(
    workshop: Workshop,
) -> None:
    """It says at which step and of what work; nobody goes on despite it."""
    async with workshop.engine(of(Work(BUG, KeyError("other")))) as engine:
        await engine.start(EVENT, by="U-1")
        first = await shown(workshop, engine)
        for each in (Resolution.OVERRIDE, Resolution.WAIVE):
            with pytest.raises(Conflict, match="offers retry, fix_data and cancel"):
                await resolved(workshop, engine, first, each)
        await resolved(workshop, engine, first, Resolution.RETRY)
        second = await shown(workshop, engine)
        await resolved(workshop, engine, second, Resolution.FIX_DATA)
        await reaches(workshop, CommandStatus.DONE)

    cases = (first, second)
    assert {(each.code, each.owner_role) for each in cases} == {("PROCESS_FAILED", "operator")}
    assert [(each.step, each.step_name) for each in cases] == [(1, "act"), (1, "act")]
    assert [each.reason for each in cases] == ["ZeroDivisionError: bug", "KeyError: 'other'"]
    assert [each.evidence for each in cases] == [("project_number: P-7",)] * 2
    assert first.id != second.id


async def test_work_with_a_bug_may_be_given_up(workshop: Workshop) -> None:
    """It is at its end, and nobody looks after it any more."""
    async with workshop.engine(of(Work(BUG))) as engine:
        await engine.start(EVENT, by="U-1")
        case = await shown(workshop, engine)
        await resolved(workshop, engine, case, Resolution.CANCEL)
        await reaches(workshop, CommandStatus.CANCELLED)
        await engine.sweep()

    assert await workshop.exceptions.all_open() == []


async def test_what_a_release_cannot_read_in_its_journal_waits_for_one_that_can(
    workshop: Workshop,
) -> None:
    """Tried again by the same release, it is shown again; nothing of it is lost."""
    await cut_off(workshop)
    journaled(workshop.data_dir, HELD.format('"$":"ProjectActivated"', '"$":"Gone"'))
    async with workshop.engine(of(Work())) as engine:
        case = await shown(workshop, engine)
        await resolved(workshop, engine, case, Resolution.RETRY)
        again = await shown(workshop, engine)
    journaled(workshop.data_dir, HELD.format('"$":"Gone"', '"$":"ProjectActivated"'))
    async with workshop.engine(of(Work())) as engine:
        await resolved(workshop, engine, again, Resolution.RETRY)
        await reaches(workshop, CommandStatus.DONE)

    assert "the journal holds a Gone, which this release cannot read" in case.reason
    assert (case.code, again.code) == ("PROCESS_FAILED", "PROCESS_FAILED")
    assert case.id != again.id


@pytest.mark.parametrize(
    ("change", "says"),
    [(DONE, "the journal holds a Gone"), (TOO_OFTEN, "it was begun again too often")],
    ids=["a step's result", "begun too often"],
)
async def test_a_poisoned_run_is_shown_and_goes_on_when_somebody_says_so(
    workshop: Workshop, change: str, says: str
) -> None:
    """Its last step is done again."""
    await cut_off(workshop)
    journaled(workshop.data_dir, change)
    work = Work()
    async with workshop.engine(of(work)) as engine:
        case = await shown(workshop, engine)
        await resolved(workshop, engine, case, Resolution.RETRY)
        await reaches(workshop, CommandStatus.DONE)

    assert says in case.reason
    assert (case.code, case.step, work.done) == ("PROCESS_FAILED", 1, 1)

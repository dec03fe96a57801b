"""The engine's promises: once, on and on, or a person."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from governance.access import Caller, Forbidden, current_caller
from process_apis.commands import CommandStatus, KeyConflict
from process_apis.durable.patience import Patience
from process_apis.engine import AT_ONCE, Process, step
from process_apis.events.billing import BillingFallenDue, InvoiceDrafted
from process_apis.events.set_up import ProjectActivated
from process_apis.exceptions.queue import ExceptionStatus, Resolution
from store.clock import wall_clock
from system_apis.errors import Refused, TryAgain, Unknown
from tests.process_apis.workshop import Workshop

EVENT = ProjectActivated(project_number="P-7", legal_entity="US")
OPERATOR = Caller(
    subject="U-OP",
    client_id="console",
    scopes=frozenset(),
    roles=frozenset({"operator"}),
    entities=frozenset({"US"}),
)


class Work:
    """Counts what is done, and fails as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.done = 0
        self.as_whom: list[str] = []

    async def act(self) -> int:
        self.as_whom.append(current_caller().subject)
        if self.failures:
            raise self.failures.pop(0)
        self.done += 1
        return self.done


def of(work: Work, *, then: InvoiceDrafted | None = None) -> Process:
    async def run(event: ProjectActivated) -> InvoiceDrafted | None:
        await step(work.act)
        return then

    return Process(name="test", on=ProjectActivated, run=run, scopes=frozenset())


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await holds():
            await asyncio.sleep(0.01)


async def reaches(workshop: Workshop, status: CommandStatus, key: str = EVENT.business_key) -> None:
    async def reached() -> bool:
        command = await workshop.commands.find(key)
        return command is not None and command.status is status

    await until(reached)


async def test_the_same_event_told_ten_times_is_worked_on_once(workshop: Workshop) -> None:
    """One business key, one run."""
    work = Work()
    async with workshop.engine(of(work)) as engine:
        for _ in range(10):
            await engine.start(EVENT, by="U-1")
        await reaches(workshop, CommandStatus.DONE)
        await engine.start(EVENT, by="U-1")

    assert work.done == 1


async def test_work_under_way_at_a_stop_goes_on_at_the_next_start(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    """A stop is no failure: nothing is reported, and a step that was cut off is done then."""
    logging.getLogger("dbos").addHandler(caplog.handler)
    work, begun, over = Work(), asyncio.Event(), asyncio.Event()

    async def lasts() -> None:
        begun.set()
        await over.wait()

    async def stuck(event: ProjectActivated) -> None:
        await step(lasts)
        await step(work.act)

    waiting = [ProjectActivated(project_number=f"P-{n}", legal_entity="US") for n in range(99)]
    process = Process(name="test", on=ProjectActivated, run=stuck, scopes=frozenset())
    async with workshop.engine(process) as engine:
        for each in waiting:
            await engine.start(each, by="U-1")
        await begun.wait()
    over.set()
    await asyncio.sleep(0.1)
    reported = [each for each in caplog.records if each.levelname == "ERROR"]

    async with workshop.engine(of(work)):
        for each in waiting:
            await reaches(workshop, CommandStatus.DONE, each.business_key)

    assert not reported
    assert work.done == len(waiting)


async def test_another_input_under_the_same_key_is_a_conflict(workshop: Workshop) -> None:
    """The engine would return the first result, whatever the input: we compare it."""
    async with workshop.engine(of(Work())) as engine:
        await engine.start(EVENT, by="U-1")

        with pytest.raises(KeyConflict):
            await engine.start(ProjectActivated(project_number="P-7", legal_entity="DE"), by="U-1")


async def test_a_step_acts_as_its_process_on_behalf_of_who_started_it(workshop: Workshop) -> None:
    """No step runs without an identity."""
    work = Work()
    async with workshop.engine(of(work)) as engine:
        await engine.start(EVENT, by="U-1")
        await reaches(workshop, CommandStatus.DONE)

    assert work.as_whom == ["process:test"]


async def test_a_system_that_is_away_or_silent_is_asked_again(workshop: Workshop) -> None:
    """`TryAgain` and `Unknown` are waited out."""
    work = Work(TryAgain("erp", "away"), Unknown("erp", "silent"))
    async with workshop.engine(of(work)) as engine:
        await engine.start(EVENT, by="U-1")
        await reaches(workshop, CommandStatus.DONE)

    assert work.done == 1


async def test_a_run_says_which_step_waits_and_for_what(workshop: Workshop) -> None:
    """A system that is away for hours is seen in the run; the waits between are no steps."""
    work = Work(*[TryAgain("erp", "away")] * 4)
    async with workshop.engine(of(work), tries=12) as engine:
        await engine.start(EVENT, by="U-1")
        async with asyncio.timeout(20):
            while not (waiting := await engine.progress(EVENT.business_key)):
                await asyncio.sleep(0.001)
        await reaches(workshop, CommandStatus.DONE)
        over = await engine.progress(EVENT.business_key)

    assert [(each.name, each.waits_for) for each in waiting] == [("act", "erp: away")]
    assert [(each.name, each.waits_for) for each in over] == [("act", None)]


def test_patience_outlasts_a_night_and_asks_soon_after_it() -> None:
    """No wait is longer than five minutes, and all of them together than sixteen hours."""
    patience = Patience()
    waits = [patience.wait_ms(tried, timedelta()) for tried in range(1, patience.tries)]

    assert max(waits) <= 5 * 60_000 + 1
    assert sum(waits) > 16 * 3_600_000


@pytest.mark.parametrize(
    ("failures", "code"),
    [
        ([Refused("erp", "no", code="PERIOD_CLOSED")], "PERIOD_CLOSED"),
        ([TryAgain("erp", "away")] * 3, "SYSTEM_UNAVAILABLE"),
        ([Unknown("erp", "silent")] * 3, "NEEDS_RECONCILIATION"),
    ],
)
async def test_what_a_retry_cannot_mend_goes_to_a_person_and_on_at_that_step(
    workshop: Workshop, failures: list[Exception], code: str
) -> None:
    """An exception opens; when it is resolved, the process goes on where it stopped."""
    work = Work(*failures)
    async with workshop.engine(of(work)) as engine:
        await engine.start(EVENT, by="U-1")
        await reaches(workshop, CommandStatus.PARKED)
        (case,) = await workshop.exceptions.listed(OPERATOR, status=ExceptionStatus.OPEN)
        await workshop.exceptions.resolve(
            case, Resolution.RETRY, note="mended", by=OPERATOR, at=wall_clock()
        )
        await until(lambda: engine.resume(case))
        await reaches(workshop, CommandStatus.DONE)

    assert case.code == code
    assert work.done == 1


async def test_who_started_the_work_may_not_resolve_its_exception(workshop: Workshop) -> None:
    """Requester and resolver differ."""
    async with workshop.engine(of(Work(Refused("erp", "no")))) as engine:
        await engine.start(EVENT, by=OPERATOR.subject)
        await reaches(workshop, CommandStatus.PARKED)
        (case,) = await workshop.exceptions.listed(OPERATOR, status=ExceptionStatus.OPEN)

        with pytest.raises(Forbidden):
            await workshop.exceptions.resolve(
                case, Resolution.RETRY, note="me", by=OPERATOR, at=wall_clock()
            )


async def test_a_bug_in_a_step_shows_in_the_same_queue(workshop: Workshop) -> None:
    """What nobody foresaw is not swallowed either."""
    work = Work(ZeroDivisionError("bug"))
    async with workshop.engine(of(work)) as engine:
        await engine.start(EVENT, by="U-1")

        async def shown() -> bool:
            await engine.sweep()
            return bool(await workshop.exceptions.listed(OPERATOR, status=ExceptionStatus.OPEN))

        await until(shown)
        (case,) = await workshop.exceptions.listed(OPERATOR, status=ExceptionStatus.OPEN)
        await until(lambda: engine.resume(case))
        await reaches(workshop, CommandStatus.DONE)

    assert case.code == "PROCESS_FAILED"
    assert work.done == 1


async def test_a_process_ends_with_the_event_that_starts_the_next(workshop: Workshop) -> None:
    """Processes never call each other."""
    following = InvoiceDrafted(
        invoice_id="inv_00000000000000000000000000", version=1, legal_entity="US"
    )
    seen: list[str] = []

    async def run(event: InvoiceDrafted) -> None:
        async def note() -> None:
            seen.append(event.invoice_id)

        await step(note)

    second = Process(name="second", on=InvoiceDrafted, run=run, scopes=frozenset())
    async with workshop.engine(of(Work(), then=following), second) as engine:
        await engine.start(EVENT, by="U-1")
        await reaches(workshop, CommandStatus.DONE, following.business_key)

    assert seen == [following.invoice_id]


async def test_what_was_under_way_at_a_stop_goes_on_at_the_next_launch(workshop: Workshop) -> None:
    """Nothing accepted is lost, and no finished step is done again."""
    first, second = Work(), Work()
    held = asyncio.Event()

    async def run(event: ProjectActivated) -> None:
        await step(first.act)
        if not held.is_set():
            held.set()
            await asyncio.sleep(60)
        await step(second.act)

    process = Process(name="test", on=ProjectActivated, run=run, scopes=frozenset())
    async with workshop.engine(process) as engine:
        await engine.start(EVENT, by="U-1")
        await held.wait()
    async with workshop.engine(process):
        await reaches(workshop, CommandStatus.DONE)

    assert (first.done, second.done) == (1, 1)


async def test_a_second_engine_on_the_same_directory_is_refused(workshop: Workshop) -> None:
    """Two engines on one journal would run steps twice."""
    async with workshop.engine(of(Work())):
        with pytest.raises(RuntimeError, match="STRATA_DATA_DIR"):
            async with workshop.engine(of(Work())):
                pass


async def test_an_accepted_command_the_engine_never_heard_of_is_sent_again(
    workshop: Workshop,
) -> None:
    """A kill between acceptance and start loses nothing."""
    work = Work()
    process = of(work)
    async with workshop.engine(process):
        pass
    from datetime import timedelta

    from process_apis.commands import Command

    await workshop.commands.accept(
        EVENT,
        Command(
            key=EVENT.business_key,
            process="test",
            started_by="U-1",
            status=CommandStatus.ACCEPTED,
            accepted_at=wall_clock() - timedelta(minutes=1),
        ),
    )
    async with workshop.engine(process) as engine:
        await engine.sweep()
        await reaches(workshop, CommandStatus.DONE)

    assert work.done == 1


def test_events_name_a_business_key_each() -> None:
    """The occasion is part of a check's key, the version of an approval's."""
    due = BillingFallenDue(billing_event_id="be_1", occasion="planned")

    assert due.business_key == "check:be_1:planned"


async def test_what_was_accepted_before_is_not_started_anew(workshop: Workshop) -> None:
    """Looking again at what is due starts only what nobody started yet."""
    work = Work()
    other = ProjectActivated(project_number="P-8", legal_entity="US")
    async with workshop.engine(of(work)) as engine:
        first = await engine.start_new([EVENT], by="U-1")
        second = await engine.start_new([EVENT, other], by="U-1")
        await reaches(workshop, CommandStatus.DONE, other.business_key)

    assert (first, second, work.done) == (1, 1, 2)


async def test_runs_that_wait_for_a_system_leave_their_turn_to_others(workshop: Workshop) -> None:
    """However many wait for the ERP, what needs none of it goes on."""
    away = TryAgain("erp", "away", after=timedelta(hours=1))
    waiting, other = Work(*[away] * AT_ONCE), Work()

    async def run(event: InvoiceDrafted) -> None:
        await step(other.act)

    free = Process(name="free", on=InvoiceDrafted, run=run, scopes=frozenset())
    drafted = InvoiceDrafted(
        invoice_id="inv_00000000000000000000000000", version=1, legal_entity="US"
    )
    stuck = [ProjectActivated(project_number=f"P-{each}") for each in range(AT_ONCE)]
    async with workshop.engine(of(waiting), free) as engine:
        await engine.start_new(stuck, by="U-1")

        async def all_wait() -> bool:
            return not waiting.failures

        await until(all_wait)
        await engine.start(drafted, by="U-1")
        await reaches(workshop, CommandStatus.DONE, drafted.business_key)

    assert (waiting.done, other.done) == (0, 1)

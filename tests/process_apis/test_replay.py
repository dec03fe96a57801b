"""What waits for a system is known, and what it stranded goes on when somebody replays it."""

from msgspec.structs import replace

from process_apis.commands import CommandStatus
from process_apis.durable.held_up import HeldWork
from process_apis.engine import Engine
from process_apis.exceptions.queue import ExceptionStatus, OpenException, Replay
from store.clock import wall_clock
from system_apis.errors import Refused, TryAgain
from tests.process_apis.test_engine import EVENT, OPERATOR, Work, of, reaches, until
from tests.process_apis.workshop import Workshop


def away() -> TryAgain:
    """Return what rises when erp-a is away, as its door says it."""
    failure = TryAgain("erp", "away")
    failure.instance = "erp-a"
    return failure


async def stranded(workshop: Workshop, engine: Engine, *, by: str = "U-1") -> OpenException:
    """Let a run give up on erp-a."""
    await engine.start(EVENT, by=by)
    await reaches(workshop, CommandStatus.PARKED)
    [case] = await workshop.exceptions.listed(OPERATOR, status=ExceptionStatus.OPEN)
    return case


async def replay(workshop: Workshop, system: str = "erp-a") -> Replay:
    """Replay as the operator."""
    cases = workshop.seen_cases
    return await cases.replay(system, note="back", by=OPERATOR, at=wall_clock())


async def test_a_run_that_waits_for_a_system_is_known_until_it_goes_on(workshop: Workshop) -> None:
    """Which system, which step, how often it was tried, and since when it waits."""
    seen: list[HeldWork] = []
    work = Work(*[away()] * 8)
    async with workshop.engine(of(work), tries=12) as engine:
        await engine.start(EVENT, by="U-1")

        async def waits() -> bool:
            seen.extend(engine.held_up.listed())
            return any(each.tried > 2 for each in seen)

        await until(waits)
        await reaches(workshop, CommandStatus.DONE)
        after = engine.held_up.listed()

    assert (seen[0].system, seen[0].step) == ("erp-a", "act")
    assert seen[0].command.key == EVENT.business_key
    assert {each.since for each in seen} == {seen[0].since}
    assert after == []


async def test_a_case_names_the_system_only_when_it_is_its_doing(workshop: Workshop) -> None:
    """A system that says no has done its part: what follows is somebody's to decide."""
    said_no = Refused("erp", "closed", code="PERIOD_CLOSED")
    said_no.instance = "erp-a"
    async with workshop.engine(of(Work(said_no))) as engine:
        case = await stranded(workshop, engine)
        replayed = await replay(workshop)

    assert case.system is None
    assert replayed.replayed == []


async def test_stranded_work_is_replayed_once_and_goes_on_where_it_stopped(
    workshop: Workshop,
) -> None:
    """A second replay finds nothing left, and another system's has nothing to do with it."""
    work = Work(*[away()] * 3)
    async with workshop.engine(of(work)) as engine:
        case = await stranded(workshop, engine)
        other = await replay(workshop, "erp-b")
        first = await replay(workshop)
        again = await replay(workshop)
        [resolved] = await workshop.exceptions.unresumed()
        await until(lambda: engine.resume(resolved))
        await reaches(workshop, CommandStatus.DONE)

    assert case.system == "erp-a"
    assert [other.replayed, first.replayed, again.replayed] == [[], [case.id], []]
    assert work.done == 1


async def test_nobody_replays_work_of_their_own_or_of_a_company_they_may_not_see(
    workshop: Workshop,
) -> None:
    """Requester and resolver differ, and what is not seen is not touched."""
    stranger = replace(OPERATOR, entities=frozenset({"DE"}))
    async with workshop.engine(of(Work(*[away()] * 3))) as engine:
        case = await stranded(workshop, engine, by=OPERATOR.subject)
        ours = await replay(workshop)
        waiting = await workshop.seen_cases.waiting(OPERATOR)
        others = await workshop.seen_cases.waiting(replace(OPERATOR, subject="U-OTHER"))
        strange = await workshop.seen_cases.replay(
            "erp-a", note="back", by=stranger, at=wall_clock()
        )
        [still] = await workshop.exceptions.all_open()

    assert (ours.replayed, ours.left_to_others) == ([], [case.id])
    assert (strange.replayed, strange.left_to_others) == ([], [])
    assert (waiting, [each.id for each in others]) == ([], [case.id])
    assert still.id == case.id

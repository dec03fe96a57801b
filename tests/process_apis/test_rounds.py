"""The rounds: what follows from answers waits for nothing that the day brings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import OperationalError

from observability.metrics import Metrics
from process_apis.rounds import Rounds, Task
from store.clock import wall_clock


def _unheard(name: str, error: OperationalError) -> None:
    raise AssertionError(f"{name} was broken off: {error}")


@asynccontextmanager
async def _going(answers: Task, days: Task) -> AsyncIterator[Rounds]:
    rounds = Rounds(
        {"answers": [answers], "rounds": [days]}, Metrics(), wall_clock, every_seconds=60
    )
    going = asyncio.create_task(rounds.run(_unheard))
    yield rounds
    rounds.stop()
    await going


async def test_who_answered_does_not_wait_for_the_reminders_of_the_day() -> None:
    """A nudge has answers looked after while the day's round is still under way."""
    looked, over = asyncio.Semaphore(0), asyncio.Event()

    async def look() -> None:
        looked.release()

    async with asyncio.timeout(20), _going(look, over.wait) as rounds:
        await looked.acquire()
        rounds.nudge()
        await looked.acquire()

        assert not over.is_set()
        over.set()


async def test_the_rounds_end_together_when_one_breaks() -> None:
    """A program whose rounds stand still must not look as if they went."""

    async def break_down() -> None:
        raise ZeroDivisionError("bug")

    async def rest() -> None:
        await asyncio.sleep(0)

    going = Rounds(
        {"answers": [rest], "rounds": [break_down]}, Metrics(), wall_clock, every_seconds=60
    ).run(_unheard)
    [ended] = await asyncio.wait_for(asyncio.gather(going, return_exceptions=True), 20)

    assert isinstance(ended, ExceptionGroup)


async def test_a_round_that_the_store_breaks_off_is_told_and_gone_again() -> None:
    """A disk that is full for a moment ends nothing; meanwhile the rounds do not go well."""
    full, told, gone = [True], asyncio.Event(), asyncio.Event()

    async def write() -> None:
        if full[0]:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        gone.set()

    def late(name: str, error: OperationalError) -> None:
        assert (name, str(error.orig)) == ("rounds", "database or disk is full")
        told.set()

    rounds = Rounds({"rounds": [write]}, Metrics(), wall_clock, every_seconds=0.01)
    going = asyncio.create_task(rounds.run(late))
    async with asyncio.timeout(20):
        await told.wait()
        meanwhile = rounds.go_well()
        full[0] = False
        await gone.wait()
        rounds.stop()
        await going

    assert not meanwhile
    assert rounds.go_well()

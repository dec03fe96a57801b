"""The rounds: what follows from answers waits for nothing that the day brings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from observability.metrics import Metrics
from process_apis.rounds import Rounds, Task
from store.clock import wall_clock


@asynccontextmanager
async def _going(answers: Task, days: Task) -> AsyncIterator[Rounds]:
    rounds = Rounds(
        {"answers": [answers], "rounds": [days]}, Metrics(), wall_clock, every_seconds=60
    )
    going = asyncio.create_task(rounds.run())
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
    ).run()
    [ended] = await asyncio.wait_for(asyncio.gather(going, return_exceptions=True), 20)

    assert isinstance(ended, ExceptionGroup)

"""A layer's own time leaves out what it called in other layers, once."""

import asyncio
from collections.abc import Callable, Coroutine

from observability.metrics import Metrics
from observability.own_time import OwnTimes, Span

Work = Callable[[], Coroutine[None, None, None]]


class Day:
    """A clock that a test moves, and work that is done by it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.times = OwnTimes(lambda: self.now)
        self._wakened = asyncio.Condition()

    async def come(self, second: float) -> None:
        """Let the clock come to a second, and all that waits for it go on."""
        async with self._wakened:
            self.now = second
            self._wakened.notify_all()
        for _ in range(10):
            await asyncio.sleep(0)

    def work(self, layer: str, began: float, ended: float, *inside: Work) -> Work:
        """Return the work of a layer from one second to another, with what it calls meanwhile."""

        async def done() -> None:
            await self._at(began)
            own = self.times.enter()
            await asyncio.gather(*(each() for each in inside))
            await self._at(ended)
            self.times.leave(own, layer)

        return done

    async def _at(self, second: float) -> None:
        async with self._wakened:
            await self._wakened.wait_for(lambda: self.now >= second)


def test_what_ran_inside_at_the_same_time_is_taken_off_once() -> None:
    """Two systems asked from second 1 to 4 and 2 to 5 cover four of ten seconds."""
    process = Span(None, 0.0)
    process.covers(1.0)
    process.covers(2.0)
    process.uncovers(4.0)
    process.uncovers(5.0)
    process.covers(6.0)

    assert (process.own(6.0), process.own(10.0)) == (2.0, 2.0)


async def test_all_layers_together_took_as_long_as_the_request() -> None:
    """Each of ten seconds is somebody's, and those of two at the same time are both of theirs."""
    day = Day()
    other = day.work("system", 4, 7)
    asked = day.work("system", 2, 5), day.work("process", 3, 8, other)
    request = asyncio.create_task(
        day.work("governance", 0, 10, day.work("experience", 1, 9, *asked))()
    )
    for second in range(11):
        await day.come(second)
    await request

    assert day.times.seconds == {
        "governance": 2,  # 0 to 1, and 9 to 10
        "experience": 2,  # 1 to 2, and 8 to 9
        "process": 2,  # 3 to 4, and 7 to 8
        "system": 6,  # 2 to 5, and 4 to 7
    }
    twice = 2  # 3 to 4 the process beside a system, 4 to 5 two systems
    assert sum(day.times.seconds.values()) == 10 + twice


def test_a_scrape_shows_what_was_added_since_the_one_before() -> None:
    """The sums only grow, however often somebody looks."""
    metrics = Metrics()
    for _ in range(3):
        metrics.own_times.seconds["system"] += 0.25
        page = metrics.render().decode()

    assert 'strata_layer_own_seconds_total{layer="system"} 0.75' in page
    assert 'strata_layer_own_seconds_total{layer="process"} 0.0' in page

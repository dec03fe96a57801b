"""A layer's own time leaves out what it called in other layers, once."""

import asyncio
from time import perf_counter

from observability.metrics import Metrics
from observability.own_time import OwnTimes, Span


async def worked(times: OwnTimes, layer: str, *inside: str, until: asyncio.Event) -> None:
    """Let a layer call others at the same time, which wait for something."""
    own = times.enter()
    try:
        await asyncio.gather(*(worked(times, each, until=until) for each in inside))
        if not inside:
            await until.wait()
    finally:
        times.leave(own, layer)


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
    """Nothing is counted twice, and nothing is left out, also with calls side by side."""
    times, go = OwnTimes(), asyncio.Event()
    began = perf_counter()
    own = times.enter()
    asking = asyncio.create_task(worked(times, "experience", "system", "system", until=go))
    await asyncio.sleep(0)
    go.set()
    await asking
    took = times.leave(own, "governance")

    one = times.seconds["system"]
    assert took <= perf_counter() - began
    assert sum(times.seconds.values()) - one <= took
    assert all(each >= 0 for each in times.seconds.values())


def test_a_scrape_shows_what_was_added_since_the_one_before() -> None:
    """The sums only grow, however often somebody looks."""
    metrics = Metrics()
    for _ in range(3):
        metrics.own_times.seconds["system"] += 0.25
        page = metrics.render().decode()

    assert 'strata_layer_own_seconds_total{layer="system"} 0.75' in page
    assert 'strata_layer_own_seconds_total{layer="process"} 0.0' in page

"""A process is ready while what it needs works."""

import asyncio

from observability.health import Health


async def works() -> bool:
    """Say that a dependency works."""
    return True


async def hangs() -> bool:
    """Say nothing."""
    await asyncio.sleep(60)
    return True


async def test_a_process_without_checks_is_ready() -> None:
    """Who needs nothing is ready."""
    assert (await Health().readiness()).ready


async def test_one_slow_check_makes_a_process_unready_in_time() -> None:
    """A check that hangs says no after its patience, and is named."""
    health = Health(patience_seconds=0.05)
    health.add("database", works, remedy="mend it")
    health.add("engine", hangs, remedy="mend it")

    async with asyncio.timeout(1):
        found = await health.readiness()

    assert not found.ready
    assert found.checks == {"database": "ok", "engine": "slow"}


async def test_a_stopping_process_is_unready() -> None:
    """Once stopping, never ready again."""
    health = Health()
    health.add("database", works, remedy="mend it")
    health.stop()

    found = await health.readiness()

    assert not found.ready
    assert found.checks["process"] == "stopping"
    assert found.reasons == [
        "process is stopping: send work to another, or wait for the next start"
    ]


async def test_a_process_says_where_it_is_and_why() -> None:
    """Starting until all works for the first time, held back by name, at last on its way out."""
    health, working = Health(), False

    async def database() -> bool:
        return working

    health.add("database", database, remedy="mend it")
    starting = await health.readiness()
    working = True
    ready = await health.readiness()
    working = False
    unready, lives = await health.readiness(), health.state()
    health.stop()

    assert (starting.state, starting.reasons) == ("starting", ["database is failing: mend it"])
    assert (ready.state, ready.reasons) == ("ready", [])
    assert (unready.state, unready.reasons) == ("unready", ["database is failing: mend it"])
    assert (lives, health.state()) == ("unready", "draining")


async def test_what_is_only_told_holds_nothing_back() -> None:
    """And it is said that it does not."""
    health = Health(patience_seconds=0.05)
    health.tell("issuers", hangs, remedy="mend it")

    found = await health.readiness()

    assert (found.ready, found.state) == (True, "ready")
    assert found.reasons == ["issuers is slow, and work is taken nevertheless: mend it"]

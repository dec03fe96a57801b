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
    health.add("database", works)
    health.add("engine", hangs)

    async with asyncio.timeout(1):
        found = await health.readiness()

    assert not found.ready
    assert found.checks == {"database": "ok", "engine": "slow"}


async def test_a_stopping_process_is_unready() -> None:
    """Once stopping, never ready again."""
    health = Health()
    health.add("database", works)
    health.stop()

    found = await health.readiness()

    assert not found.ready
    assert found.checks["process"] == "stopping"

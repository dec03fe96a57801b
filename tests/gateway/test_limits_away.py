"""A gateway whose store of limits is away says so, and takes work nevertheless."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from observability.health import Readiness, State
from tests.governance.valkey import own_valkey
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

pytestmark = pytest.mark.real


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Open connections."""
    async with aiohttp.ClientSession() as opened:
        yield opened


async def _readiness(session: aiohttp.ClientSession, gateway: GatewayProgram) -> Readiness:
    async with session.get(f"{gateway.base_url}/ready") as answer:
        assert answer.status == 200
        return msgspec.json.decode(await answer.read(), type=Readiness)


async def test_readiness_names_a_store_of_limits_that_is_away(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    """What each API does then is its own plan's, so that the gateway stays in use."""
    async with sandbox_program(NORTHWIND, tmp_path / "sandbox") as address:
        with own_valkey() as valkey:
            told = {"STRATA_REDIS_URL": f"redis://127.0.0.1:{valkey.port}/0"}
            gateway = GatewayProgram(tmp_path, NORTHWIND, address, told)
            await gateway.start()
            there = await _readiness(session, gateway)
        away = await _readiness(session, gateway)
        await gateway.stop()

    assert (there.checks["limits"], there.reasons) == ("ok", [])
    assert (away.state, away.checks["limits"]) == (State.READY, "failing")
    [reason] = away.reasons
    assert reason.startswith("limits is failing, and work is taken nevertheless: start the store")

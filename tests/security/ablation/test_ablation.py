"""The attacks bite: take one control away, and the attack that it stops comes through."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import uvicorn
from litestar.types import ASGIApp

from tests.gateway.house import Caller, House, running
from tests.security.ablation.controls import CONTROLS
from tests.security.ablation.lacking import Built


@asynccontextmanager
async def impatient(app: ASGIApp, house: House) -> AsyncIterator[Caller]:
    """Serve with uvicorn's own kind of connection until the block ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = int(listening.getsockname()[1])
        found = uvicorn.Server(uvicorn.Config(app, http="httptools", ws="none", log_level="error"))
        serving = asyncio.create_task(found.serve([listening]))
        while not found.started:
            await asyncio.sleep(0.005)
        async with aiohttp.ClientSession() as session:
            yield Caller(port, session, house.token())
        found.should_exit = True
        await serving


async def holds(name: str, built: Built, path: Path, *, patient: bool) -> bool:
    """Attack a gateway, and return whether the control held."""
    house = House(path)
    serve = running if patient else impatient
    async with serve(built(house), house) as caller:
        held = await CONTROLS[name].held(house, caller)
    await house.close()
    return held


@pytest.mark.parametrize("name", CONTROLS)
async def test_a_control_that_is_taken_away_is_missed(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With the control the attack comes to nothing; without it, it does not."""
    control = CONTROLS[name]
    here, there = tmp_path_factory.mktemp("with"), tmp_path_factory.mktemp("without")

    with_it = await holds(name, control.having, here, patient=True)
    without_it = await holds(name, control.lacking, there, patient=control.patient)

    assert (with_it, without_it) == (True, False)

"""A gateway that is told to stop says so first, and finishes what it has begun."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.gateway.house import Caller


@pytest.fixture
async def serving(tmp_path: Path) -> AsyncIterator[tuple[Process, Caller]]:
    """A gateway in a process of its own, and somebody who calls it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    arguments = ["-m", "tests.gateway.serve_orders", str(tmp_path), str(port)]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)
    assert process.stdout is not None
    token = (await process.stdout.readline()).decode().strip()
    async with aiohttp.ClientSession() as session:
        caller = Caller(port, session, token)
        await until_up(caller)
        yield process, caller
    if process.returncode is None:
        process.kill()
    await process.wait()


async def until_up(caller: Caller) -> None:
    """Wait until the gateway answers."""
    async with asyncio.timeout(20):
        while True:
            try:
                await caller.send("GET", "/health", token=None)
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)
            else:
                return


async def test_a_stop_is_announced_and_waits_for_what_has_begun(
    serving: tuple[Process, Caller],
) -> None:
    """After SIGTERM the gateway is unready, still answers, finishes, and ends."""
    process, caller = serving
    begun = asyncio.create_task(caller.send("GET", "/system/orders/v1/orders"))
    await asyncio.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.2)

    unready = await caller.send("GET", "/ready", token=None)
    finished = await begun
    async with asyncio.timeout(10):
        await process.wait()

    assert unready.status == 503
    assert finished.status == 200
    with pytest.raises(aiohttp.ClientConnectorError):
        await caller.send("GET", "/health", token=None)

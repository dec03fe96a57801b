"""A gateway that is told to stop says so first, and finishes what it has begun."""

import asyncio
import contextlib
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest

from tests.gateway.house import Caller


@asynccontextmanager
async def serving(
    folder: Path, *, drain_seconds: int, takes_seconds: float
) -> AsyncIterator[tuple[Process, Caller]]:
    """Run a gateway in a process of its own, and somebody who calls it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    told = [str(folder), str(port), str(drain_seconds), str(takes_seconds)]
    arguments = ["-m", "tests.gateway.serve_orders", *told]
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


async def test_a_stop_is_announced_and_waits_for_what_has_begun(tmp_path: Path) -> None:
    """After SIGTERM the gateway is unready, still answers, finishes, and ends."""
    async with serving(tmp_path, drain_seconds=10, takes_seconds=1.5) as (process, caller):
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


async def test_a_client_that_knows_nothing_of_the_end_is_answered_once_more(
    tmp_path: Path,
) -> None:
    """New connections are refused by then; its own is closed behind the answer, and not before."""
    async with serving(tmp_path, drain_seconds=10, takes_seconds=0) as (process, caller):
        kept = await asyncio.open_connection("127.0.0.1", caller.port)
        first = await _ask(*kept)
        process.send_signal(signal.SIGTERM)
        await _until_refused(caller.port)
        last = await _ask(*kept)
        nothing = await kept[0].read()
        async with asyncio.timeout(10):
            code = await process.wait()
        kept[1].close()

    assert first.startswith(b"HTTP/1.1 200")
    assert b"connection: close" not in first
    assert last.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in last
    assert (nothing, code) == (b"", 0)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return the head of an answer, once its body has come too."""
    writer.write(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    [length] = [
        int(line.partition(b":")[2])
        for line in head.splitlines()
        if line.startswith(b"content-length:")
    ]
    await reader.readexactly(length)
    return head


async def _until_refused(port: int) -> None:
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionError):
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await asyncio.sleep(0.005)


@pytest.mark.parametrize("told", [1, 3])
async def test_who_is_not_waited_for_is_told_what_to_do(tmp_path: Path, told: int) -> None:
    """At the end of its patience, or told again, the gateway answers what it breaks off."""
    patience = 1 if told == 1 else 60
    async with serving(tmp_path, drain_seconds=patience, takes_seconds=60) as (process, caller):
        read = asyncio.create_task(caller.send("GET", "/system/orders/v1/orders"))
        noted = asyncio.create_task(caller.send("POST", "/system/orders/v1/notes"))
        await asyncio.sleep(0.5)
        for _ in range(told):
            process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
        async with asyncio.timeout(20):
            answers = [await read, await noted]
            code = await process.wait()

    assert [each.status for each in answers] == [503, 503]
    assert [each.headers["retry-after"] for each in answers] == ["5", "5"]
    kinds = [msgspec.json.decode(each.body)["type"] for each in answers]
    assert kinds == ["/docs/problems#try-again", "/docs/problems#outcome-unknown"]
    assert code == 0

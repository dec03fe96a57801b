"""The sandbox as a process of its own keeps what it answered, even when it is killed."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec

from system_apis.sandbox.server import SandboxAddress
from tests.system_apis.sandbox.house import NORTHWIND

ROOT = NORTHWIND.parent


@asynccontextmanager
async def _process(data_dir: Path) -> AsyncIterator[tuple[Process, SandboxAddress]]:
    arguments = ("-m", "system_apis.sandbox", str(NORTHWIND), str(data_dir))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        yield process, msgspec.json.decode(line, type=SandboxAddress)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _run_id(session: aiohttp.ClientSession, address: SandboxAddress) -> str:
    async with session.get(f"{address.base_url}/_sandbox/health") as reply:
        return str((await reply.json())["run_id"])


async def _customers(session: aiohttp.ClientSession, address: SandboxAddress) -> int:
    async with session.get(f"{address.of('erp-a')}/record/v1/customer") as reply:
        return int((await reply.json())["totalResults"])


async def test_a_killed_sandbox_still_has_all_that_it_answered(tmp_path: Path) -> None:
    """The ledger outlives kill -9; another run says that it is another."""
    customer = {
        "entityId": "CL-9",
        "companyName": "Nine",
        "country": "US",
        "externalId": "key-9",
        "billingAddress": {"addr1": "1 Quay", "city": "York", "zip": "1", "country": "GB"},
        "termsNetDays": 30,
    }
    async with aiohttp.ClientSession() as session:
        async with _process(tmp_path) as (process, address):
            first = await _run_id(session, address)
            before = await _customers(session, address)
            url = f"{address.of('erp-a')}/record/v1/customer"
            async with session.post(url, json=customer) as reply:
                assert reply.status == 201
            process.kill()
        async with _process(tmp_path) as (_, address):
            assert await _customers(session, address) == before + 1
            assert first != await _run_id(session, address)

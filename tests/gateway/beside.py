"""Processes on one data directory, talked to a line at a time."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.forked import ROOT, run_strata

URL = "http://gateway.test"
STARTED_WITHIN_SECONDS = 60


class Beside:
    """A process that issues and verifies tokens as a gateway does."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def issue(self) -> str:
        """Return a token of the operator's."""
        return await self._answer("issue")

    async def verdict(self, token: str) -> str:
        """Return what the process makes of a token."""
        return await self._answer(token)

    async def refuses_within(self, token: str, seconds: float) -> bool:
        """Whether the process comes to refuse a token in time."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if (await self.verdict(token)).startswith("refused"):
                return True
            await asyncio.sleep(0.2)
        return False

    async def _answer(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()
        return (await self._process.stdout.readline()).decode().strip()


@asynccontextmanager
async def beside(data_dir: Path) -> AsyncIterator[Beside]:
    """Run such a process for as long as the block runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.gateway.second_process",
        str(data_dir),
        URL,
        stdin=PIPE,
        stdout=PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(STARTED_WITHIN_SECONDS):
            assert await process.stdout.readline() == b"ready\n"
        yield Beside(process)
    finally:
        process.terminate()
        await process.wait()


async def strata(data_dir: Path, *command: str) -> tuple[int, str]:
    """Run the program on the data directory; return its exit code and words."""
    environment = {"STRATA_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin"}
    code, out, err = await run_strata(*command, environment=environment)
    return code, out or err

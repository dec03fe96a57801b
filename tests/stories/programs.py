"""The programs of a story, each a process of its own: the sandbox outlives a killed gateway."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from resource import getpagesize

import aiohttp
import msgspec

from system_apis.sandbox.server import SandboxAddress
from tests.forked import ROOT, SANDBOX, STRATA, Forked, run_strata
from tests.stores import put_migrated

NORTHWIND = ROOT / "northwind"
BEGINS = "2026-10-01T00:00:00+00:00"
STARTED_WITHIN_SECONDS = 60


class DidNotStart(Exception):
    """A program does not answer; the text has what it said."""


@asynccontextmanager
async def sandbox_program(
    firm: Path, data_dir: Path, begins: str = BEGINS
) -> AsyncIterator[SandboxAddress]:
    """Run a firm's systems until the block ends."""
    said = data_dir.with_name(f"{data_dir.name}.said")
    said.write_bytes(b"")
    words = (str(firm), str(data_dir), "0", begins)
    process = Forked(SANDBOX, words, said=said, complained=said.with_suffix(".complained"))
    try:
        async with asyncio.timeout(STARTED_WITHIN_SECONDS):
            while not (line := said.read_bytes()).endswith(b"\n"):
                if process.returncode is not None:
                    raise DidNotStart(said.with_suffix(".complained").read_text()[-3000:])
                await asyncio.sleep(0.01)
        yield msgspec.json.decode(line, type=SandboxAddress)
    finally:
        process.kill()
        await process.wait()


class GatewayProgram:
    """`strata serve` on one data directory and port; it can be killed and started again."""

    def __init__(
        self, folder: Path, firm: Path, sandbox: SandboxAddress, settings: dict[str, str]
    ) -> None:
        self.port = _free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.data_dir = folder / "data"
        self._folder = folder
        self._process: Forked | None = None
        self._environment = {
            **{name: value for name, value in os.environ.items() if "STRATA_" not in name},
            "STRATA_DATA_DIR": str(self.data_dir),
            "STRATA_FIRM": str(firm),
            "STRATA_SANDBOX_URL": sandbox.base_url,
            "STRATA_SANDBOX_SECRET": sandbox.control_secret,
            "STRATA_ROUNDS_SECONDS": "0.2",
            **settings,
        }

    async def start(self) -> None:
        """Start, and return when it is ready."""
        process = await self.begin()
        try:
            async with asyncio.timeout(STARTED_WITHIN_SECONDS):
                while not await self._answers("/ready"):
                    if process.returncode is not None:
                        raise DidNotStart(self.said())
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise DidNotStart(self.said()) from None

    async def begin(self) -> Forked:
        """Start without waiting; refuse when somebody else answers at the port."""
        if await self._answers("/health"):
            raise DidNotStart(f"something answers at {self.base_url} already")
        put_migrated(self.data_dir / "strata.sqlite")
        words, said = ("serve", "--port", str(self.port)), self._folder / "gateway.log"
        self._process = Forked(
            STRATA, words, said=said, cwd=self._folder, environment=self._environment
        )
        return self._process

    async def kill(self) -> None:
        """End it as a power cut would, if it runs."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> bool:
        """Ask it to end, see to it that it does, and return whether it did so by itself."""
        return self._process is None or await _end(self._process)

    async def run(self, *command: str) -> tuple[int, str]:
        """Run a command of the program beside the server; return its exit code and words."""
        code, said, complained = await run_strata(
            *command, cwd=self._folder, environment=self._environment
        )
        return code, said + complained

    @property
    def pid(self) -> int:
        """The number of the process that was started."""
        assert self._process is not None
        return self._process.pid

    @property
    def memory(self) -> int:
        """The bytes of memory that the process has that was started, which runs still."""
        assert self._process is not None
        assert self._process.returncode is None, "the gateway has ended"
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * getpagesize()

    def said(self) -> str:
        """Return the end of the program's log."""
        return (self._folder / "gateway.log").read_text()[-3000:]

    async def _answers(self, path: str) -> bool:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(self.base_url + path) as reply,
            ):
                return reply.status == 200
        except aiohttp.ClientError:
            return False


async def _end(process: Forked) -> bool:
    if process.returncode is not None:
        return True
    process.terminate()
    try:
        async with asyncio.timeout(10):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

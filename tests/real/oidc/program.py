"""A real identity provider beside the tests: `oidc-provider` on Node.js, installed once."""

import asyncio
import hashlib
import json
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.installed import built_once, cache_directory, run

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json", "provider.mjs")
HINT = "install Node.js 20 or later with npm: `apt-get install nodejs npm`"
ANSWERS_WITHIN_SECONDS = 30


class Provider:
    """A running provider: where it is, and how its keys change."""

    def __init__(self, process: Process, issuer: str) -> None:
        self._process, self.issuer = process, issuer

    async def rotate(self) -> None:
        """Have it sign with a new key from now on; the old one stays in its key set."""
        await _say(self._process, "rotate")
        await _line(self._process)

    async def stop(self) -> None:
        """End it; ended twice is ended once."""
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()


def installed() -> Path:
    """Return the folder that the provider is installed in, or raise `Unavailable`."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()

    def install(folder: Path) -> None:
        for name in FILES:
            shutil.copy(HERE / name, folder)
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts"]
        run(["npm", "ci", *quiet], cwd=folder, hint=HINT)

    return built_once(cache_directory("oidc") / digest[:16], install)


@asynccontextmanager
async def running(
    clients: Sequence[Mapping[str, object]], groups: Mapping[str, Sequence[str]], scopes: str
) -> AsyncIterator[Provider]:
    """Serve these applications, and these people with their groups, while the block runs."""
    folder = installed()
    process = await asyncio.create_subprocess_exec(
        "node", "provider.mjs", cwd=folder, stdin=PIPE, stdout=PIPE, stderr=sys.stderr
    )
    firm = {
        "clients": clients,
        "groups": groups,
        "scopes": scopes.split(),
        "audience": "https://strata.firm.example",
        "cookieSecret": "only for these tests",
    }
    try:
        await _say(process, json.dumps(firm))
        told = json.loads(await _line(process))
        yield Provider(process, told["issuer"])
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _say(process: Process, line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n".encode())
    await process.stdin.drain()


async def _line(process: Process) -> bytes:
    assert process.stdout is not None
    async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
        return await process.stdout.readline()

"""A gateway of little patience in a process of its own, whose memory and files can be watched."""

import asyncio
import os
import resource
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from litestar import MediaType, Response, get
from msgspec import Struct
from msgspec.structs import replace

from gateway import server
from gateway.inbound.stage import Door
from tests.forked import ROOT
from tests.gateway.house import House
from tests.gateway.orders import note_order, orders_api, place_order, read_order

PATIENCE_SECONDS = 1
LARGE = 20_000_000


@get("/orders", opt={"operation": "list"}, sync_to_thread=False)
def many_orders() -> Response[str]:
    """Return far more than a connection holds."""
    return Response("o" * LARGE, media_type=MediaType.TEXT)


class Program(Struct, frozen=True):
    """The running gateway: its port, a token that it takes, and its process."""

    port: int
    token: str
    process: Process

    @property
    def memory(self) -> int:
        """The bytes of memory that it has now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    @property
    def alive(self) -> bool:
        """Whether it is the process that was started."""
        return self.process.returncode is None

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def probe(self) -> float:
        """Call it as anybody would, and return how long it took."""
        began = asyncio.get_running_loop().time()
        url = f"http://127.0.0.1:{self.port}/health"
        async with aiohttp.ClientSession() as session, session.get(url) as reply:
            assert reply.status == 200
            return asyncio.get_running_loop().time() - began


@asynccontextmanager
async def program(folder: Path, files: int = 8_192) -> AsyncIterator[Program]:
    """Run a gateway that may hold so many files until the block ends."""
    command = (sys.executable, "-m", "tests.security.resources.program", str(folder), str(files))
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, cwd=ROOT)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            port, token = (await process.stdout.readline()).decode().split()
        yield Program(int(port), token, process)
    finally:
        process.terminate()
        await process.wait()


def main(folder: str, files: str) -> None:
    """Say where, and serve until told to stop."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(files), int(files)))
    house = House(Path(folder))
    house.governance = replace(house.governance, door=Door(body_seconds=PATIENCE_SECONDS))
    app = house.app(orders_api(handlers=[many_orders, read_order, place_order, note_order]))
    config = server.Config(
        port=0,
        head_seconds=PATIENCE_SECONDS,
        keep_alive_seconds=PATIENCE_SECONDS,
        take_seconds=PATIENCE_SECONDS,
        drain_seconds=1,
    )
    found = server.http_server(app, config, house.governance.health)
    asyncio.run(_serve(found, house.token()))
    os._exit(0)


async def _serve(found: server.GatewayServer, token: str) -> None:
    serving = asyncio.create_task(found.serve())
    while not found.started:
        await asyncio.sleep(0.01)
    [listening] = found.servers
    print(listening.sockets[0].getsockname()[1], token, flush=True)
    await serving


if __name__ == "__main__":
    main(*sys.argv[1:])

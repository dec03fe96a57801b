"""Real receivers of spans, each a program of its own: `oteltap`, and `rotel` with gRPC too."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web
from msgspec import Struct, field

from tests.frozen import freeze
from tests.installed import REPOSITORY, Unavailable, environment, python
from tests.stories.people import until

LOCK = REPOSITORY / "requirements" / "receivers.lock"
HINT = "install them with `pip install --require-hashes -r requirements/receivers.lock`"
STARTED_WITHIN_SECONDS = 30


class Got(Struct, frozen=True, rename="camel"):
    """A span, as `oteltap` writes down what it was sent."""

    trace_id: str
    span_id: str
    name: str
    kind: int
    parent_span_id: str = ""
    attributes: list[dict[str, Any]] = []
    status: dict[str, Any] = field(default_factory=dict)

    def told(self, name: str) -> str | int | None:
        """Return what an attribute says."""
        found = [each["value"] for each in self.attributes if each["key"] == name]
        return next(iter(found[0].values())) if found else None


class Tap(Struct, frozen=True):
    """`oteltap`, which listens for OTLP by HTTP: its address, and what it wrote down."""

    address: str
    log: Path

    def spans(self) -> list[Got]:
        """Return the spans that came."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [msgspec.convert(json.loads(each), Got, strict=False) for each in lines]

    async def come(self, name: str) -> None:
        """Wait until a span of a name has come."""

        async def there() -> bool:
            return any(each.name == name for each in self.spans())

        await until(there, f"a span {name}")


class Receiving(Struct, frozen=True):
    """`rotel`, which hands on what it takes: where it takes it, by either way."""

    by_grpc: str
    by_http: str
    process: asyncio.subprocess.Process

    async def hang(self) -> None:
        """Take connections and say nothing from now on, as a machine that is overrun does."""
        await freeze(self.process.pid)

    async def vanish(self) -> None:
        """Be gone, as after a power cut."""
        self.process.kill()
        await self.process.wait()


def receivers() -> Path:
    """Return the environment that both are in, made from the hashed lock if it is not there."""
    made = environment("receivers", LOCK, HINT)
    if not _agent(made).exists():
        raise Unavailable(f"rotel has no program for this machine; {HINT}")
    return made


@asynccontextmanager
async def tap(folder: Path) -> AsyncIterator[Tap]:
    """Run `oteltap` until the block ends."""
    port = free_port()
    log = folder / "oteltap.log"
    words = [python(receivers()), "-u", "-m", "oteltap", "--port", str(port)]
    async with _running(words, log, port, {}):
        yield Tap(f"http://127.0.0.1:{port}/v1/traces", log)


@asynccontextmanager
async def relay(folder: Path, to: Tap) -> AsyncIterator[Receiving]:
    """Run `rotel` until the block ends, handing on to a tap."""
    grpc, http = free_port(), free_port()
    async with _unpacking(to) as there:
        told = _told(grpc, http, there)
        words = [str(_agent(receivers())), "start"]
        async with _running(words, folder / "rotel.log", grpc, told) as process:
            yield Receiving(
                f"http://127.0.0.1:{grpc}", f"http://127.0.0.1:{http}/v1/traces", process
            )


def _told(grpc: int, http: int, there: str) -> dict[str, str]:
    return {
        "ROTEL_OTLP_GRPC_ENDPOINT": f"127.0.0.1:{grpc}",
        "ROTEL_OTLP_HTTP_ENDPOINT": f"127.0.0.1:{http}",
        "ROTEL_EXPORTER": "otlp",
        "ROTEL_OTLP_EXPORTER_PROTOCOL": "http",
        "ROTEL_OTLP_EXPORTER_ENDPOINT": there,
        "ROTEL_BATCH_TIMEOUT": "50ms",
    }


@asynccontextmanager
async def _unpacking(to: Tap) -> AsyncIterator[str]:
    """Hand on what is packed: rotel packs whatever it is told, and the tap reads no packed body."""

    async def hand_on(request: web.Request) -> web.Response:
        body = await request.read()
        kind = {"content-type": "application/x-protobuf"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(to.address, data=body, headers=kind) as taken,
        ):
            return web.Response(status=taken.status, body=await taken.read())

    app = web.Application()
    app.router.add_post("/v1/traces", hand_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _agent(made: Path) -> Path:
    [found] = (made / "lib").glob("python*/site-packages/rotel/rotel-agent")
    found.chmod(0o755)
    return found


@asynccontextmanager
async def _running(
    words: Sequence[str], log: Path, port: int, told: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *words, cwd=log.parent, stdout=said, stderr=said, env={**os.environ, **told}
        )
        try:
            async with asyncio.timeout(STARTED_WITHIN_SECONDS):
                while not await _listens(port):
                    assert process.returncode is None, _end_of(log)
                    await asyncio.sleep(0.05)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _end_of(log: Path) -> str:
    return log.read_text()[-3000:]


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True

"""A system that misbehaves on the wire, each way at a path of its own, and counts its visitors."""

import asyncio
import gzip
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from observability.metrics import Metrics
from observability.tracing import Tracing
from system_apis.connector import Connection
from system_apis.patience import Patience
from system_apis.upstream import HttpUpstream
from system_apis.wire import open_session

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def _status(line: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {line}", *headers, "Content-Length: 0", "", ""]).encode()


class Misbehaving:
    """A TCP server of its own kind: it answers by path and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.requests: list[bytes] = []
        self.base_url = ""
        self.open = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer every request of one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                await reader.readexactly(length)
                path = head.split(b" ")[1].decode()
                self.asked[path] += 1
                self.requests.append(head)
                if not await self._answer(path, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the visitor has left
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> bool:
        """Answer, and return whether the connection stays open."""
        if path.endswith("/reset"):
            writer.transport.abort()
            return False
        if path.endswith("/once-good-then-reset") and self.asked[path] > 1:
            writer.transport.abort()
            return False
        if path.endswith("/third-time") and self.asked[path] < 3:
            writer.transport.abort()
            return False
        if path.endswith("/hundred-megabytes"):
            return await self._flood(writer)
        if path.endswith(("/slow", "/waits")):
            await self.open.wait()
        writer.write(ANSWERS.get(path.rsplit("/", 1)[1].split("?")[0], OK))
        await writer.drain()
        return not path.endswith("/truncated")

    async def _flood(self, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
        for _ in range(100):
            writer.write(b"x" * 1_048_576)
            await writer.drain()
        return True


_bomb = gzip.compress(b"0" * 50_000_000)
_small = gzip.compress(b'{"fine": true}')
ANSWERS = {
    "503-in-two": _status("503 Away", "Retry-After: 2"),
    "503-by-date": _status("503 Away", "Retry-After: Mon, 02 Nov 2026 12:00:30 GMT"),
    "503-in-a-year": _status("503 Away", "Retry-After: 31536000"),
    "503": _status("503 Away"),
    "429": _status("429 Slow down", "Retry-After: 7"),
    "500": _status("500 Oh"),
    "404": _status("404 No"),
    "401": _status("401 Who"),
    "409": _status("409 Conflict"),
    "redirect": _status("302 Found", "Location: http://127.0.0.1:9/elsewhere"),
    "truncated": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
    "garbage": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>no!",
    "no-http": b"\x00\x01\x02 what is this?\r\n\r\n",
    "cookie": _status("200 OK", "Set-Cookie: session=1; Path=/"),
    "bomb": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_bomb)
    + _bomb,
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_small)
    + _small,
    "bad-gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
}


@pytest.fixture
async def system() -> AsyncIterator[Misbehaving]:
    """Start a misbehaving system on a free port."""
    misbehaving = Misbehaving()
    server = await asyncio.start_server(misbehaving.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    misbehaving.base_url = f"http://127.0.0.1:{port}/erp-a"
    yield misbehaving
    misbehaving.open.set()
    await asyncio.sleep(0)
    server.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Open the shared HTTP client."""
    async with open_session() as shared:
        yield shared


@pytest.fixture
def metrics() -> Metrics:
    """Count for one test alone."""
    return Metrics()


Reach = Callable[..., Awaitable[HttpUpstream]]


@pytest.fixture
def reach(system: Misbehaving, session: aiohttp.ClientSession, metrics: Metrics) -> Reach:
    """Return a function that makes the way out to the misbehaving system."""

    async def made(
        *,
        timeout_ms: int = 2_000,
        concurrency: int = 8,
        base_url: str | None = None,
        **patience: float,
    ) -> HttpUpstream:
        quick = {"first_wait": 0.001, "circuit_failures": 1_000_000, **patience}
        return HttpUpstream(
            Connection(
                base_url=base_url or system.base_url,
                timeout_ms=timeout_ms,
                concurrency=concurrency,
                bearer="canary",
            ),
            "erp",
            "erp-a",
            session,
            metrics,
            Tracing(),
            Patience(**quick),  # type: ignore[arg-type]  # whole numbers among the floats
        )

    return made

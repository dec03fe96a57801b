"""A small HTTP load: connections that each send the next request when the answer is there."""

import asyncio
import os
import time
from collections import Counter
from pathlib import Path
from statistics import quantiles

import httptools
from msgspec import Struct

ANSWERED_WITHIN_SECONDS = 10
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Request(Struct, frozen=True):
    """The bytes that every connection sends, and the body that must come back."""

    sent: bytes
    expected: bytes


class Load(Struct, frozen=True, kw_only=True):
    """What came back. `server_cpu_us` is the server process's CPU time for one request."""

    requests: int
    per_second: float
    server_cpu_us: float
    p50_ms: float
    p99_ms: float
    not_2xx: int
    other_body: int


class _Tally:
    """What the connections of one load have seen."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.over = asyncio.Event()
        self.statuses: Counter[int] = Counter()
        self.took: list[float] = []
        self.other_body = 0


class _Connection(asyncio.Protocol):
    """One connection; httptools calls its `on_` methods."""

    def __init__(self, tally: _Tally) -> None:
        self._tally = tally
        self._parser = httptools.HttpResponseParser(self)
        self._sent_at, self._body = 0.0, b""
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Send the first request."""
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        self._body += body

    def on_message_complete(self) -> None:
        """Note the answer, and send the next request unless it is over."""
        tally = self._tally
        tally.took.append(time.perf_counter() - self._sent_at)
        tally.statuses[self._parser.get_status_code()] += 1
        tally.other_body += self._body != tally.request.expected
        if tally.over.is_set():
            self._transport.close()
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that the connection is gone; before its time, that is an error."""
        if self._tally.over.is_set():
            self.closed.set_result(None)
        else:
            self.closed.set_exception(exc or ConnectionError("the server closed a connection"))

    def _send(self) -> None:
        self._body = b""
        self._sent_at = time.perf_counter()
        self._transport.write(self._tally.request.sent)


async def load(
    port: int, request: Request, *, connections: int, seconds: float, server_pid: int
) -> Load:
    """Send a request again and again for some seconds, and return what came back."""
    tally, loop = _Tally(request), asyncio.get_running_loop()
    cpu, began = cpu_seconds(server_pid), time.perf_counter()
    opened = [
        (await loop.create_connection(lambda: _Connection(tally), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    tally.over.set()
    async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
        await asyncio.gather(*(each.closed for each in opened))
    took, cpu = time.perf_counter() - began, cpu_seconds(server_pid) - cpu
    answers, cuts = len(tally.took), quantiles(tally.took, n=100)
    return Load(
        requests=answers,
        per_second=answers / took,
        server_cpu_us=cpu / answers * 1e6,
        p50_ms=cuts[49] * 1000,
        p99_ms=cuts[98] * 1000,
        not_2xx=sum(many for status, many in tally.statuses.items() if not 200 <= status < 300),
        other_body=tally.other_body,
    )


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, all of its threads together (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND

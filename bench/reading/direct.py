"""In process: the ASGI application called directly, CPU per request, least of many chunks."""

import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from litestar.types import ASGIApp
from msgspec import Struct

from reading.ground import ADDRESS
from reading.sides import SIDES, Made, Side

Headers = list[tuple[bytes, bytes]]
CHUNK = {"store": 200, "memory": 1_000}


class Direct(Struct, frozen=True, kw_only=True):
    """What one side took, called directly."""

    side: str
    register: str
    requests: int
    cpu_us: float
    not_2xx: int
    other_body: int
    counted: dict[str, int]


class Call:
    """One request to an application, as the server would make it, and its answer."""

    def __init__(self, headers: Headers) -> None:
        self._headers = headers
        self.status, self.body = 0, b""

    async def to(self, app: ASGIApp) -> None:
        """Send the request and keep the answer."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 50_000),
            "scheme": "http",
            "method": "GET",
            "root_path": "",
            "path": ADDRESS,
            "raw_path": ADDRESS.encode(),
            "query_string": b"",
            "headers": list(self._headers),
            "state": {},
        }
        await app(scope, self._receive, self._send)  # type: ignore[arg-type]  # a plain dict

    async def _receive(self) -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: dict[str, object]) -> None:
        match message:
            case {"type": "http.response.start", "status": int(status)}:
                self.status = status
            case {"type": "http.response.body", "body": bytes(body)}:
                self.body += body


class _Tally:
    """What one side has done so far."""

    def __init__(self) -> None:
        self.requests = self.not_2xx = self.other_body = 0
        self.least = float("inf")


async def measure_direct(
    data_dir: Path,
    register: str,
    sink: str | None,
    token: str,
    seconds: float,
    *,
    sides: Mapping[str, Made] = SIDES,
) -> list[Direct]:
    """Call every side in turn, chunk after chunk, for some seconds each."""
    headers = request_headers(token)
    async with AsyncExitStack() as parts:
        opened = {
            name: await parts.enter_async_context(made(data_dir, register, sink))
            for name, made in sides.items()
        }
        expected = await _answer(opened["asgi"].app, headers)
        tallies = {name: _Tally() for name in opened}
        until = time.perf_counter() + seconds * len(opened)
        while time.perf_counter() < until:
            for name, side in opened.items():
                await _chunk(side, headers, expected, CHUNK[register], tallies[name])
        return [_told(name, register, opened[name], tally) for name, tally in tallies.items()]


def request_headers(token: str) -> Headers:
    """Return the headers that a client sends."""
    return [
        (b"host", b"127.0.0.1:8000"),
        (b"accept", b"application/json"),
        (b"user-agent", b"strata-bench"),
        (b"authorization", f"Bearer {token}".encode()),
    ]


async def _answer(app: ASGIApp, headers: Headers) -> bytes:
    call = Call(headers)
    await call.to(app)
    return call.body


async def _chunk(side: Side, headers: Headers, expected: bytes, length: int, tally: _Tally) -> None:
    calls = [Call(headers) for _ in range(length)]
    began = time.process_time()
    for call in calls:
        await call.to(side.app)
    tally.least = min(tally.least, (time.process_time() - began) / length)
    tally.requests += length
    tally.not_2xx += sum(not 200 <= call.status < 300 for call in calls)
    tally.other_body += sum(call.body != expected for call in calls)


def _told(name: str, register: str, side: Side, tally: _Tally) -> Direct:
    return Direct(
        side=name,
        register=register,
        requests=tally.requests,
        cpu_us=tally.least * 1e6,
        not_2xx=tally.not_2xx,
        other_body=tally.other_body,
        counted=side.counted(),
    )


def by_side(measured: Sequence[Direct]) -> dict[str, Direct]:
    """Return what was measured by the side's name."""
    return {each.side: each for each in measured}

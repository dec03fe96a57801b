"""Over HTTP: every side served by uvicorn in a process of its own, and loaded in turn."""

import asyncio
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from measuring.children import Child, child, say
from measuring.figures import turned
from measuring.load import Load, Request, load
from msgspec import Struct

from gateway.server import Config, http_server
from observability.health import Health
from reading.direct import request_headers
from reading.ground import ADDRESS
from reading.sides import SIDES

CONNECTIONS = 16
WARM_UP_SECONDS = 0.3


class Task(Struct, frozen=True, kw_only=True):
    """Which side to serve, on which register and data directory; where its spans go."""

    side: str
    register: str
    data_dir: str
    sink: str


class Serving(Struct, frozen=True):
    """Where a side listens."""

    port: int


class Wired(Struct, frozen=True, kw_only=True):
    """What one side did over HTTP, round by round. `requests` has the warm-up too."""

    side: str
    register: str
    rounds: list[Load]
    requests: int
    counted: dict[str, int]


class Rounds(Struct, frozen=True):
    """How many rounds there are, and how long a side's load lasts in each."""

    rounds: int
    seconds: float


async def serve_side(task: Task) -> None:
    """Serve a side until standard input ends, then say what it counted."""
    async with SIDES[task.side](Path(task.data_dir), task.register, task.sink) as made:
        # Named as TCP, since only then does asyncio send small answers without delay.
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen(CONNECTIONS)
            server = http_server(made.app, Config(), Health())
            serving = asyncio.create_task(server.serve([listening]))
            say(Serving(int(listening.getsockname()[1])))
            await asyncio.to_thread(sys.stdin.buffer.read)
            server.should_exit = True
            await serving
        say(made.counted())


async def measure_wired(
    data_dir: Path, register: str, sink: str, token: Callable[[], str], plan: Rounds
) -> list[Wired]:
    """Load the sides in turn, round after round, each answer compared with raw ASGI's."""
    async with AsyncExitStack() as parts:
        children: dict[str, Child] = {}
        for side in SIDES:
            task = Task(side=side, register=register, data_dir=str(data_dir), sink=sink)
            children[side] = await parts.enter_async_context(child("reading", task))
        ports = {side: (await each.said(Serving)).port for side, each in children.items()}
        expected = await _body(ports["asgi"], request_bytes(token()))
        rounds: dict[str, list[Load]] = {side: [] for side in SIDES}
        for number in range(plan.rounds + 1):
            for side in turned(list(SIDES), number):
                rounds[side].append(
                    await load(
                        ports[side],
                        Request(request_bytes(token()), expected),
                        connections=CONNECTIONS,
                        seconds=plan.seconds if number else WARM_UP_SECONDS,
                        server_pid=children[side].pid,
                    )
                )
        return [await _ended(side, register, rounds[side], each) for side, each in children.items()]


async def _ended(side: str, register: str, rounds: list[Load], each: Child) -> Wired:
    each.stop()
    return Wired(
        side=side,
        register=register,
        rounds=rounds[1:],
        requests=sum(one.requests for one in rounds),
        counted=await each.said(dict[str, int]),
    )


async def _body(port: int, request: bytes) -> bytes:
    """Return the body that a server answers with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split()[0]
    body = await reader.readexactly(int(length))
    writer.close()
    await writer.wait_closed()
    return body


def request_bytes(token: str) -> bytes:
    """Return the request as it goes over the wire."""
    headers = b"".join(name + b": " + value + b"\r\n" for name, value in request_headers(token))
    return f"GET {ADDRESS} HTTP/1.1\r\n".encode() + headers + b"\r\n"

"""What watching a read costs over HTTP: its trace, by how many are kept, and its metrics.

Every side is what `strata serve` runs, in a process of its own on a copy of one data directory,
and is asked for the same project by the same connections. The sides are loaded in turn, round
after round, and stand still meanwhile; a ratio pairs a side with the one that neither traces nor
counts, in the same round. A run with a wrong answer, or without a span, is void, and exits 1.
"""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec
import uvloop
from measuring.children import child
from measuring.figures import Spread, paired, short, spread, turned
from measuring.load import Load, Request, load
from msgspec import Struct
from msgspec.structs import replace
from reading.direct import request_headers
from reading.ground import NORTHWIND
from reading.sink import collecting
from served.side import ADDRESS, Task, settings_of

from gateway.firm import load_firm
from gateway.identity import authorization_server
from gateway.people import Wish, holder_of
from gateway.sandbox import sandbox_process

CONNECTIONS, WARM_UP_SECONDS, READY_WITHIN_SECONDS, SETTLED_SECONDS = 16, 0.5, 180, 10
BARE = "neither trace nor metric"
SIDES: dict[str, dict[str, object]] = {
    "100 %": {"kept": 1.0},
    "10 %": {"kept": 0.1},
    "1 %": {"kept": 0.01},
    "0 %": {"kept": 0.0},
    "nowhere to send": {"sink": None},
    "no trace": {"lacks": ("Trace",)},
    "no metric, no line": {"lacks": ("Count", "Own")},
    BARE: {"lacks": ("Trace", "Count", "Own")},
}


class Cost(Struct, frozen=True, kw_only=True):
    """A side's figures over the rounds, and its CPU and speed over those of the barest."""

    side: str
    server_cpu_us: Spread
    per_second: Spread
    p50_ms: Spread
    p99_ms: Spread
    cpu_over_bare: Spread
    speed_over_bare: Spread


class Report(Struct, frozen=True, kw_only=True):
    """What a run found; `void` says why it may not be quoted, if it may not."""

    rounds: int
    seconds: float
    costs: list[Cost]
    spans_sent: int
    void: list[str]


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=7, help="Rounds of all sides.")
@click.option("--seconds", type=float, default=3.0, help="A side's load in a round.")
@click.option("--side", "sides", multiple=True, type=click.Choice(list(SIDES)), help="Only these.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def main(rounds: int, seconds: float, sides: tuple[str, ...], *, as_json: bool) -> None:
    """Show what watching costs over HTTP."""
    chosen = [each for each in SIDES if not sides or each in sides or each == BARE]
    with TemporaryDirectory(prefix="strata-bench-") as folder, collecting() as collector:
        sink = collector.recv()
        measured = uvloop.run(_measured(Path(folder), sink, chosen, rounds, seconds))
        collector.send(None)
        report = _report(measured, rounds, seconds, spans=collector.recv())
    click.echo(msgspec.json.encode(report) if as_json else "\n".join(_table(report)))
    sys.exit(1 if report.void else 0)


async def _measured(
    folder: Path, sink: str, sides: list[str], rounds: int, seconds: float
) -> dict[str, list[Load]]:
    async with AsyncExitStack() as parts:
        sandbox = await parts.enter_async_context(sandbox_process(NORTHWIND, folder / "sandbox"))
        first = Task(data_dir=str(folder / "first"), port=_port(), sandbox_url=sandbox.base_url)
        expected = await _settled(replace(first, rounds_seconds=0.5))
        served: dict[str, tuple[int, Task]] = {}
        for side in sides:
            task = _task(first, folder, sink, side)
            served[side] = await parts.enter_async_context(_served(task)), task
        loads: dict[str, list[Load]] = {side: [] for side in sides}
        for number in range(rounds + 1):
            for side in turned(sides, number):
                length = seconds if number else WARM_UP_SECONDS
                loads[side].append(await _loaded(*served[side], expected, length))
    return {side: each[1:] for side, each in loads.items()}


def _task(first: Task, folder: Path, sink: str, side: str) -> Task:
    """Return the task of a side, on a copy of what the first gateway left."""
    where = folder / str(list(SIDES).index(side))
    shutil.copytree(first.data_dir, where)
    told = {"sink": sink, **SIDES[side]}
    return replace(first, data_dir=str(where), port=_port(), **told)


async def _settled(task: Task) -> bytes:
    """Let a gateway do what the firm's story asks for, and return what it shows of the project."""
    async with _gateway(task) as pid:
        last, since, now = b"", 0.0, asyncio.get_running_loop().time
        async with asyncio.timeout(READY_WITHIN_SECONDS):
            while not (last and now() - since > SETTLED_SECONDS):
                body = await _body(task)
                if body != last:
                    last, since = body, now()
                await asyncio.sleep(0.5)
        os.kill(pid, signal.SIGTERM)
    return last


@asynccontextmanager
async def _served(task: Task) -> AsyncIterator[int]:
    """Serve a side that stands still until it is loaded."""
    async with _gateway(task) as pid:
        async with asyncio.timeout(READY_WITHIN_SECONDS):
            while not await _body(task):  # noqa: ASYNC110  it tells nobody when it is ready
                await asyncio.sleep(0.2)
        os.kill(pid, signal.SIGSTOP)
        yield pid
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def _gateway(task: Task) -> AsyncIterator[int]:
    async with child("served", task) as running:
        yield running.pid


async def _loaded(pid: int, task: Task, expected: bytes, seconds: float) -> Load:
    os.kill(pid, signal.SIGCONT)
    request = Request(_request(task), expected)
    measured = await load(
        task.port, request, connections=CONNECTIONS, seconds=seconds, server_pid=pid
    )
    os.kill(pid, signal.SIGSTOP)
    return measured


async def _body(task: Task) -> bytes:
    """Return what a gateway shows of the project, or nothing as long as it does not."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", task.port)
    except OSError:
        return b""
    writer.write(_request(task))
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    body = await reader.readexactly(length)
    writer.close()
    return body if head.startswith(b"HTTP/1.1 200") else b""


def _request(task: Task) -> bytes:
    """Return the request as it goes over the wire, with a fresh token."""
    firm, settings = load_firm(NORTHWIND), settings_of(task)
    server = authorization_server(settings, firm, Path(task.data_dir) / "keys")
    headers = request_headers(server.issue(holder_of(Wish(who="executive"), firm)))
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return f"GET {ADDRESS} HTTP/1.1\r\n".encode() + lines + b"\r\n"


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _report(
    measured: Mapping[str, list[Load]], rounds: int, seconds: float, *, spans: int
) -> Report:
    wrong = sum(each.not_2xx + each.other_body for one in measured.values() for each in one)
    void = [f"{wrong} requests were not answered well"] if wrong else []
    if "100 %" in measured and not spans:
        void.append("no span came")
    costs = [_cost(side, loads, measured[BARE]) for side, loads in measured.items()]
    return Report(rounds=rounds, seconds=seconds, costs=costs, spans_sent=spans, void=void)


def _cost(side: str, loads: list[Load], bare: list[Load]) -> Cost:
    def of(figure: Callable[[Load], float]) -> Spread:
        return spread(map(figure, loads))

    def over(figure: Callable[[Load], float]) -> Spread:
        return paired([*map(figure, loads)], [*map(figure, bare)])

    return Cost(
        side=side,
        server_cpu_us=of(lambda each: each.server_cpu_us),
        per_second=of(lambda each: each.per_second),
        p50_ms=of(lambda each: each.p50_ms),
        p99_ms=of(lambda each: each.p99_ms),
        cpu_over_bare=over(lambda each: each.server_cpu_us),
        speed_over_bare=over(lambda each: each.per_second),
    )


def _table(report: Report) -> Iterator[str]:
    for each in report.costs:
        yield (
            f"{each.side:25} {short(each.server_cpu_us.median):>6} µs of server CPU, "
            f"{each.cpu_over_bare} of the barest's; {short(each.per_second.median)} requests/s, "
            f"{each.speed_over_bare}; p50 {short(each.p50_ms.median)} ms, "
            f"p99 {short(each.p99_ms.median)} ms"
        )
    yield f"{report.spans_sent} spans came"
    yield from (f"void: {reason}" for reason in report.void)


if __name__ == "__main__":
    main()

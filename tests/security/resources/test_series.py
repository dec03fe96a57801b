"""Strangers and systems do not fill the metrics, whatever they ask for or say (MX-02 to MX-04)."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from litestar.types import ASGIApp, Message, Scope
from litestar.types.asgi_types import HTTPRequestEvent
from msgspec import Struct

from system_apis.connector import Connection, Request
from system_apis.errors import SystemFailure
from system_apis.patience import Patience
from system_apis.upstream import HttpUpstream
from system_apis.wire import open_session
from tests.gateway.house import House
from tests.gateway.orders import orders_api

MOST_GAINED = 200
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "GET\n", "ＧＥＴ")
PATHS = (
    "/{n}/person-{n}",
    "/system/{n}",
    "/system/orders/v{n}/orders",
    "/..\\{n}",
    "/" + "a" * 3000,
)
ODD_HEADS: tuple[list[tuple[bytes, bytes]], ...] = (
    [],
    [(b"user-agent", b"agent-%d"), (b"accept", b"text/%d"), (b"traceparent", b"00-%d")],
    [(b"x_odd_%d", b"1")],
    [(b"content-length", b"-%d")],
    [(b"content-length", b"999999999%d")],
    [(b"content-length", b"7"), (b"content-type", b"text/odd-%d")],
    [(b"big", b"b" * 20_000)],
    [(b"authorization", b"Bearer person-%d"), (b"idempotency-key", b"key-%d")],
)
HOSTS = (b"localhost", b"host-%d", b"h/%d", b"127.0.0.1:%d")
VERSIONS = ("1.0", "1.1", "2", "3")


def asked(number: int) -> dict[str, object]:
    """Return the scope of a request that nobody answers, different every time."""

    def turned(odd: bytes) -> bytes:
        return odd.replace(b"%d", b"%d" % number)

    path = PATHS[number % 5].format(n=number)
    head = ODD_HEADS[number // 7 % 8]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": VERSIONS[number // 11 % 4],
        "method": VERBS[number // 3 % 10],
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"person-%d=%d" % (number, number),
        "headers": [
            (b"host", turned(HOSTS[number // 13 % 4])),
            *((turned(name), turned(value)) for name, value in head),
        ],
        "client": (f"10.0.{number // 256 % 256}.{number % 256}", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


async def be_odd(app: ASGIApp, times: int) -> None:
    """Send so many odd requests."""

    async def receive() -> HTTPRequestEvent:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None:
        return None

    for number in range(times):
        scope: Scope = asked(number)  # type: ignore[assignment]  # the parts that there are
        await app(scope, receive, send)


class _Reading(Struct):
    fine: bool


@asynccontextmanager
async def odd_system() -> AsyncIterator[str]:
    """Run a system that answers with the status, and the reason and the word, that are asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
        number = line.rpartition(b"/")[2]
        body = b'{"word-%s": "odd"}' % number
        writer.write(
            b"HTTP/1.1 %s Reason-%s\r\nx-odd-%s: 1\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%s" % (number, number, number, len(body), body)
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/odd"
    server.close()


async def hear_all(upstream: HttpUpstream, statuses: Iterable[int]) -> None:
    """Ask a system once for each status, and read what it says."""
    for status in statuses:
        request = Request(operation="invoice", method="GET", path=f"/{status}")
        try:
            (await upstream.send(request)).read(_Reading)
        except SystemFailure:
            continue


async def gained(path: Path, times: int) -> tuple[int, bytes]:
    """Return how many series odd words add to those of ordinary work, and the page.

    Ordinary is one address that does not exist, and a system that answers, is away and turns us
    away once.
    """
    house = House(path)
    app, metrics = house.app(orders_api()), house.governance.metrics
    patience = Patience(tries=1, circuit_failures=1_000_000)
    async with odd_system() as base_url, open_session() as session:
        parts = (session, metrics, house.governance.tracing, patience)
        upstream = HttpUpstream(Connection(base_url=base_url), "erp", "erp-a", *parts)
        await be_odd(app, 1)
        await hear_all(upstream, (200, 401, 503))
        before = metrics.render()
        await be_odd(app, times)
        await hear_all(upstream, range(200, 1_000))
    after = metrics.render()
    await house.close()
    return len(_series(after) - _series(before)), after


def _series(page: bytes) -> set[bytes]:
    return {
        line.rpartition(b" # ")[0].rpartition(b" ")[0] or line.rpartition(b" ")[0]
        for line in page.splitlines()
        if not line.startswith(b"#")
    }


async def test_odd_requests_and_answers_add_a_handful_of_series(tmp_path: Path) -> None:
    """Every one has other words, and a system says every status that there could be."""
    found, page = await gained(tmp_path, 4_000)

    assert 0 < found <= MOST_GAINED
    for word in (b"person-", b"agent-", b"BREW", b"host-", b"odd", b'status="799"'):
        assert word not in page


@pytest.mark.soak
async def test_very_many_odd_requests_add_no_more(tmp_path: Path) -> None:
    """What fifty times as many add is the same handful."""
    found, _ = await gained(tmp_path, 200_000)

    assert 0 < found <= MOST_GAINED

"""Of what a caller sends along its trace, a system hears no more than belongs there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from system_apis.canonical.record import Id
from system_apis.connector import Connection, Request
from system_apis.upstream import HttpUpstream
from system_apis.wire import open_session
from tests.gateway.house import Caller, House, running
from tests.gateway.orders import KNOWN_ID, ORDER_OPERATIONS, orders_api

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
NOTED = "rojo=00f067aa0ba902b7,tenant@vendor=t61rcWkgMzE"


class Passed(Struct):
    """What was read of a system."""

    fine: bool


class Site(Struct):
    """Somebody who calls, and the heads of the requests that reached the system."""

    caller: Caller
    heads: list[dict[str, str]]

    async def passes(self, **headers: str) -> dict[str, str]:
        """Return what the system hears of a caller's headers."""
        sent = {"traceparent": PARENT, **headers}
        answer = await self.caller.send("GET", f"/system/orders/v1/orders/{KNOWN_ID}", headers=sent)
        assert answer.status == 200
        return self.heads.pop()


@get("/orders/{order_id:str}", opt={"operation": "read"})
async def read_through(upstream: NamedDependency[HttpUpstream], order_id: FromPath[Id]) -> Passed:
    """Return what a system says of an order."""
    request = Request(operation="order", method="GET", path=f"/{order_id}")
    return (await upstream.send(request)).read(Passed)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A gateway whose one operation asks a system."""
    heads: list[dict[str, str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = (each.split(": ", 1) for each in head.split("\r\n")[1:] if each)
        heads.append({name.lower(): value for name, value in lines})
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n")
        writer.write(b'{"fine":true}')
        await writer.drain()
        writer.close()

    system = await asyncio.start_server(serve, "127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{system.sockets[0].getsockname()[1]}/orders"
    house = House(tmp_path)
    told = house.governance.metrics, house.governance.tracing
    async with open_session() as session:
        house.more["upstream"] = HttpUpstream(
            Connection(base_url=base_url), "erp", "erp-a", session, *told
        )
        operations = {"read": ORDER_OPERATIONS["read"]}
        api = orders_api(handlers=[read_through], operations=operations)
        async with running(house.app(api), house) as caller:
            yield Site(caller, heads)
    system.close()
    await house.close()


async def test_what_may_be_anything_stays_outside(site: Site) -> None:
    """Baggage carries any words of anybody; no system hears them."""
    heard = await site.passes(baggage="client=Example%20Health,token=secret")

    assert heard["traceparent"].split("-")[1] == TRACE
    assert "baggage" not in heard
    assert not [value for value in heard.values() if "secret" in value]


async def test_what_others_noted_along_the_trace_is_carried_on(site: Site) -> None:
    """A system that takes part in the caller's tracing finds its place in it."""
    heard = await site.passes(tracestate=NOTED)

    assert heard["tracestate"] == NOTED


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(f"a={'x' * 255},b={'x' * 255}", id="longer than 512"),
        pytest.param(",".join(f"k{n}=1" for n in range(33)), id="more than 32"),
        pytest.param("UPPER=1", id="no key"),
        pytest.param("a=1,a=2", id="twice the same"),
        pytest.param("just words", id="no pairs"),
    ],
)
async def test_too_much_or_nonsense_beside_the_trace_is_dropped_whole(
    site: Site, state: str
) -> None:
    """The request is answered and its trace goes on, without what was noted along it."""
    heard = await site.passes(tracestate=state)

    assert heard["traceparent"].split("-")[1] == TRACE
    assert "tracestate" not in heard


async def test_notes_without_a_trace_are_dropped(site: Site) -> None:
    """They belong to a trace that nobody can name."""
    heard = await site.passes(traceparent="00-nonsense", tracestate=NOTED)

    assert heard["traceparent"].split("-")[1] != TRACE
    assert "tracestate" not in heard

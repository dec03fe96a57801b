"""The storyteller over HTTP: it waits where it is told to, and says what went wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from msgspec import Struct

from gateway.demo.visitor import Unexpected, Visitor
from system_apis.canonical.record import Page

Answer = Callable[[web.Request], Awaitable[web.Response]]


class Told(Struct, frozen=True):
    """What the address says."""

    number: int


@asynccontextmanager
async def visiting(answer: Answer) -> AsyncIterator[Visitor]:
    """Visit an address that answers so."""
    app = web.Application()
    app.router.add_get("/told", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Visitor(f"http://127.0.0.1:{runner.addresses[0][1]}", session, lambda who: who)
    finally:
        await runner.cleanup()


async def test_who_calls_too_often_waits_and_calls_again() -> None:
    """A firm with many projects is asked about more than a minute allows."""
    calls = []

    async def answer(request: web.Request) -> web.Response:
        calls.append(request.path)
        if len(calls) < 3:
            return web.Response(status=429, headers={"Retry-After": "0"})
        return web.json_response({"number": 7})

    async with visiting(answer) as visitor:
        told = await visitor.get("finance", "/told", Told)

    assert (told.number, len(calls)) == (7, 3)


async def test_every_page_is_read() -> None:
    """The cursor of a page asks for the next, whatever is in it."""

    async def answer(request: web.Request) -> web.Response:
        cursor = request.query.get("cursor")
        return web.json_response(
            {"items": [{"number": 2}]}
            if cursor == "a&b"
            else {"items": [{"number": 1}], "next_cursor": "a&b"}
        )

    async with visiting(answer) as visitor:
        found = await visitor.every("finance", "/told?of=x", Page[Told])

    assert [each.number for each in found] == [1, 2]


async def test_an_answer_that_is_not_foreseen_is_told_whole() -> None:
    """With its status and what it says."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=403, text="not you")

    async with visiting(answer) as visitor:
        with pytest.raises(Unexpected, match="GET /told: HTTP 403 not you"):
            await visitor.get("finance", "/told", Told)

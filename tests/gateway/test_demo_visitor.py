"""The demo's visitor, at a gateway that is not always there."""

import aiohttp
from aiohttp import web

from gateway.demo.visitor import Visitor


async def test_a_visitor_repeats_a_write_under_its_key_for_as_long_as_it_is_told_to() -> None:
    """Twice the answer is lost; the third one is read."""
    keys = []

    async def answer(request: web.Request) -> web.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) < 3:
            return web.json_response({}, status=503, headers={"Retry-After": "0"})
        return web.json_response({"booked": "once"}, status=201)

    app = web.Application()
    app.router.add_post("/payments", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession() as session:
        visitor = Visitor(f"http://{host}:{port}", session, lambda who: who)
        told = await visitor.send("finance", "POST", "/payments", {}, dict[str, str], key="p-1")
    await runner.cleanup()

    assert told == {"booked": "once"}
    assert keys == ["p-1"] * 3

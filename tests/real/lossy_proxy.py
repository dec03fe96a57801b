"""A line between a gateway and a system that loses the answers of some calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from yarl import URL

HOP_BY_HOP = {"host", "connection", "content-length", "transfer-encoding", "content-encoding"}


class LossyProxy:
    """Passes every call on; the first ones of the writes that it shall lose get no answer."""

    def __init__(self, target: str, loses: dict[str, int]) -> None:
        """Lose so many answers of POST requests to each path."""
        self._target, self._left = target, dict(loses)
        self.lost: list[int] = []
        self.answered: list[str] = []
        self.base_url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["LossyProxy"]:
        """Serve on a free port of this machine until the block ends."""
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}"
        async with aiohttp.ClientSession() as self._session:
            try:
                yield self
            finally:
                await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP}
        async with self._session.request(
            request.method,
            URL(self._target + request.raw_path, encoded=True),
            headers=headers,
            data=await request.read(),
        ) as reply:
            body = await reply.read()
        if request.method == "POST" and self._left.get(request.path, 0) > 0:
            self._left[request.path] -= 1
            self.lost.append(reply.status)
            assert request.transport is not None
            request.transport.abort()
        else:
            self.answered.append(f"{request.method} {request.path}")
        kept = {k: v for k, v in reply.headers.items() if k.lower() not in HOP_BY_HOP}
        return web.Response(status=reply.status, body=body, headers=kept)

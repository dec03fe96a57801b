"""A line between a gateway and a system on which the answers of some writes get lost."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum

import aiohttp
from aiohttp import web
from multidict import CIMultiDictProxy
from yarl import URL

HOP_BY_HOP = {"host", "connection", "content-length", "transfer-encoding", "content-encoding"}
LATE_SECONDS = 1.0


class Loss(StrEnum):
    """How an answer gets lost: after the write, or before a write that happens all the same."""

    ANSWER = "answer"
    LATE_COMMIT = "late commit"


class LossyProxy:
    """Passes every call on; `losses` are those of the first POST requests to each path.

    None among them is a request whose answer arrives.
    """

    def __init__(self, target: str, losses: Mapping[str, Sequence[Loss | None]]) -> None:
        self._target = target
        self._losses = {path: list(planned) for path, planned in losses.items()}
        self.unheard: list[int] = []
        self.heard: list[str] = []
        self.base_url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["LossyProxy"]:
        """Serve on a free port of this machine until the block ends."""
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}"
        async with aiohttp.ClientSession() as self._session:
            try:
                yield self
            finally:
                await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        planned = self._losses.get(request.path) if request.method == "POST" else None
        loss = planned.pop(0) if planned else None
        body = await request.read()
        if loss is Loss.LATE_COMMIT:
            _hang_up(request)
            await asyncio.sleep(LATE_SECONDS)
        answer = await self._asked(request, body)
        if loss is None:
            self.heard.append(f"{request.method} {request.path}")
        else:
            self.unheard.append(answer.status)
            _hang_up(request)
        return answer

    async def _asked(self, request: web.Request, body: bytes) -> web.Response:
        async with self._session.request(
            request.method,
            URL(self._target + request.raw_path, encoded=True),
            headers=_end_to_end(request.headers),
            data=body,
        ) as reply:
            answer = await reply.read()
            headers = _end_to_end(reply.headers)
            return web.Response(status=reply.status, body=answer, headers=headers)


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _end_to_end(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}

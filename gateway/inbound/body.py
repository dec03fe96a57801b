"""The body of a request on its way in: so much, so long, and no more."""

import asyncio

from litestar.types import Receive
from litestar.types.asgi_types import HTTPReceiveMessage

from gateway.inbound.stage import Door
from gateway.problem_types import Slug
from gateway.problems import Refusal

CLOSE = {"connection": "close"}


class BoundedBody:
    """A `receive` that refuses a body that is too large, too slow, or cut off."""

    __slots__ = ("_complete", "_deadline", "_door", "_receive", "_size")

    def __init__(self, receive: Receive, door: Door) -> None:
        self._receive, self._door = receive, door
        self._deadline = asyncio.get_running_loop().time() + door.body_seconds
        self._size, self._complete = 0, False

    async def __call__(self) -> HTTPReceiveMessage:
        """Return the next part of the body."""
        if self._complete:
            return await self._next()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._next()
        except TimeoutError:
            raise Refusal(Slug.TOO_SLOW, headers=CLOSE) from None
        if message["type"] == "http.disconnect":
            raise Refusal(Slug.BAD_REQUEST, "The body ended before it was complete.")
        self._size += len(message.get("body", b""))
        if self._size > self._door.body_bytes:
            raise Refusal(Slug.TOO_LARGE, headers=CLOSE)
        self._complete = not message.get("more_body", False)
        return message

    async def _next(self) -> HTTPReceiveMessage:
        message = await self._receive()
        if message["type"] in {"http.request", "http.disconnect"}:
            return message
        raise Refusal(Slug.BAD_REQUEST)


class KnownBody:
    """A `receive` that gives a body that was read before, then what comes after it."""

    __slots__ = ("_body", "_receive")

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> HTTPReceiveMessage:
        """Return the body, once."""
        if self._body is None:
            return await self._receive()  # type: ignore[return-value]  # its union has WebSocket
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


async def read_body(receive: Receive) -> bytes:
    """Return the whole body."""
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(Slug.BAD_REQUEST, "The body ended before it was complete.")
        parts.append(message["body"])
        if not message["more_body"]:
            return b"".join(parts)

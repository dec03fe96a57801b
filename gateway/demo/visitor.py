"""A visitor of the gateway: the firm's people, each with a token of their own, over HTTP only."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import quote

import aiohttp
import msgspec

from system_apis.canonical.record import Page

T = TypeVar("T")
Tell = Callable[[str], None]
PATIENCE_SECONDS = 180
REPEATS = 60
TOO_MANY = 429


class Unexpected(Exception):
    """The gateway answered what the story does not foresee; the text has its problem document."""


class Visitor:
    """Calls the gateway's APIs as whoever the story has act; waits where it calls too often."""

    def __init__(
        self, base_url: str, session: aiohttp.ClientSession, token_of: Callable[[str], str]
    ) -> None:
        self._base_url, self._session, self._token_of = base_url, session, token_of

    async def get(self, who: str, path: str, into: type[T]) -> T:
        """Return what a person reads at an address."""
        return await self.send(who, "GET", path, None, into)

    async def text(self, who: str, path: str) -> str:
        """Return the plain text that a person reads at an address."""
        async with self._session.get(self._base_url + path, headers=self._as(who)) as reply:
            said = await reply.text()
            if reply.status >= 300:
                raise Unexpected(f"GET {path}: HTTP {reply.status} {said}")
            return said

    async def every(self, who: str, path: str, into: type[Page[T]]) -> list[T]:
        """Return all that a person reads at an address, page after page."""
        found: list[T] = []
        cursor = ""
        while True:
            page = await self.get(who, path + cursor, into)
            found += page.items
            if page.next_cursor is None:
                return found
            cursor = f"{'&' if '?' in path else '?'}cursor={quote(page.next_cursor)}"

    async def send(
        self, who: str, method: str, path: str, body: object, into: type[T], *, key: str = ""
    ) -> T:
        """Return what a person gets for what they send; a write takes an idempotency key.

        A write that the gateway says to repeat under its key is repeated.
        """
        headers = self._as(who)
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        said = None if body is None else msgspec.json.encode(body)
        for _ in range(REPEATS):
            async with self._session.request(
                method, self._base_url + path, data=said, headers=headers
            ) as reply:
                pause = reply.headers.get("Retry-After")
                if pause is None or not (key or reply.status == TOO_MANY):
                    return await _read(reply, into)
            await asyncio.sleep(float(pause))
        raise Unexpected(f"{method} {path}: {REPEATS} times told to repeat it")

    def _as(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token_of(who)}"}


async def _read(reply: aiohttp.ClientResponse, into: type[T]) -> T:
    body = await reply.read()
    if reply.status >= 300:
        text = body.decode(errors="replace")
        raise Unexpected(f"{reply.method} {reply.url.path}: HTTP {reply.status} {text}")
    return msgspec.json.decode(body, type=into)


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until something holds, or raise `Unexpected` that says what did not come about."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await holds():  # noqa: ASYNC110  # over HTTP one can only ask again
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Unexpected(f"{what}: not within {PATIENCE_SECONDS} s") from None

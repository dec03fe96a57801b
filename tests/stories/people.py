"""The firm's people, who know the gateway by its HTTP addresses only."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from gateway.firm import Firm, load_firm
from gateway.identity import authorization_server
from gateway.people import Wish, holder_of
from gateway.settings import Settings

T = TypeVar("T")
PATIENCE_SECONDS = 90.0


class Answer(Struct, frozen=True):
    """What the gateway answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def read(self, into: type[T]) -> T:
        """Return the body of a success."""
        assert self.status < 300, f"HTTP {self.status} {self.body.decode(errors='replace')}"
        return msgspec.json.decode(self.body, type=into)


class NotInTime(AssertionError):
    """What a story waited for did not come about."""


class People:
    """Calls the gateway as whoever is named: a role, a person's id or `integrator`."""

    def __init__(
        self, base_url: str, data_dir: Path, firm_dir: Path, session: aiohttp.ClientSession
    ) -> None:
        self.firm: Firm = load_firm(firm_dir)
        self.base_url, self._session = base_url, session
        settings = Settings(public_url=base_url, firm=str(firm_dir))
        self._server = authorization_server(settings, self.firm, data_dir / "keys")

    def token_of(self, who: str, entity: str | None = None) -> str:
        """Return what whoever is named shows at the door."""
        return self._server.issue(holder_of(Wish(who=who, entity=entity), self.firm))

    async def call(
        self,
        who: str,
        method: str,
        path: str,
        body: object = None,
        *,
        entity: str | None = None,
        **headers: str,
    ) -> Answer:
        """Return whatever a person is answered; a header's `_` is a hyphen."""
        token = self.token_of(who, entity)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        async with self._session.request(
            method,
            self.base_url + path,
            data=None if body is None else msgspec.json.encode(body),
            headers=sent,
        ) as reply:
            return Answer(reply.status, dict(reply.headers), await reply.read())

    async def read(self, who: str, path: str, into: type[T]) -> T:
        """Return what a person reads at an address."""
        return (await self.call(who, "GET", path)).read(into)


async def until(look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Look again and again, ever less often, and return the first thing that is there."""
    began, pause = time.monotonic(), 0.05
    while time.monotonic() - began < PATIENCE_SECONDS:
        seen = await look()
        if seen:
            return seen
        await asyncio.sleep(pause)
        pause = min(pause * 1.1, 0.4)
    raise NotInTime(f"{what}: not within {PATIENCE_SECONDS} s")

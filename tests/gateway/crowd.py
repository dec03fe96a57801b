"""Clients that ask a gateway without a pause, and remember what came of each request and when."""

import asyncio
import time
from collections.abc import Callable
from itertools import count

import aiohttp
from msgspec import Struct

READ, WRITE = "/governance/v1/budgets", "/system/psa/v1/tasks"
PLANS = """
[rate_limits.plans."/governance/v1"]
limit = "1000000/minute"
[rate_limits.plans."/system/psa/v1"]
limit = "1000000/minute"
"""


class Asked(Struct, frozen=True, kw_only=True):
    """One request: its key if it writes, when it was sent, when it ended, and how.

    Without a status nobody answered; it is `lost` unless nobody took the connection either.
    """

    key: str | None
    sent: float
    ended: float
    status: int | None = None
    replayed: bool = False
    body: str = ""
    lost: bool = False


class Crowd:
    """So many clients, of whose requests every fourth writes something new down."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url, self._numbers = base_url, count(1)
        self._headers = {"authorization": f"Bearer {token}"}
        self.asked: list[Asked] = []

    async def ask_while(self, goes_on: Callable[[], bool], *, clients: int) -> None:
        """Ask until it is enough; a client whom nobody answers comes no more."""
        connector = aiohttp.TCPConnector(limit=clients)
        async with aiohttp.ClientSession(headers=self._headers, connector=connector) as session:
            session._retry_connection = False  # what is lost is seen, and not asked again
            await asyncio.gather(*(self._client(session, goes_on) for _ in range(clients)))

    async def repeat(self, keys: list[str]) -> list[Asked]:
        """Write the same under the same keys, a few at a time."""
        found: list[Asked] = []
        waiting = iter(keys)
        async with aiohttp.ClientSession(headers=self._headers) as session:

            async def one() -> None:
                for key in waiting:
                    found.append(await self._write(session, key))

            await asyncio.gather(*(one() for _ in range(8)))
        return found

    async def _client(self, session: aiohttp.ClientSession, goes_on: Callable[[], bool]) -> None:
        while goes_on():
            number = next(self._numbers)
            writes = number % 4 == 0
            one = await (self._write(session, f"w-{number}") if writes else self._read(session))
            self.asked.append(one)
            if one.status is None:
                return

    async def _read(self, session: aiohttp.ClientSession) -> Asked:
        return await self._timed(session, "GET", READ, None)

    async def _write(self, session: aiohttp.ClientSession, key: str) -> Asked:
        return await self._timed(session, "POST", WRITE, key)

    async def _timed(
        self, session: aiohttp.ClientSession, method: str, path: str, key: str | None
    ) -> Asked:
        sent = time.monotonic()
        body = _task(key) if key else None
        headers = {"idempotency-key": key} if key else {}
        try:
            async with session.request(
                method, self._base_url + path, json=body, headers=headers
            ) as answer:
                text = await answer.text()
        except aiohttp.ClientError as error:
            lost = not isinstance(error, aiohttp.ClientConnectorError)
            return Asked(key=key, sent=sent, ended=time.monotonic(), lost=lost)
        return Asked(
            key=key,
            sent=sent,
            ended=time.monotonic(),
            status=answer.status,
            replayed="idempotency-replayed" in answer.headers,
            body=text,
        )


def _task(key: str) -> dict[str, str]:
    return {
        "project_number": "P-1001",
        "legal_entity": "NWA-US",
        "name": f"task {key}",
        "owner": "sales_operations",
        "due": "2026-10-29",
    }

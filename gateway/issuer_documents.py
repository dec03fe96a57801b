"""The documents of identity providers, fetched so that no address can lead us astray.

They go the guarded way out: never into the firm's own network, unless the settings name the host.
An answer is read no further than a key set may be long.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from governance.identity_providers.discovery import Unreachable
from governance.issuers import MAX_KEY_SET_BYTES, UnsafeKeySet
from governance.within import Within
from system_apis.egress import Guard, GuardedResolver, UnsafeAddress, guarded_session

TIMEOUT = aiohttp.ClientTimeout(total=4)
_guard: ContextVar[Guard | None] = ContextVar("guard", default=None)


class Documents:
    """What fetches; in the sandbox also without encryption, and from any port."""

    def __init__(self, session: aiohttp.ClientSession, *, plain: bool) -> None:
        self._session, self._plain = session, plain

    async def fetch(self, address: str, internal_hosts: tuple[str, ...]) -> bytes:
        """Return a document, or raise `Unreachable`, or `UnsafeKeySet` for a place to shun."""
        guard = Guard(internal_hosts=frozenset(internal_hosts), plain=self._plain, loopback=True)
        try:
            with Within(_guard, guard):
                document = await self._read(guard.url(address))
        except UnsafeAddress as error:
            raise UnsafeKeySet(str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{address} cannot be reached: {type(error).__name__}") from error
        if len(document) > MAX_KEY_SET_BYTES:
            raise UnsafeKeySet(f"{address} is larger than {MAX_KEY_SET_BYTES} bytes")
        return document

    async def _read(self, url: URL) -> bytes:
        asked_for = {"accept": "application/json"}
        async with self._session.get(url, headers=asked_for, allow_redirects=False) as answer:
            if answer.status != 200:
                raise Unreachable(f"{url} answered {answer.status}")
            document = b""
            while len(document) <= MAX_KEY_SET_BYTES and not answer.content.at_eof():
                document += await answer.content.read(MAX_KEY_SET_BYTES + 1)
            return document


@asynccontextmanager
async def open_documents(
    *, plain: bool, resolver: AbstractResolver | None = None
) -> AsyncIterator[Documents]:
    """Return what fetches documents while the block runs."""
    guarded = GuardedResolver(resolver or ThreadedResolver(), lambda: _guard.get() or Guard())
    async with guarded_session(guarded, TIMEOUT) as session:
        yield Documents(session, plain=plain)

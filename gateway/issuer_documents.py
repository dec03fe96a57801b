"""The documents of identity providers, fetched so that no address can lead us astray.

A host is resolved once, and the connection goes to an address that was looked at: never into the
firm's own network, unless the settings name the host. No redirect is followed, nothing of the
environment is used, and an answer is read no further than a key set may be long.
"""

import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from governance.identity_providers.discovery import Unreachable
from governance.issuers import MAX_KEY_SET_BYTES, UnsafeKeySet

TIMEOUT = aiohttp.ClientTimeout(total=4)
PORTS = frozenset({443, 8443})
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Addresses that have an IPv4 address inside, with the number of bits behind it.
_WRAPPING = {
    ipaddress.IPv6Network("::ffff:0:0/96"): 0,
    ipaddress.IPv6Network("::/96"): 0,
    ipaddress.IPv6Network("64:ff9b::/96"): 0,
    ipaddress.IPv6Network("2002::/16"): 80,
}
_NAT64_OF_THE_FIRM = ipaddress.IPv6Network("64:ff9b:1::/48")
_internal: ContextVar[tuple[str, ...]] = ContextVar("internal", default=())


class _InsideAddress(Exception):
    """A host that lies where no document of an issuer is fetched from."""


class Documents:
    """What fetches; in the sandbox also without encryption, and from any port."""

    def __init__(self, session: aiohttp.ClientSession, *, plain: bool) -> None:
        self._session, self._plain = session, plain

    async def fetch(self, address: str, internal_hosts: tuple[str, ...]) -> bytes:
        """Return a document, or raise `Unreachable`, or `UnsafeKeySet` for a place to shun."""
        url = _safe(address, internal_hosts, plain=self._plain)
        allowed = _internal.set(internal_hosts)
        try:
            document = await self._read(url)
        except _InsideAddress as error:
            raise UnsafeKeySet(str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{url} cannot be reached: {type(error).__name__}") from error
        finally:
            _internal.reset(allowed)
        if len(document) > MAX_KEY_SET_BYTES:
            raise UnsafeKeySet(f"{url} is larger than {MAX_KEY_SET_BYTES} bytes")
        return document

    async def _read(self, url: URL) -> bytes:
        async with self._session.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise Unreachable(f"{url} answered {answer.status}")
            document = b""
            while len(document) <= MAX_KEY_SET_BYTES and not answer.content.at_eof():
                document += await answer.content.read(MAX_KEY_SET_BYTES + 1)
            return document


class _Watched(AbstractResolver):
    """Resolves a host, and refuses it when any of its addresses is not of the public network."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses that will be connected to, or raise `_InsideAddress`."""
        found = await self._resolver.resolve(host, port, family)
        if host not in _internal.get():
            for each in found:
                _check(host, each["host"])
        return found

    async def close(self) -> None:
        """Close what resolves."""
        await self._resolver.close()


@asynccontextmanager
async def open_documents(
    *, plain: bool, resolver: AbstractResolver | None = None
) -> AsyncIterator[Documents]:
    """Return what fetches documents while the block runs."""
    watched = _Watched(resolver or ThreadedResolver())
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(resolver=watched, use_dns_cache=False, force_close=True),
        headers={"accept": "application/json", "accept-encoding": "identity"},
        auto_decompress=False,
        timeout=TIMEOUT,
        trust_env=False,
    ) as session:
        yield Documents(session, plain=plain)


def is_public(address: Address) -> bool:
    """Whether an address, and the one that it may have inside, is of the public network."""
    if isinstance(address, ipaddress.IPv6Address):
        for network, behind in _WRAPPING.items():
            if address in network:
                return is_public(ipaddress.IPv4Address((int(address) >> behind) & 0xFFFFFFFF))
        if address in _NAT64_OF_THE_FIRM or address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _safe(address: str, internal_hosts: tuple[str, ...], *, plain: bool) -> URL:
    """Return an address that may be called, as far as its text tells."""
    if any(ord(letter) <= 32 or ord(letter) > 126 or letter == "\\" for letter in address):
        raise UnsafeKeySet("an address has no blanks, no backslashes and only ASCII")
    try:
        url = URL(address)
        host, port = url.host or "", url.port
    except ValueError as error:
        raise UnsafeKeySet(f"{address} is no address") from error
    if url.scheme != "https" and not (plain and url.scheme == "http"):
        raise UnsafeKeySet(f"{address} is not https")
    if not host or url.user is not None or url.password is not None or url.fragment:
        raise UnsafeKeySet(f"{address} has a user or a fragment")
    if host in internal_hosts:
        return url
    if port not in PORTS:
        raise UnsafeKeySet(f"{address} has another port than those of https")
    _check_literal(host)
    return url


def _check_literal(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    try:
        _check(host, host)
    except _InsideAddress as error:
        raise UnsafeKeySet(str(error)) from error


def _check(host: str, address: str) -> None:
    if not is_public(ipaddress.ip_address(address.partition("%")[0])):
        raise _InsideAddress(
            f"{host} lies in a network that is not public: name it in internal_hosts if it may"
        )

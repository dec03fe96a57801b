"""The way out to an address that somebody else chose: a subscriber, a reply, an identity provider.

An address is judged by its text, then by where its host leads. A host is resolved once, and the
connection goes to an address that was looked at: one of the public network, unless the settings
name the host. No redirect is followed and nothing of the environment is used.
"""

import ipaddress
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from msgspec import Struct
from yarl import URL

from system_apis.wire import pause_asked_for

PORTS = frozenset({443, 8443})
LONGEST_ADDRESS = 2000
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Addresses that have an IPv4 address inside, with the number of bits behind it.
_WRAPPING = {
    ipaddress.IPv6Network("::ffff:0:0/96"): 0,
    ipaddress.IPv6Network("::/96"): 0,
    ipaddress.IPv6Network("64:ff9b::/96"): 0,
    ipaddress.IPv6Network("2002::/16"): 80,
}
_NAT64_OF_THE_FIRM = ipaddress.IPv6Network("64:ff9b:1::/48")
# What a cloud answers its own machines at, though it is said to be public.
_OF_CLOUDS = frozenset({ipaddress.ip_address("168.63.129.16")})
# Which name, with whatever is before it, is this machine itself (RFC 6761, 6.3).
_THIS_MACHINE = "localhost"
# A last label that a resolver may take for a part of an IPv4 address.
_NUMBER = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)\Z")


class UnsafeAddress(Exception):
    """An address that is not called; the text says why, and what would be."""


class NoAnswer(Exception):
    """Nobody answered: the text says which kind of failure it was, and nothing of what was sent."""


class Answered(Struct, frozen=True):
    """The status that came back, and for how long it asks not to be called."""

    status: int
    pause: timedelta


class Guard(Struct, frozen=True, kw_only=True):
    """What may be called: `plain` also without encryption, `loopback` also this machine itself.

    Hosts of the firm's own network are named in `internal_hosts`, and may have any port.
    """

    internal_hosts: frozenset[str] = frozenset()
    ports: frozenset[int] = PORTS
    plain: bool = False
    loopback: bool = False

    def url(self, address: str) -> URL:
        """Return an address that may be called as far as its text tells, or raise."""
        if len(address) > LONGEST_ADDRESS:
            raise UnsafeAddress(f"an address has at most {LONGEST_ADDRESS} characters")
        if any(ord(letter) <= 32 or ord(letter) > 126 or letter == "\\" for letter in address):
            raise UnsafeAddress("an address has no blanks, no backslashes and only ASCII")
        try:
            url = URL(address)
            host, port = url.host or "", url.port
        except ValueError as error:
            raise UnsafeAddress("this is no address: write https://, a host and a path") from error
        if url.scheme != "https" and not (self.plain and url.scheme == "http"):
            raise UnsafeAddress("only https is called: begin with https://")
        # What is told of an address may be kept, and its user part is a secret.
        authority = re.split(r"[/?#]", address.partition("://")[2])[0]
        if not host or "@" in authority or "#" in address:
            raise UnsafeAddress("name a host, and leave out user, password and fragment")
        if host not in self.internal_hosts and port not in self.ports:
            ports = " and ".join(str(each) for each in sorted(self.ports))
            raise UnsafeAddress(f"port {port} is not called: the ports are {ports}")
        self._check_literal(host)
        return url

    def check(self, host: str, address: str) -> None:
        """Raise `UnsafeAddress` when a host leads to an address that is not called."""
        found = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
        if found.is_loopback:
            allowed = self.loopback and host in self.internal_hosts
        elif is_public(found):
            allowed = True
        else:
            allowed = host in self.internal_hosts and not _is_nobody(found)
        if not allowed:
            raise UnsafeAddress(
                f"{host} lies in a network that is not public: name another, or have the operator "
                "name it in egress.internal_hosts"
            )

    def _check_literal(self, host: str) -> None:
        """Judge a host that is an address itself, which no resolver is asked about."""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            if host.endswith(".") or "%" in host or _NUMBER.match(host.rpartition(".")[2]):
                raise UnsafeAddress(f"{host} is not the name of a host: write it out") from None
            if host.rpartition(".")[2] == _THIS_MACHINE:
                self.check(host, "127.0.0.1")
        else:
            self.check(host, host)


class GuardedResolver(AbstractResolver):
    """Resolves a host, and refuses it when any of its addresses is not one that may be called."""

    def __init__(self, resolver: AbstractResolver, guard: Callable[[], Guard]) -> None:
        self._resolver, self._guard = resolver, guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses that will be connected to, or raise `UnsafeAddress`."""
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            self._guard().check(host, each["host"])
        return found

    async def close(self) -> None:
        """Close what resolves."""
        await self._resolver.close()


class WayOut:
    """Sends to addresses that others chose, guarded."""

    def __init__(
        self, session: aiohttp.ClientSession, guard: Guard, wall: Callable[[], datetime]
    ) -> None:
        self._session, self.guard, self._wall = session, guard, wall

    async def post(self, address: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Return what a receiver answered, whatever it was; its body is not read.

        Raises `UnsafeAddress` or `NoAnswer`.
        """
        url = self.guard.url(address)
        try:
            async with self._session.post(
                url, headers=headers, data=body, allow_redirects=False
            ) as answer:
                return Answered(answer.status, pause_asked_for(answer.headers, self._wall()))
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswer(type(error).__name__) from error


@asynccontextmanager
async def open_way_out(
    guard: Guard,
    wall: Callable[[], datetime],
    *,
    seconds: float = 10,
    resolver: AbstractResolver | None = None,
    trust: ssl.SSLContext | None = None,
) -> AsyncIterator[WayOut]:
    """Return a way out while the block runs, which trusts the machine's authorities or others."""
    guarded = GuardedResolver(resolver or ThreadedResolver(), lambda: guard)
    timeout = aiohttp.ClientTimeout(total=seconds)
    async with guarded_session(guarded, timeout, trust) as session:
        yield WayOut(session, guard, wall)


def guarded_session(
    resolver: GuardedResolver, timeout: aiohttp.ClientTimeout, trust: ssl.SSLContext | None = None
) -> aiohttp.ClientSession:
    """Return a client that connects to what its resolver looked at, and keeps no connection."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(
            limit=0, resolver=resolver, use_dns_cache=False, force_close=True, ssl=trust or True
        ),
        headers={"accept-encoding": "identity"},
        auto_decompress=False,
        timeout=timeout,
        trust_env=False,
    )


def is_public(address: Address) -> bool:
    """Whether an address, and the one that it may have inside, is of the public network."""
    inner = _unwrapped(address)
    if isinstance(inner, ipaddress.IPv6Address) and (
        inner in _NAT64_OF_THE_FIRM or inner.teredo is not None or inner.is_site_local
    ):
        return False
    return inner.is_global and not _is_nobody(inner)


def _is_nobody(address: Address) -> bool:
    """Whether no subscriber can live at an address, not even one of the firm's own network."""
    odd = address.is_multicast or address.is_reserved or address.is_unspecified
    return odd or address.is_link_local or address in _OF_CLOUDS


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an address may have inside, else the address itself."""
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        for network, behind in _WRAPPING.items():
            if address in network:
                return ipaddress.IPv4Address((int(address) >> behind) & 0xFFFFFFFF)
    return address

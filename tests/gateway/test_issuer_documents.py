"""Fetching an identity provider's documents leads nowhere but to it (SS-01 to SS-15)."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.issuer_documents import open_documents
from governance.identity_providers.discovery import Unreachable
from governance.issuers import MAX_KEY_SET_BYTES, UnsafeKeySet
from system_apis.egress import is_public

HERE = ("127.0.0.1",)


class Names(AbstractResolver):
    """A resolver that answers as it is told to, each time with the next list."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the next answer."""
        self.asked += 1
        return [
            ResolveResult(
                hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for each in self.answers.pop(0)
        ]

    async def close(self) -> None:
        """Close nothing."""


@asynccontextmanager
async def site(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[int]:
    """Serve something on a free loopback port, and return the port."""
    runner = web.ServerRunner(web.Server(answer))  # type: ignore[arg-type]  # it takes any awaitable
    await runner.setup()
    where = web.TCPSite(runner, "127.0.0.1", 0)
    await where.start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def _fine(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b'{"keys":[]}')


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/keys",
        "https://0.0.0.0/keys",
        "https://[::1]/keys",
        "https://[::ffff:127.0.0.1]/keys",
        "https://[::127.0.0.1]/keys",
        "https://[64:ff9b::7f00:1]/keys",
        "https://[64:ff9b:1::a00:1]/keys",
        "https://[2002:7f00:1::]/keys",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00:ec2::254]/keys",
        "https://10.0.0.7/keys",
        "https://100.64.0.1/keys",
        "https://224.0.0.1/keys",
        "https://localhost/keys",
    ],
)
async def test_the_firms_own_network_is_not_reached(address: str) -> None:
    """However an inside address is spelled, nothing is connected to (SS-01 to SS-11)."""
    async with open_documents(plain=False) as documents:
        with pytest.raises(UnsafeKeySet, match="not public"):
            await documents.fetch(address, ())


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "017700000001", "0"])
async def test_an_inside_address_in_another_spelling_is_not_connected_to(host: str) -> None:
    """Neither as an address nor as a name that stands for one (SS-02 to SS-06)."""
    calls: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        calls.append(request.path)
        return web.Response()

    async with site(note) as port, open_documents(plain=True) as documents:
        with pytest.raises((UnsafeKeySet, Unreachable)):
            await documents.fetch(f"http://{host}:{port}/keys", ())
        with pytest.raises((UnsafeKeySet, Unreachable)):
            await documents.fetch(f"https://{host}/keys", ())

    assert calls == []


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://login.example/keys", "only https"),
        ("file:///etc/passwd", "only https"),
        ("gopher://login.example/", "only https"),
        ("https://good@127.0.0.1/keys", "user"),
        ("https://login.example\\@127.0.0.1/keys", "backslashes"),
        ("https://login.example/#@127.0.0.1", "fragment"),
        ("https://login.example/\tkeys", "blanks"),
        ("https://login.exampl\u0435/keys", "ASCII"),
        ("https://login.example:22/keys", "port"),
        ("https://login.example:6379/keys", "port"),
        ("https://login.example:99999/keys", "no address"),
        ("https:///keys", "user"),
    ],
)
async def test_an_address_that_tricks_is_refused_by_its_text(address: str, reason: str) -> None:
    """No name is even looked up (SS-13 to SS-15)."""
    names = Names()
    async with open_documents(plain=False, resolver=names) as documents:
        with pytest.raises(UnsafeKeySet, match=reason):
            await documents.fetch(address, ())

    assert names.asked == 0


async def test_a_name_with_one_inside_address_among_others_is_refused() -> None:
    """One private answer of two is enough (SS-12)."""
    names = Names(["93.184.216.34", "10.0.0.7"])
    async with open_documents(plain=False, resolver=names) as documents:
        with pytest.raises(UnsafeKeySet, match="not public"):
            await documents.fetch("https://login.example/keys", ())


async def test_a_name_is_looked_up_once_for_each_fetch() -> None:
    """There is no second answer that could be another (rebinding, SS-12)."""
    names = Names(["10.0.0.7"], ["93.184.216.34"])
    async with open_documents(plain=False, resolver=names) as documents:
        with pytest.raises(UnsafeKeySet, match="not public"):
            await documents.fetch("https://login.example/keys", ())

    assert names.asked == 1


async def test_a_host_that_the_settings_name_may_lie_inside_and_no_other() -> None:
    """What one issuer may, another may not."""
    names = Names(["127.0.0.1"], ["127.0.0.1"])
    async with (
        site(_fine) as port,
        open_documents(plain=True, resolver=names) as documents,
    ):
        found = await documents.fetch(f"http://login.internal:{port}/keys", ("login.internal",))
        with pytest.raises(UnsafeKeySet):
            await documents.fetch("http://login.internal:8443/keys", ("other.internal",))

    assert found == b'{"keys":[]}'


async def test_a_redirect_is_not_followed() -> None:
    """An issuer that sends us elsewhere is away (SS-13)."""
    calls: list[str] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        calls.append(request.path)
        return web.Response(status=302, headers={"location": "/inside"})

    async with site(elsewhere) as port, open_documents(plain=True) as documents:
        with pytest.raises(Unreachable, match="302"):
            await documents.fetch(f"http://127.0.0.1:{port}/keys", HERE)

    assert calls == ["/keys"]


async def test_a_document_is_read_no_further_than_a_key_set_may_be_long() -> None:
    """Ten megabytes are refused after 64 kilobytes (JWT-32)."""

    async def endless(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse()
        await reply.prepare(request)
        for _ in range(160):
            await reply.write(b" " * MAX_KEY_SET_BYTES)
        return reply

    async with site(endless) as port, open_documents(plain=True) as documents:
        with pytest.raises(UnsafeKeySet, match="larger"):
            await documents.fetch(f"http://127.0.0.1:{port}/keys", HERE)


async def test_a_port_where_nobody_listens_is_an_issuer_that_is_away() -> None:
    """It is tried again, and is no alarm."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        async with open_documents(plain=True) as documents:
            with pytest.raises(Unreachable, match="cannot be reached"):
                await documents.fetch(f"http://127.0.0.1:{port}/keys", HERE)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_the_public_network_is_public(address: str) -> None:
    """The guard does not refuse everything."""
    assert is_public(ip_address(address))

"""SS: an address that somebody else chose never leads into the firm's own network."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import example, given
from hypothesis import strategies as st

from store.clock import wall_clock
from system_apis.egress import Guard, NoAnswer, UnsafeAddress, is_public, open_way_out

PUBLIC = Guard()
SANDBOX = Guard(internal_hosts=frozenset({"127.0.0.1"}), plain=True, loopback=True)
CASES = {
    "SS-01": "https://127.0.0.1/",
    "SS-02": "https://127.1/",
    "SS-03": "https://2130706433/",
    "SS-04": "https://0x7f.1/",
    "SS-05": "https://017700000001/",
    "SS-06 zero": "https://0/",
    "SS-06": "https://0.0.0.0/",
    "SS-07": "https://[::1]/",
    "SS-08": "https://[::ffff:127.0.0.1]/",
    "SS-09": "https://[::127.0.0.1]/",
    "SS-10 NAT64": "https://[64:ff9b::7f00:1]/",
    "SS-10 NAT64 of a firm": "https://[64:ff9b:1::7f00:1]/",
    "SS-10 6to4": "https://[2002:7f00:1::]/",
    "SS-10 Teredo": "https://[2001:0:7f00:1::1]/",
    "SS-11": "https://169.254.169.254/latest/meta-data",
    "SS-11 IPv6": "https://[fd00:ec2::254]/",
    "SS-11 of another cloud": "https://168.63.129.16/",
    "SS-13 file": "file:///etc/passwd",
    "SS-13 gopher": "gopher://hooks.example/",
    "SS-13 plain": "http://hooks.example/",
    "SS-14 user": "https://good@127.0.0.1/",
    "SS-14 empty user": "https://@hooks.example/",
    "SS-14 backslash": "https://hooks.example\\@127.0.0.1/",
    "SS-14 fragment": "https://hooks.example#@127.0.0.1/",
    "SS-14 tab": "https://hooks.example/\tx",
    "SS-14 newline": "https://hooks.example/\nx",
    "SS-15 ssh": "https://hooks.example:22/",
    "SS-15 redis": "https://hooks.example:6379/",
    "SS-15 our own": "https://hooks.example:8000/",
    "SS-15 letters": "https://hooks.ex\u0430mple/",
    "SS-15 wide digits": "https://\uff11\uff12\uff17.0.0.1/",
    "SS-15 a dot": "https://127.0.0.1./",
    "SS-15 a zone": "https://[fe80::1%25eth0]/",
}
# Networks that are not everybody's, by hand from the special-purpose registries of addresses.
_INSIDE_4 = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.2.0/24"
    " 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
_INSIDE_6 = "::/127 100::/64 2001:db8::/32 fc00::/7 fe80::/10 fec0::/10 ff00::/8 64:ff9b:1::/48"


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
async def listening(status: int = 204, **headers: str) -> AsyncIterator[tuple[int, list[str]]]:
    """Serve on a free port of this machine, and note the host that each request names."""
    asked: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.host)
        return web.Response(status=status, headers=headers)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    where = web.TCPSite(runner, "127.0.0.1", 0)
    await where.start()
    yield int(runner.addresses[0][1]), asked
    await runner.cleanup()


@pytest.mark.parametrize("name", CASES)
async def test_an_address_inside_is_refused_before_anything_is_asked(name: str) -> None:
    """By its text: no name is looked up, and nothing connected to."""
    names = Names()
    async with open_way_out(PUBLIC, wall_clock, resolver=names) as way_out:
        with pytest.raises(UnsafeAddress):
            await way_out.post(CASES[name], {}, b"{}")

    assert names.asked == 0


@pytest.mark.parametrize(
    "answers", [["10.0.0.7"], ["93.184.216.34", "10.0.0.7"], ["::1"], ["169.254.169.254"]]
)
async def test_ss_12_a_name_that_leads_inside_is_not_connected_to(answers: list[str]) -> None:
    """One private answer of several is enough."""
    async with open_way_out(PUBLIC, wall_clock, resolver=Names(answers)) as way_out:
        with pytest.raises(UnsafeAddress, match="not public"):
            await way_out.post("https://hooks.example/", {}, b"{}")


async def test_ss_12_a_name_is_looked_up_once_and_that_address_connected_to() -> None:
    """The second answer, which would be another, is never asked for; the name stays the host."""
    guard = Guard(internal_hosts=frozenset({"hooks.internal"}), plain=True, loopback=True)
    names = Names(["127.0.0.1"], ["10.0.0.7"])
    async with (
        listening() as (port, asked),
        open_way_out(guard, wall_clock, resolver=names) as way_out,
    ):
        answered = await way_out.post(f"http://hooks.internal:{port}/", {}, b"{}")

    assert answered.status == 204
    assert (names.asked, asked) == (1, [f"hooks.internal:{port}"])


async def test_ss_13_a_redirect_is_told_and_not_followed() -> None:
    """Wherever it leads."""
    async with (
        listening(302, Location="/inside") as (port, asked),
        open_way_out(SANDBOX, wall_clock) as way_out,
    ):
        answered = await way_out.post(f"http://127.0.0.1:{port}/", {}, b"{}")

    assert answered.status == 302
    assert len(asked) == 1


async def test_a_host_that_the_settings_name_may_lie_inside_but_never_be_a_clouds() -> None:
    """Naming a host lets the firm's own network in, and no machine's metadata."""
    named = Guard(internal_hosts=frozenset({"hooks.internal"}))

    named.check("hooks.internal", "10.0.0.7")
    for address in ("169.254.169.254", "168.63.129.16", "224.0.0.1", "127.0.0.1", "::1"):
        with pytest.raises(UnsafeAddress):
            named.check("hooks.internal", address)
    with pytest.raises(UnsafeAddress):
        named.check("other.internal", "10.0.0.7")


async def test_nobody_there_is_no_answer_and_says_nothing_of_what_was_sent() -> None:
    """The kind of failure is told, not the address or the body."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        async with open_way_out(SANDBOX, wall_clock) as way_out:
            with pytest.raises(NoAnswer) as told:
                await way_out.post(f"http://127.0.0.1:{port}/?code=s3cret", {}, b"{}")

    assert "s3cret" not in str(told.value)


@given(st.integers(0, 2**32 - 1))
@example(0x7F000001)
@example(0xA9FEA9FE)
def test_no_inside_address_of_four_bytes_is_public_however_it_is_wrapped(number: int) -> None:
    """Held against the registries, written down by hand and compared bit by bit."""
    inside = any(_in(number, 32, each) for each in _INSIDE_4.split())
    wrapped = [
        IPv4Address(number),
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
    ]

    if inside:
        assert not any(is_public(each) for each in wrapped)
    assert len({is_public(each) for each in wrapped}) == 1


@given(st.integers(0, 2**128 - 1))
@example(1)
@example(0xFE80 << 112)
def test_no_inside_address_of_sixteen_bytes_is_public(number: int) -> None:
    """The same, for the longer ones."""
    if any(_in(number, 128, each) for each in _INSIDE_6.split()):
        assert not is_public(IPv6Address(number))


@given(st.sampled_from(_INSIDE_6.split()), st.integers(0, 2**128 - 1))
def test_nothing_of_an_inside_network_is_public(network: str, below: int) -> None:
    """Whichever address of it."""
    prefix, length = network.split("/")
    host_bits = 128 - int(length)
    number = int(IPv6Address(prefix)) | (below & ((1 << host_bits) - 1))

    assert not is_public(IPv6Address(number))


@given(st.text(max_size=60))
@example("https://[")
@example("https://[::1")
@example("https://xn--/")
def test_whatever_an_address_says_it_is_refused_or_one_of_https(text: str) -> None:
    """No other error ever leaves the guard."""
    for address in (text, f"https://{text}", f"https://hooks.example{text}"):
        try:
            found = PUBLIC.url(address)
        except UnsafeAddress:
            continue
        assert found.scheme == "https"
        assert found.port in {443, 8443}


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_the_public_network_is_public(address: str) -> None:
    """The guard does not refuse everything."""
    assert is_public(ip_address(address))


def _in(number: int, bits: int, network: str) -> bool:
    """Whether a number begins with the bits of a network."""
    prefix, length = network.split("/")
    shift = bits - int(length)
    return number >> shift == int(ip_address(prefix)) >> shift

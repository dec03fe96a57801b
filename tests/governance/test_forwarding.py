"""What proxies say of where a call comes from: the nearest stranger that a trusted one saw."""

import pytest

from governance.forwarding import TrustedProxies

PEER = "10.0.0.1"
SIX = "2001:db8:1:2::9"
PROXIES = TrustedProxies(["10.0.0.0/8", "192.0.2.7", "fd00::/8"])
# Lines of X-Forwarded-For, and who is believed to call.
LISTS: dict[str, tuple[list[str], str]] = {
    "one": (["203.0.113.9"], "203.0.113.9"),
    "made up on the left": (["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
    "through a second proxy": (["1.1.1.1, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),
    "through one of another network": (["203.0.113.9, 192.0.2.7, fd00::1"], "203.0.113.9"),
    "in several lines": (["1.1.1.1", "203.0.113.9", "10.9.9.9"], "203.0.113.9"),
    "ours alone": (["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
    "with a port": (["203.0.113.9:443"], "203.0.113.9"),
    "six": ([SIX], SIX),
    "six in brackets": ([f"[{SIX}]"], SIX),
    "six with a port": ([f"[{SIX}]:65535"], SIX),
    "six written out": (["2001:0DB8:0001:0002:0000:0000:0000:0009"], SIX),
    "four in six": (["::ffff:203.0.113.9"], "203.0.113.9"),
    "four in six of ours": (["203.0.113.9, ::ffff:10.9.9.9"], "203.0.113.9"),
    "blanks": (["1.1.1.1 ,\t 203.0.113.9 "], "203.0.113.9"),
    "a thousand": ([", ".join(f"1.1.{n // 250}.{n % 250}" for n in range(1000))], "1.1.3.249"),
}
# Lines that name no address: what the last trusted proxy was called by counts.
JUNK: dict[str, list[str]] = {
    "nothing": [""],
    "a word": ["unknown"],
    "a comma": ["203.0.113.9,"],
    "a name": ["203.0.113.9, localhost"],
    "three numbers": ["10.0.0"],
    "a number of eight": ["010.000.000.001"],
    "a large number": ["203.0.113.256"],
    "a large port": ["203.0.113.9:999999"],
    "an open bracket": [f"[{SIX}"],
    "a zone": ["fe80::1%eth0"],
    "a digit of another alphabet": ["203.0.113.\u0669"],
    "a line end": ["203.0.113.9\n"],
    "very long": ["1" * 16_000],
}
# Lines of Forwarded, and who is believed to call.
DECLARED: dict[str, tuple[list[str], str]] = {
    "one": (["for=203.0.113.9"], "203.0.113.9"),
    "with all that can be said": (
        ["for=203.0.113.9;proto=http;by=203.0.113.43;host=bank.example"],
        "203.0.113.9",
    ),
    "whatever case": (['For="203.0.113.9:4711"'], "203.0.113.9"),
    "six": ([f'for="[{SIX}]:4711"'], SIX),
    "made up on the left": ([f'for=1.1.1.1, for="[{SIX}]", for=10.3.3.3'], SIX),
    "in several lines": (["for=1.1.1.1", "for=203.0.113.9", "for=10.3.3.3"], "203.0.113.9"),
    "a line that is broken on the left": (['for="1.1.1.1', "for=203.0.113.9"], "203.0.113.9"),
    "hidden": (["for=203.0.113.9, for=_hidden"], PEER),
    "unknown": (["for=unknown"], PEER),
    "none": (["proto=https"], PEER),
    "two in one": (["for=203.0.113.9;for=1.1.1.1"], PEER),
    "an open quotation": (['for="1.1.1.1, for=203.0.113.9'], PEER),
    "a quotation around ours": ([f'for=1.1.1.1;x=", for="[{SIX}]"'], PEER),
    "a backslash": (['for="203.0.113.9\\""'], PEER),
    "an end that is missing": (["for=203.0.113.9;"], PEER),
    "no form at all": (["203.0.113.9"], PEER),
    "very long": (["for=1.1.1.1," * 1300], PEER),
}


def _said(lines: list[str], name: bytes = b"x-forwarded-for") -> dict[bytes, list[bytes]]:
    return {name: [each.encode() for each in lines]}


@pytest.mark.parametrize("case", LISTS)
def test_the_nearest_address_that_is_no_proxys_is_believed(case: str) -> None:
    """What a caller made up stands further left, and is not looked at."""
    lines, origin = LISTS[case]

    assert PROXIES.origin(PEER, _said(lines)) == origin


@pytest.mark.parametrize("case", JUNK)
def test_what_is_no_address_is_nobodys(case: str) -> None:
    """It counts as the proxy that let it through."""
    assert PROXIES.origin(PEER, _said(JUNK[case])) == PEER


@pytest.mark.parametrize("case", DECLARED)
def test_the_standard_header_is_read_as_strictly(case: str) -> None:
    """A line that breaks its form names nobody, whatever stands in it."""
    lines, origin = DECLARED[case]

    assert PROXIES.origin(PEER, _said(lines, b"forwarded")) == origin


def test_two_headers_that_disagree_are_not_believed() -> None:
    """A proxy writes one of them, and lets through what a caller sent as the other."""
    agreed = _said([SIX]) | _said([f'for="[{SIX}]"'], b"forwarded")
    forged = _said([SIX]) | _said(["for=1.1.1.1"], b"forwarded")

    assert PROXIES.origin(PEER, agreed) == SIX
    assert PROXIES.origin(PEER, forged) == PEER


@pytest.mark.parametrize("peer", ["203.0.113.1", "192.0.2.8", "::ffff:11.0.0.1", "fe00::1", "sock"])
def test_who_is_no_trusted_proxy_is_not_listened_to(peer: str) -> None:
    """Its own address counts, whatever it says."""
    said = _said(["1.1.1.1"]) | _said(["for=1.1.1.1"], b"forwarded")

    assert PROXIES.origin(peer, said) == peer
    assert TrustedProxies().origin(PEER, said) == PEER


@pytest.mark.parametrize("peer", ["10.200.0.1", "192.0.2.7", "::ffff:10.0.0.1", "fd12::1"])
def test_a_trusted_proxy_is_known_however_its_address_is_written(peer: str) -> None:
    """Also as four bytes in sixteen, as a socket of both kinds shows it."""
    assert PROXIES.origin(peer, _said(["203.0.113.9"])) == "203.0.113.9"

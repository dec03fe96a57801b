"""Where a call comes from when proxies stand in front: only what a trusted one says is believed.

A trusted proxy writes `X-Forwarded-For` or `Forwarded` (RFC 7239), each adding on the right whom
it heard. What stands further left may be anybody's invention, and is not looked at.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from governance.wrong_field import WrongField

FORWARDED_FOR, FORWARDED = b"x-forwarded-for", b"forwarded"
_WIDEST_4, _WIDEST_6 = 8, 32
_MOST_HOPS = 32
_IN_BRACKETS = re.compile(rb"\[([0-9A-Fa-f:.]{2,45})\](?::[0-9]{1,5})?\Z")
_WITH_PORT = re.compile(rb"([0-9.]{7,15})(?::[0-9]{1,5})?\Z")
_BARE = re.compile(rb"([0-9A-Fa-f:.]{2,45})\Z")
_PAIR = re.compile(
    rb'[ \t]*([A-Za-z0-9-]{1,32})=(?:"([^"\\]*)"|([^\s",;=\\]+))[ \t]*(;|,|\Z)',
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class TrustedProxies:
    """The networks whose proxies are believed; a network that cannot be read is a `ValueError`."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self.networks: tuple[Network, ...] = tuple(map(_network, networks))

    def origin(self, peer: str, head: Mapping[bytes, Sequence[bytes]]) -> str:
        """Return the nearest address that is no trusted proxy's, as far as it can be believed.

        Where the two headers tell of different ones, whoever sent the other lies: both count
        as the proxy that let them through.
        """
        if not self.networks or not self._trusts(_address(peer.encode("ascii", "replace"))):
            return peer
        ways = [
            self._nearest(peer, hops(head[name]))
            for name, hops in ((FORWARDED_FOR, _listed), (FORWARDED, _declared))
            if name in head
        ]
        return ways[0] if len(set(ways)) == 1 else peer

    def _nearest(self, peer: str, hops: Iterator[bytes]) -> str:
        """Follow the hops from the right; stop at the first that is not trusted or no address."""
        nearest = peer
        for _, hop in zip(range(_MOST_HOPS), hops, strict=False):
            address = _address(hop)
            if address is None:
                return nearest
            nearest = str(address)
            if not self._trusts(address):
                return nearest
        return nearest

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in each for each in self.networks)


def far_too_wide(networks: Iterable[str]) -> list[str]:
    """Return the networks that are no firm's own, so that anybody would be believed."""
    read = TrustedProxies(networks).networks
    return [
        str(each)
        for each in read
        if each.prefixlen < (_WIDEST_4 if isinstance(each, IPv4Network) else _WIDEST_6)
    ]


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise WrongField("trusted_proxies", f"{error}; write 10.0.0.0/8 or 10.1.2.3") from None


def _listed(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Return the hops of `X-Forwarded-For`, the nearest first; its lines are one list."""
    return reversed(b",".join(lines).split(b","))


def _declared(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Return the hops of `Forwarded`, the nearest first; a line that breaks its form is one."""
    for line in reversed(lines):
        yield from reversed(_nodes(line))


def _nodes(line: bytes) -> list[bytes]:
    """Return whom each element of a line names, or one hop that is no address."""
    nodes, named, at = list[bytes](), list[bytes](), 0
    while found := _PAIR.match(line, at):
        at = found.end()
        if found[1].lower() == b"for":
            named.append(found[2] if found[2] is not None else found[3])
        if found[4] != b";":
            nodes.append(named[0] if len(named) == 1 else b"")
            named = []
        if found[4] == b"":
            return nodes
    return [b""]


def _address(hop: bytes) -> Address | None:
    """Return the address of a hop, with or without port and brackets; an unknown one has none."""
    hop = hop.strip(b" \t")
    found = _IN_BRACKETS.match(hop) or _WITH_PORT.match(hop) or _BARE.match(hop)
    if found is None:
        return None
    try:
        address = ip_address(found[1].decode())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address

"""Behind a trusted proxy each stranger has a count of its own, and nobody can choose it."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from governance.forwarding import TrustedProxies
from governance.strangers import Strangers
from tests.gateway.house import House, running
from tests.gateway.orders import orders_api

ORDERS = "/system/orders/v1/orders"
NEIGHBOURS = ("2001:db8:1:2::1", "[2001:db8:1:2:ffff::9]:443", "2001:DB8:1:2:0:0:0:3")


async def _statuses(house: House, names: list[str], addresses: list[str]) -> list[int]:
    """Return what strangers hear, of whom two a minute may fail from one address."""
    house.wall.set(datetime(2027, 1, 15, 8, 0, 20, tzinfo=UTC))
    house.governance.limits.strangers = Strangers(
        "2/minute", house.governance.metrics, lambda: house.wall.now().timestamp()
    )
    sent = [dict.fromkeys(names, each) for each in addresses]
    async with running(house.app(orders_api()), house) as caller:
        answers = [await caller.send("GET", ORDERS, token="x", headers=each) for each in sent]
    return [answer.status for answer in answers]


def _behind(house: House, *networks: str) -> None:
    house.governance = replace(house.governance, proxies=TrustedProxies(networks))


async def test_rl_02_strangers_behind_a_trusted_proxy_do_not_share_a_count(house: House) -> None:
    """Who fails too often is turned away, and its neighbour is not; left is invention."""
    _behind(house, "127.0.0.0/8")
    one, other = "203.0.113.1", "203.0.113.2"

    heard = await _statuses(
        house, ["x-forwarded-for"], [one, f"1.1.1.1, {one}", f"2.2.2.2, {one}", other]
    )

    assert heard == [401, 401, 429, 401]


async def test_rl_03_one_ipv6_network_behind_a_proxy_is_one_caller(house: House) -> None:
    """However its addresses are written."""
    _behind(house, "127.0.0.1")

    heard = await _statuses(house, ["x-forwarded-for"], [*NEIGHBOURS, "2001:db8:1:3::1"])

    assert heard == [401, 401, 429, 401]


@pytest.mark.parametrize("networks", [(), ("10.0.0.0/8",)])
@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded"])
async def test_rl_02_who_is_no_trusted_proxy_chooses_no_count(
    house: House, networks: tuple[str, ...], name: str
) -> None:
    """A new address with every call buys nothing."""
    _behind(house, *networks)
    start = "for=" if name == "forwarded" else ""

    heard = await _statuses(house, [name], [f"{start}203.0.113.{n}" for n in range(4)])

    assert heard == [401, 401, 429, 429]


async def test_rl_02_asking_for_tokens_is_counted_by_the_same_address(house: House) -> None:
    """Clients behind one proxy have a share each of what is asked before there is a token."""
    house.wall.set(datetime(2027, 1, 15, 8, 0, 20, tzinfo=UTC))
    _behind(house, "127.0.0.1")
    form = {"content-type": "application/x-www-form-urlencoded"}
    one, other = (form | {"x-forwarded-for": each} for each in ("203.0.113.1", "203.0.113.2"))
    async with running(house.app(orders_api()), house) as caller:
        ask = [await caller.send("POST", "/oauth/token", body=b"", headers=one) for _ in range(121)]
        neighbour = await caller.send("POST", "/oauth/token", body=b"", headers=other)

    assert (ask[119].status, ask[120].status, neighbour.status) == (401, 429, 401)

"""Who cannot say who they are is counted by address, before a token is looked into."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from governance.access import Caller as Known
from governance.strangers import Strangers, network_of
from observability.metrics import Metrics
from tests.gateway.house import House, running
from tests.gateway.orders import orders_api
from tests.governance.limits_house import Clock

ORDERS = "/system/orders/v1/orders"


async def test_rl_12_a_flood_of_bad_tokens_is_turned_away_before_any_cryptography(
    house: House,
) -> None:
    """After three failures a bad token is not looked into; a known caller is served as before."""
    house.wall.set(datetime(2027, 1, 15, 8, 0, 20, tzinfo=UTC))
    house.governance.limits.strangers = Strangers(
        "3/minute", house.governance.metrics, lambda: house.wall.now().timestamp()
    )
    looked_into = 0
    verify = house.governance.verify

    def counted(values: list[str]) -> Known:
        nonlocal looked_into
        looked_into += 1
        return verify(values)

    house.governance = replace(house.governance, verify=counted)
    async with running(house.app(orders_api()), house) as caller:
        await caller.send("GET", ORDERS)
        bad = [await caller.send("GET", ORDERS, token=f"bad.token.{n}") for n in range(5)]
        none = await caller.send("GET", ORDERS, token=None)
        metrics = await caller.send("GET", "/metrics", token="bad.token.8")
        known = await caller.send("GET", ORDERS)
        house.wall.set(datetime(2027, 1, 15, 8, 1, 20, tzinfo=UTC))
        later = await caller.send("GET", ORDERS, token="bad.token.9")

    assert [answer.status for answer in bad] == [401, 401, 401, 429, 429]
    assert 0 < int(bad[3].headers["retry-after"]) <= 40
    assert (none.status, metrics.status) == (429, 429)
    assert known.status == 200
    assert later.status == 401
    assert looked_into == 6


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("10.0.0.1", "10.0.0.2", False),
    ],
)
def test_rl_03_addresses_of_one_ipv6_network_are_one(one: str, other: str, same: bool) -> None:
    """Whoever has a /64 has all its addresses, and one count."""
    strangers = Strangers("1/minute", Metrics(), Clock())

    strangers.failed(one)

    assert (strangers.wait_of(other) > 0) is same
    assert (network_of(one) == network_of(other)) is same

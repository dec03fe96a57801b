"""Callers are told their share of an API, and how old its version is."""

import os
import signal
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from governance.policy import Lifecycle, RatePlan, Stage
from governance.rate_limits import Config
from tests.gateway.house import House, running
from tests.gateway.orders import orders_api
from tests.governance.valkey import own_valkey, process_of

ORDERS = "/system/orders/v1/orders"
OLD = Lifecycle(
    Stage.DEPRECATED,
    date(2025, 1, 1),
    deprecated_on=date(2026, 1, 1),
    sunset_on=date(2090, 1, 1),
    successor="/system/orders/v2",
)


async def test_the_call_after_the_last_is_a_429(house: House) -> None:
    """Three a minute: the fourth is refused, with the wait, and without entering a handler."""
    house.wall.set(datetime(2027, 1, 15, 8, 0, 20, tzinfo=UTC))
    api = orders_api(rate_plan=RatePlan("3/minute"))
    async with running(house.app(api), house) as caller:
        answers = [await caller.send("GET", f"{ORDERS}?limit={n}") for n in range(1, 5)]
        other = await caller.send("GET", ORDERS, token=house.token("ben"))

    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"default";q=3;w=60'
    assert answers[0].headers["ratelimit"].startswith('"default";r=2;t=')
    assert answers[3].slug == "rate-limited"
    assert answers[3].headers["ratelimit"].startswith('"default";r=0;t=')
    assert 30 < int(answers[3].headers["retry-after"]) <= 40
    assert other.status == 200
    assert house.desk.entered == 4


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip"])
async def test_a_made_up_address_buys_no_share(house: House, header: str) -> None:
    """Whoever claims to come from elsewhere is counted as who the token says."""
    async with running(house.app(orders_api(rate_plan=RatePlan("1/minute"))), house) as caller:
        answers = [
            await caller.send("GET", ORDERS, headers={header: f"10.0.0.{n}"}) for n in range(3)
        ]

    assert 429 in [answer.status for answer in answers]


@pytest.mark.real
async def test_a_dead_valkey_fails_no_request(tmp_path: Path) -> None:
    """With Valkey killed in between every call is answered within a quarter second."""
    with own_valkey() as valkey:
        house = House(tmp_path, Config(redis_url=f"redis://127.0.0.1:{valkey.port}/0"))
        async with running(house.app(orders_api()), house) as caller:
            alive = await caller.send("GET", ORDERS)
            os.kill(process_of(valkey), signal.SIGKILL)
            began = time.monotonic()
            dead = [await caller.send("GET", ORDERS) for _ in range(3)]
            waited = time.monotonic() - began
        await house.close()

    assert [answer.status for answer in [alive, *dead]] == [200] * 4
    assert waited < 0.25
    labels = {"api": "/system/orders/v1", "decision": "degraded_allowed"}
    registry = house.governance.metrics.registry
    assert registry.get_sample_value("strata_rate_limit_decisions_total", labels) == 3


async def test_an_old_version_says_so(house: House) -> None:
    """A deprecated version tells its dates and its successor, and who still calls it is counted."""
    async with running(house.app(orders_api(lifecycle=OLD)), house) as caller:
        answer = await caller.send("GET", ORDERS)

    assert answer.status == 200
    assert answer.headers["deprecation"] == "@1767225600"
    assert answer.headers["sunset"] == "Sun, 01 Jan 2090 00:00:00 GMT"
    assert '</system/orders/v2>; rel="successor-version"' in answer.headers["link"]
    labels = {"api": "/system/orders/v1", "version": "1", "consumer": "robot"}
    registry = house.governance.metrics.registry
    assert registry.get_sample_value("strata_deprecated_calls_total", labels) == 1


async def test_a_version_past_its_sunset_is_gone(house: House) -> None:
    """From the day of its sunset a version answers 410 and names its successor."""
    async with running(house.app(orders_api(lifecycle=OLD)), house) as caller:
        house.wall.set(datetime(2090, 1, 1, tzinfo=UTC))
        answer = await caller.send("GET", ORDERS, token=house.token())

    assert (answer.status, answer.slug) == (410, "version-retired")
    assert "successor-version" in answer.headers["link"]
    assert house.desk.entered == 0

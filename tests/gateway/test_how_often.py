"""Callers are told their share of an API, and how old its version is."""

import asyncio
import os
import signal
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from litestar import get

from governance.policy import Lifecycle, RatePlan, Share, Stage
from tests.gateway.house import House, running
from tests.gateway.orders import ORDER_OPERATIONS, Order, orders_api
from tests.governance.limits_house import shared_counts
from tests.governance.valkey import own_valkey, process_of

ORDERS = "/system/orders/v1/orders"
OLD = Lifecycle(
    Stage.DEPRECATED,
    date(2025, 1, 1),
    deprecated_on=date(2026, 1, 1),
    sunset_on=date(2090, 1, 1),
    successor="/system/orders/v2",
)


async def test_rl_01_the_call_after_the_last_is_a_429(house: House) -> None:
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
async def test_rl_02_a_made_up_address_buys_no_share(house: House, header: str) -> None:
    """Whoever claims to come from elsewhere is counted as who the token says."""
    async with running(house.app(orders_api(rate_plan=RatePlan("1/minute"))), house) as caller:
        answers = [
            await caller.send("GET", ORDERS, headers={header: f"10.0.0.{n}"}) for n in range(3)
        ]

    assert 429 in [answer.status for answer in answers]


async def test_rl_05_variants_of_a_path_buy_no_share(house: House) -> None:
    """Whatever way an operation's address is written, it is not there or it is counted together."""
    house.wall.set(datetime(2027, 1, 15, 8, 0, 20, tzinfo=UTC))
    variants = [ORDERS, f"{ORDERS}?limit=3", f"{ORDERS}/", ORDERS.replace("/v1", "//v1")]
    variants += [ORDERS.upper(), f"/{ORDERS}", ORDERS.replace("orders", "%6frders"), f"{ORDERS}?"]
    async with running(house.app(orders_api(rate_plan=RatePlan("2/minute"))), house) as caller:
        answers = [await caller.send("GET", each) for each in variants]

    statuses = [answer.status for answer in answers]
    assert statuses.count(200) == 2
    assert set(statuses) == {200, 404, 429}


async def test_every_limit_is_told_in_the_headers(house: House) -> None:
    """Window, operation, month and calls at once stand in the headers of one answer."""
    house.wall.set(datetime(2027, 1, 31, 23, 59, 20, tzinfo=UTC))
    plan = RatePlan(
        "9/minute", operations={"list": Share(cost=3, limit="6/hour")}, monthly=50, at_once=4
    )
    async with running(house.app(orders_api(rate_plan=plan)), house) as caller:
        answers = [await caller.send("GET", ORDERS) for _ in range(3)]

    assert answers[0].headers["ratelimit-policy"] == (
        '"default";q=9;w=60, "operation";q=6;w=3600, "monthly";q=50,'
        ' "at-once";q=4;qu="concurrent-requests"'
    )
    told = answers[2].headers["ratelimit"].split(", ")
    assert [each.split(";t=")[0] for each in told] == [
        '"default";r=3',
        '"operation";r=0',
        '"monthly";r=44',
        '"at-once";r=4',
    ]
    assert 20 < int(told[2].partition(";t=")[2]) <= 40
    assert answers[2].status == 429
    assert "this operation" in answers[2].problem.detail


async def test_a_plan_in_shadow_tells_and_refuses_nobody(house: House) -> None:
    """A limit that is tried out shows in the metric, and to no caller."""
    plan = RatePlan("1/minute", shadow=True)
    async with running(house.app(orders_api(rate_plan=plan)), house) as caller:
        answers = [await caller.send("GET", ORDERS) for _ in range(3)]

    assert [answer.status for answer in answers] == [200] * 3
    assert not [each for each in answers if "ratelimit" in each.headers]
    labels = {"api": "/system/orders/v1", "decision": "shadow_refused"}
    registry = house.governance.metrics.registry
    assert registry.get_sample_value("strata_rate_limit_decisions_total", labels) >= 1


async def test_a_call_gives_its_place_back_however_it_ends(house: House) -> None:
    """One at a time: while a call waits the next is refused; a caller that left blocks nobody."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    @get("/orders", opt={"operation": "list"})
    async def waiting() -> Order:
        """Wait until told to go on."""
        entered.set()
        await go_on.wait()
        raise RuntimeError("it went wrong")

    api = orders_api(
        rate_plan=RatePlan(at_once=1),
        handlers=[waiting],
        operations={"list": ORDER_OPERATIONS["list"]},
    )
    async with running(house.app(api), house) as caller:
        leaving = asyncio.create_task(caller.send("GET", ORDERS))
        await entered.wait()
        refused = await caller.send("GET", ORDERS)
        leaving.cancel()
        go_on.set()
        await asyncio.sleep(0.2)
        after = [await caller.send("GET", ORDERS) for _ in range(2)]

    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert [answer.status for answer in after] == [500, 500]


async def test_calls_that_are_not_permitted_are_counted_too(house: House) -> None:
    """Whoever hammers what it may not use is slowed down like anybody."""
    token = house.token(scopes=frozenset({"system:orders:write"}))
    api = orders_api(rate_plan=RatePlan("3/day"))
    async with running(house.app(api), house) as caller:
        answers = [await caller.send("GET", ORDERS, token=token) for _ in range(4)]

    assert [answer.status for answer in answers] == [403, 403, 403, 429]


@pytest.mark.real
async def test_rl_09_a_dead_valkey_fails_no_request(tmp_path: Path) -> None:
    """With Valkey killed in between every call is answered within a quarter second."""
    with own_valkey() as valkey:
        house = House(tmp_path, shared=shared_counts(valkey.port, timeout_ms=100))
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

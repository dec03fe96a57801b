"""Operators see what is left of the back offices' own quotas, and nobody else does."""

from litestar import get, post
from litestar.types import ASGIApp

from governance import v1
from governance.lanes import Lane, current_lane
from governance.policy import Operation, TenantRule
from governance.vendor_budgets import Budgets, Quota, Terms
from observability.metrics import Metrics
from tests.gateway.house import House, running
from tests.gateway.orders import orders_api
from tests.governance.limits_house import Clock

BUDGETS = "/governance/v1/budgets"


def _app(house: House, budgets: Budgets) -> ASGIApp:
    house.more["budgets"] = budgets
    return house.app(v1)


async def test_what_is_left_of_every_system_is_shown_by_lane(house: House) -> None:
    """Three of ten calls are used: billing has seven left, dashboards four."""
    budgets = Budgets(Metrics(), now=Clock())
    budget = budgets.of(Terms(system="crm", instance="crm", quota=Quota(calls_per_day=10)))
    for _ in range(3):
        await budget.take(Lane.SYNC)
    token = house.token(scopes=frozenset({"governance:limits:read"}))
    async with running(_app(house, budgets), house) as caller:
        answer = await caller.send("GET", BUDGETS, token=token)

    assert answer.status == 200
    assert answer.body == (
        b'{"items":[{"system":"crm","instance":"crm","concurrent_calls":8,"shared":false,'
        b'"told_by_system":false,"windows":[{"window":"day","limit":10,"used":3,"remaining":7,'
        b'"lanes":[{"lane":"billing","remaining":7},{"lane":"processes","remaining":6},'
        b'{"lane":"sync","remaining":5},{"lane":"dashboards","remaining":4}],'
        b'"resets_at":"2027-01-16T00:00:00Z","runs_out_at":null}]}]}'
    )


async def test_who_has_not_the_scope_sees_no_budget(house: House) -> None:
    """The scope is asked for."""
    token = house.token(scopes=frozenset({"governance:catalog:read"}))
    async with running(_app(house, Budgets(Metrics())), house) as caller:
        answer = await caller.send("GET", BUDGETS, token=token)

    assert answer.status == 403


async def test_an_operation_runs_in_its_lane(house: House) -> None:
    """A read is a dashboard's, a write a process's, unless the policy says another lane."""
    seen: list[Lane] = []

    @get("/read", opt={"operation": "read"})
    async def read() -> None:
        """Read."""
        seen.append(current_lane())

    @get("/feed", opt={"operation": "feed"})
    async def feed() -> None:
        """Read for a feed."""
        seen.append(current_lane())

    @post("/write", opt={"operation": "write"})
    async def write() -> None:
        """Write."""
        seen.append(current_lane())

    scope, rule = "system:orders:read", TenantRule.FIRM_WIDE
    operations = {
        "read": Operation(scope, rule),
        "feed": Operation(scope, rule, lane=Lane.SYNC),
        "write": Operation(scope, rule, writes=True),
    }
    api = orders_api(handlers=[read, feed, write], operations=operations)
    async with running(house.app(api), house) as caller:
        for method, path in (("GET", "read"), ("GET", "feed"), ("POST", "write")):
            await caller.send(method, f"/system/orders/v1/{path}")

    assert seen == [Lane.DASHBOARDS, Lane.SYNC, Lane.PROCESSES]

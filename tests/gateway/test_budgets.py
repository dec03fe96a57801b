"""Operators see what is left of the back offices' own quotas, and nobody else does."""

from litestar.types import ASGIApp

from gateway.app import build_app
from governance import v1
from governance.lanes import Lane
from governance.vendor_budgets import Budgets, Quota, Terms
from observability.metrics import Metrics
from tests.gateway.house import House, running
from tests.governance.limits_house import Clock

BUDGETS = "/governance/v1/budgets"
_OTHERS = ("audit", "business_clock", "timekeeper", "catalog", "canonical_model")


def _app(house: House, budgets: Budgets) -> ASGIApp:
    parts: dict[str, object] = dict.fromkeys(_OTHERS)
    return build_app([v1], {**parts, "budgets": budgets}, house.governance)


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
        b'"resets_at":"2027-01-16T00:00:00Z"}]}]}'
    )


async def test_who_has_not_the_scope_sees_no_budget(house: House) -> None:
    """The scope is asked for."""
    token = house.token(scopes=frozenset({"governance:catalog:read"}))
    async with running(_app(house, Budgets(Metrics())), house) as caller:
        answer = await caller.send("GET", BUDGETS, token=token)

    assert answer.status == 403

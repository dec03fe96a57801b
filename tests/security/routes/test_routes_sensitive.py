"""Who was shown costs, bank accounts, documents or the audit is on record, at every address."""

import pytest

from tests.security.routes.attacked import Attacked
from tests.security.routes.table import ROUTES, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
READS = [route for route in ROUTES if not route.mounted.operation.writes]
SENSITIVE = [route for route in READS if route.mounted.operation.sensitive]
# Before the first of these tests it was.
SHOWN_ONCE = "GET /process/subscriptions/v1/{subscription_id}/secret"
PLAIN = [route for route in READS if not route.mounted.operation.sensitive]


@pytest.mark.parametrize("route", [each for each in SENSITIVE if str(each) != SHOWN_ONCE], ids=str)
async def test_a_sensitive_read_is_on_record_once(site: Attacked, route: Route) -> None:
    """With who asked and what for, before the answer has left."""
    before = site.holdings.sensitive_reads()

    answer = await site.send(route.method, route.at(site.id_of(route)))

    assert answer.status == 200
    [(actor, action)] = site.holdings.sensitive_reads()[len(before) :]
    assert actor == "U-ANY"
    assert action.startswith("read.")


async def test_what_is_shown_once_is_on_record_once(site: Attacked) -> None:
    """When it was shown; asked for again it is neither shown nor told of."""
    [route] = [each for each in SENSITIVE if str(each) == SHOWN_ONCE]

    again = await site.send(route.method, route.at(site.id_of(route)))

    told = [each for each in site.holdings.sensitive_reads() if "subscription.secret" in each[1]]
    assert again.status == 404
    assert told == [("U-ANY", "read.subscription.secret")]


@pytest.mark.parametrize("route", PLAIN, ids=str)
async def test_a_plain_read_is_not_on_record(site: Attacked, route: Route) -> None:
    """The stream stays short enough to be read; what a process looks up for it is its own."""
    before = site.holdings.sensitive_reads()

    await site.send(route.method, route.at(site.id_of(route)))

    others = site.holdings.sensitive_reads()[len(before) :]
    assert [actor for actor, _ in others if actor == "U-ANY"] == []


async def test_what_is_sensitive_is_declared(site: Attacked) -> None:
    """What takes a scope of its own to see costs is among it, and what has bank accounts."""
    assert site.ids
    assert {f"{route.mounted.policy.name}.{route.mounted.name}" for route in SENSITIVE} == {
        "contracts.document_content",
        "governance.read_audit",
        "hr.cost_rates",
        "procurement.vendor",
        "procurement.vendors",
        "psa.resources",
        "subscriptions.read_secret",
    }
    assert [route for route in PLAIN if route.scope.endswith("_cost")] == []

"""AZ-24 over HTTP: bank accounts are left out for whoever may read vendors only."""

import msgspec
import pytest

from governance.roles import Role
from tests.security.routes.attacked import Attacked

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
VENDORS = "/system/procurement/v1/vendors"
PAYERS = {Role.FINANCE, Role.PROCUREMENT}
OTHERS = [Role.FINANCE_DIRECTOR, Role.PROJECT_MANAGER, Role.INTEGRATOR]


@pytest.mark.parametrize("role", [*sorted(PAYERS), *OTHERS])
async def test_az_24_bank_accounts_and_tax_ids_are_for_those_who_pay(
    site: Attacked, role: Role
) -> None:
    """One vendor and a list of them say where they are paid to, or do not mention it."""
    token = site.callers.token(site.callers.of_role(role))
    answers = [
        await site.send("GET", path, token=token)
        for path in (VENDORS, f"{VENDORS}/{site.ids['vendor_id']}")
    ]

    assert [answer.status for answer in answers] == [200, 200]
    shown = {b'"bank_accounts"' in answer.body for answer in answers}
    assert shown == {role in PAYERS}
    assert {b'"masked"' in answer.body for answer in answers} == shown
    assert {b'"tax_ids"' in answer.body for answer in answers} == shown


@pytest.mark.parametrize(
    ("role", "shown"), [(Role.FINANCE, True), (Role.PROJECT_MANAGER, False), (Role.STEWARD, False)]
)
async def test_az_24_what_a_project_is_planned_to_cost_is_for_who_may_see_cost_rates(
    site: Attacked, role: Role, shown: bool
) -> None:
    """What it was sold for, and when it was estimated, is for all who see the project."""
    token = site.callers.token(site.callers.of_role(role))
    answer = await site.send(
        "GET", f"/system/psa/v1/projects/{site.ids['project_id']}", token=token
    )
    project = msgspec.json.decode(answer.body)
    budget, estimate = project["budget"], project["estimate_at_completion"]

    assert budget.keys() == ({"price", "cost", "margin"} if shown else {"price"})
    assert estimate.keys() == ({"cost", "as_of"} if shown else {"as_of"})


@pytest.mark.parametrize(
    ("role", "shown"), [(Role.CFO, True), (Role.EXECUTIVE, False), (Role.FINANCE, False)]
)
async def test_az_24_a_persons_own_figure_is_for_who_may_see_personal_ones(
    site: Attacked, role: Role, shown: bool
) -> None:
    """So is one about fewer than five people; what nobody is shown is what one of them costs."""
    token = site.callers.token(site.callers.of_role(role))
    answer = await site.send("GET", "/experience/executive/v1/kpis", token=token)
    figures = msgspec.json.decode(answer.body)
    utilization = figures["utilization"]["figure"]
    timeliness = figures["time_entry_compliance"]["figure"]

    assert answer.status == 200
    assert ("by_employee" in utilization) is shown
    assert {"utilized" in each for each in utilization["by_entity"]} == {shown}
    assert ("not_on_time" in timeliness) is shown
    assert utilization["firm"]["people"] == 7
    assert b"cost_rate" not in answer.body


async def test_az_24_the_document_says_which_scope_a_field_asks_for(site: Attacked) -> None:
    """In the schema of the record, and among the scopes that there are."""
    answer = await site.send("GET", "/system/procurement/v1/openapi.json", token=None)
    document = msgspec.json.decode(answer.body)
    vendor = document["components"]["schemas"]["Vendor"]

    assert vendor["properties"]["bank_accounts"]["x-scope"] == "system:procurement:read_bank"
    assert "bank_accounts" not in vendor["required"]
    [flow] = document["components"]["securitySchemes"]["oauth"]["flows"].values()
    assert "system:procurement:read_bank" in flow["scopes"]

"""AZ-24 over HTTP: bank accounts are left out for whoever may read vendors only."""

import msgspec
import pytest

from governance.roles import Role
from tests.security.routes.attacked import Attacked

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
VENDORS = "/system/procurement/v1/vendors"
PAYERS = {Role.FINANCE, Role.FINANCE_DIRECTOR, Role.PROCUREMENT}


@pytest.mark.parametrize("role", [*sorted(PAYERS), Role.PROJECT_MANAGER, Role.INTEGRATOR])
async def test_az_24_bank_accounts_are_for_those_who_pay(site: Attacked, role: Role) -> None:
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


async def test_az_24_the_document_says_which_scope_a_field_asks_for(site: Attacked) -> None:
    """In the schema of the record, and among the scopes that there are."""
    answer = await site.send("GET", "/system/procurement/v1/openapi.json", token=None)
    document = msgspec.json.decode(answer.body)
    vendor = document["components"]["schemas"]["Vendor"]

    assert vendor["properties"]["bank_accounts"]["x-scope"] == "system:procurement:read_bank"
    assert "bank_accounts" not in vendor["required"]
    [flow] = document["components"]["securitySchemes"]["oauth"]["flows"].values()
    assert "system:procurement:read_bank" in flow["scopes"]

"""AZ-01 to AZ-03: route x role x company, of every route that names another company's record."""

import pytest
from msgspec.structs import replace

from governance.policy import TenantRule
from governance.roles import Role
from tests.security.authorization.who_may import may
from tests.security.routes.attacked import Attacked, Case
from tests.security.routes.table import ROUTES

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
OTHERS = ("NWA-DE", "HAL-UK")
HIDING = [
    route
    for route in ROUTES
    if route.path_names and route.mounted.operation.tenants is not TenantRule.FIRM_WIDE
]


@pytest.mark.parametrize("role", Role)
async def test_az_01_no_role_of_another_company_finds_a_record(site: Attacked, role: Role) -> None:
    """404 where the role has the scope, 403 where it has not, and nothing changes."""
    holder = site.callers.of_role(role)
    cases = [
        Case(
            said=f"{route} for {role} of {entity}",
            method=route.method,
            path=route.at(site.id_of(route)),
            body=route.good_body,
            token=site.callers.token(replace(holder, entities=frozenset({entity}))),
            wanted=frozenset({404 if may(role, route.mounted.operation.scope) else 403}),
        )
        for route in HIDING
        for entity in OTHERS
    ]

    wrong = await site.wrong(cases)

    print(f"{len(cases)} cells of {role}")
    assert wrong == []

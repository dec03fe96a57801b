"""Contracts over HTTP: the terms that win over every other system's."""

from datetime import date

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Stage,
    TenantRule,
)
from system_apis.answers import IfNoneMatch, page_across, tagged
from system_apis.canonical.contracts import Contract
from system_apis.canonical.record import Page
from system_apis.systems import Systems

_READ = Operation(scope="system:contracts:read", tenants=TenantRule.BY_RECORD)
POLICY = ApiPolicy(
    name="contracts",
    layer=Layer.SYSTEM,
    version=1,
    title="Contracts",
    owner=Owner(team="Legal Operations", contact="legal-operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.995", latency_ms=500),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "contract": _READ,
        "contracts": _READ,
        "changes": Operation(scope="system:contracts:read", tenants=TenantRule.FIRM_WIDE),
    },
)
INTERNAL = ("changes",)


@get("/contracts", opt={"operation": "contracts"})
async def contracts(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    opportunity_number: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Contract]:
    """Return contracts in the order they were created, a page at a time."""
    system = systems.contracts
    if source is not None:
        return Page([await system.contract(await systems.id_of_source(source, "contract"))])
    return await page_across(
        {system.instance: system},
        cursor,
        lambda one, at: one.contracts(
            number=number, opportunity_number=opportunity_number, cursor=at
        ),
    )


@get("/contracts/{contract_id:str}", opt={"operation": "contract"})
async def contract(
    systems: NamedDependency[Systems],
    contract_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Contract | None]:
    """Return one contract."""
    return tagged(await systems.contracts.contract(contract_id), if_none_match)


handlers = [contracts, contract]

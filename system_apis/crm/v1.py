"""The CRM over HTTP: opportunities and clients."""

from datetime import date
from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

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
from system_apis.answers import IdempotencyKey, IfNoneMatch, command_key, page_across, tagged
from system_apis.canonical.party import Client
from system_apis.canonical.record import Page
from system_apis.canonical.sales import Opportunity
from system_apis.systems import Systems

_READ = Operation(scope="system:crm:read", tenants=TenantRule.FIRM_WIDE)
_WRITE = Operation(
    scope="system:crm:write", tenants=TenantRule.FIRM_WIDE, writes=True, idempotency_key=True
)
POLICY = ApiPolicy(
    name="crm",
    layer=Layer.SYSTEM,
    version=1,
    title="Customer relationships",
    owner=Owner(team="Sales Systems", contact="sales-systems@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.995", latency_ms=500),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "opportunity": _READ,
        "opportunities": _READ,
        "client": _READ,
        "clients": _READ,
        "changes": _READ,
        "link_project": _WRITE,
        "unlink_project": _WRITE,
    },
)
INTERNAL = ("unlink_project", "changes")


class ProjectLink(Struct, frozen=True, forbid_unknown_fields=True):
    """The number of the project that an opportunity became."""

    project_number: Annotated[str, Meta(min_length=1, max_length=64)]


@get("/opportunities", opt={"operation": "opportunities"})
async def opportunities(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Opportunity]:
    """Return opportunities in the order they were created, a page at a time."""
    crm = systems.crm
    if source is not None:
        found = await systems.id_of_source(source, "opportunity")
        return Page([await crm.opportunity(found)])
    return await page_across(
        {crm.instance: crm}, cursor, lambda one, at: one.opportunities(number=number, cursor=at)
    )


@get("/opportunities/{opportunity_id:str}", opt={"operation": "opportunity"})
async def opportunity(
    systems: NamedDependency[Systems],
    opportunity_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Opportunity | None]:
    """Return one opportunity."""
    return tagged(await systems.crm.opportunity(opportunity_id), if_none_match)


@post(
    "/opportunities/{opportunity_id:str}/project",
    status_code=204,
    opt={"operation": "link_project"},
)
async def link_project(
    systems: NamedDependency[Systems],
    opportunity_id: FromPath[str],
    data: JSONBody[ProjectLink],
    idempotency_key: IdempotencyKey,
) -> None:
    """Write the project's number on the opportunity."""
    key = command_key(idempotency_key)
    await systems.crm.link_project(opportunity_id, data.project_number, key=key)


@get("/clients", opt={"operation": "clients"})
async def clients(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Client]:
    """Return clients in the order they were created, a page at a time."""
    crm = systems.crm
    if source is not None:
        return Page([await crm.client(await systems.id_of_source(source, "client"))])
    return await page_across(
        {crm.instance: crm}, cursor, lambda one, at: one.clients(number=number, cursor=at)
    )


@get("/clients/{client_id:str}", opt={"operation": "client"})
async def client(
    systems: NamedDependency[Systems],
    client_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Client | None]:
    """Return one client."""
    return tagged(await systems.crm.client(client_id), if_none_match)


handlers = [opportunities, opportunity, link_project, clients, client]

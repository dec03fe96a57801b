"""The CRM over HTTP, as far as it is about opportunities: the same in every version."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from governance.policy import Operation, TenantRule
from system_apis.answers import IdempotencyKey, IfNoneMatch, command_key, page_across, tagged
from system_apis.canonical.record import Page, Text
from system_apis.canonical.sales import Opportunity
from system_apis.systems import Systems

_READ = Operation(scope="system:crm:read", tenants=TenantRule.FIRM_WIDE)
_WRITE = Operation(
    scope="system:crm:write", tenants=TenantRule.FIRM_WIDE, writes=True, idempotency_key=True
)
# What a CRM does and how each of it is governed, which no version may weaken.
OPERATIONS = {
    "opportunity": _READ,
    "opportunities": _READ,
    "client": _READ,
    "clients": _READ,
    "changes": _READ,
    "link_project": _WRITE,
    "unlink_project": _WRITE,
}


class ProjectLink(Struct, frozen=True, forbid_unknown_fields=True):
    """The number of the project that an opportunity became."""

    project_number: Text


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


@post(
    "/opportunities/{opportunity_id:str}/project-removal",
    status_code=204,
    opt={"operation": "unlink_project"},
)
async def unlink_project(
    systems: NamedDependency[Systems],
    opportunity_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> None:
    """Take a project's number off its opportunity again."""
    await systems.crm.unlink_project(opportunity_id, key=command_key(idempotency_key))


handlers = [opportunities, opportunity, link_project, unlink_project]

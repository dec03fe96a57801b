"""Executive: the key figures of the firm, each with its meaning and the records behind it."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from experience_apis.executive.asked import Part, scope, window
from experience_apis.executive.figuring import KeyFiguring
from experience_apis.executive.page import KeyFigures
from experience_apis.executive.sources import Asked
from governance.access import Forbidden, current_caller
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
from process_apis.engagements import Engagements

READ = "experience:executive:read"
POLICY = ApiPolicy(
    name="executive",
    layer=Layer.EXPERIENCE,
    version=1,
    title="Executive",
    owner=Owner(team="Finance Operations", contact="finance-operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="60/minute"),
    objective=Objective(availability="0.995", latency_ms=2000),
    data_class=DataClass.RESTRICTED,
    operations={"key_figures": Operation(scope=READ, tenants=TenantRule.BY_FILTER)},
)


@get("/kpis", opt={"operation": "key_figures"})
async def key_figures(
    key_figuring: NamedDependency[KeyFiguring],
    engagements: NamedDependency[Engagements],
    start: FromQuery[date | None] = None,
    end: FromQuery[date | None] = None,
    legal_entity: FromQuery[str | None] = None,
    business_unit: FromQuery[str | None] = None,
    project_number: FromQuery[str | None] = None,
    client_number: FromQuery[str | None] = None,
) -> KeyFigures:
    """Return the key figures of some days, of this month unless others are named.

    They are of the companies and business units that the caller sees; figures about fewer than
    five people are left out for who may not see personal ones.
    """
    caller = current_caller()
    if legal_entity is not None and not caller.sees(legal_entity):
        raise Forbidden(f"records of {legal_entity} are not yours to see")
    if business_unit is not None and not caller.sees_unit(business_unit):
        raise Forbidden(f"records of {business_unit} are not yours to see")
    sight = await engagements.sight(caller)
    seen = sight.of(await engagements.listed(caller.entities))
    part = Part(
        legal_entity=legal_entity,
        business_unit=business_unit,
        project_number=project_number,
        client_number=client_number,
    )
    return await key_figuring.all(
        Asked(
            window=window(start, end, key_figuring.now()),
            scope=scope(part, sight, seen, key_figuring.companies),
            engagements=seen,
        )
    )


handlers = [key_figures]

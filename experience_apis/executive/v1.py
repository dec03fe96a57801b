"""Executive: the key figures of the firm, each with its meaning and the records behind it."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from experience_apis.executive.asked import Part, scope, window
from experience_apis.executive.figures.people import PERSONAL
from experience_apis.executive.figuring import KeyFiguring
from experience_apis.executive.page import KeyFigures
from experience_apis.executive.reasons import FigureName, why_figure
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
from process_apis.explanations.tree import Explanation, explanation

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
    operations={
        "key_figures": Operation(scope=READ, tenants=TenantRule.BY_FILTER),
        "explain_key_figure": Operation(scope=READ, tenants=TenantRule.BY_FILTER),
    },
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
    part = Part(
        legal_entity=legal_entity,
        business_unit=business_unit,
        project_number=project_number,
        client_number=client_number,
    )
    return await _figures(key_figuring, engagements, part, start, end)


@get("/explanations", opt={"operation": "explain_key_figure"})
async def explain_key_figure(
    key_figuring: NamedDependency[KeyFiguring],
    engagements: NamedDependency[Engagements],
    figure: FromQuery[FigureName],
    start: FromQuery[date | None] = None,
    end: FromQuery[date | None] = None,
    legal_entity: FromQuery[str | None] = None,
) -> Explanation:
    """Return why a key figure of some days is what it is: its formula, and what goes into it."""
    part = Part(legal_entity=legal_entity)
    page = await _figures(key_figuring, engagements, part, start, end)
    personal = PERSONAL in current_caller().scopes
    return explanation(f"kpi {figure}", why_figure(page, figure, personal=personal))


async def _figures(
    key_figuring: KeyFiguring,
    engagements: Engagements,
    part: Part,
    start: date | None,
    end: date | None,
) -> KeyFigures:
    """Return the key figures of a part of what the caller sees."""
    caller = current_caller()
    if part.legal_entity is not None and not caller.sees(part.legal_entity):
        raise Forbidden(f"records of {part.legal_entity} are not yours to see")
    if part.business_unit is not None and not caller.sees_unit(part.business_unit):
        raise Forbidden(f"records of {part.business_unit} are not yours to see")
    sight = await engagements.sight(caller)
    seen = sight.of(await engagements.listed(caller.entities))
    return await key_figuring.all(
        Asked(
            window=window(start, end, key_figuring.now()),
            scope=scope(part, sight, seen, key_figuring.companies),
            engagements=seen,
        )
    )


handlers = [key_figures, explain_key_figure]

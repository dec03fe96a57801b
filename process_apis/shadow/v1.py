"""Shadow runs over HTTP: what a process would have done otherwise, with nothing written."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from governance.access import current_caller
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
from process_apis.shadow.records import Shadowed, ShadowReport
from process_apis.shadow.runs import Shadow
from system_apis.canonical.attendance import require_order

POLICY = ApiPolicy(
    name="shadow",
    layer=Layer.PROCESS,
    version=1,
    title="Shadow runs",
    owner=Owner(team="Process Governance", contact="process-governance@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 24)),
    rate_plan=RatePlan(limit="60/minute"),
    objective=Objective(availability="0.99", latency_ms=10_000),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "read_shadow_report": Operation(scope="process:shadow:read", tenants=TenantRule.BY_FILTER),
    },
)


@get("/reports", opt={"operation": "read_shadow_report"})
async def read_shadow_report(
    shadow: NamedDependency[Shadow],
    process: FromQuery[Shadowed],
    start: FromQuery[date],
    end: FromQuery[date],
) -> ShadowReport:
    """Return where a process would have done otherwise than people did, by planned date."""
    require_order(start, end)
    return await shadow.run(process, start, end, by=current_caller())


handlers = [read_shadow_report]

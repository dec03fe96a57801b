"""Staffing: who is wanted, who is free, who is booked too much, and what that will earn."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from experience_apis.staffing.views import (
    CapacityView,
    ForecastList,
    OverAllocationList,
    ReplanList,
    RequestList,
    by_role,
)
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
from process_apis.engagements import ENGAGEMENTS
from process_apis.lists import Lists
from process_apis.resource_to_revenue.desk import StaffingDesk, require_span

_READ = Operation(scope="experience:staffing:read", tenants=TenantRule.BY_FILTER)
POLICY = ApiPolicy(
    name="staffing",
    layer=Layer.EXPERIENCE,
    version=1,
    title="Staffing",
    owner=Owner(team="Resource Management", contact="resource-management@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="120/minute"),
    objective=Objective(availability="0.99", latency_ms=2000),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "list_requests": _READ,
        "read_capacity": _READ,
        "list_over_allocations": _READ,
        "list_forecasts": _READ,
        "list_replans": _READ,
    },
)


@get("/requests", opt={"operation": "list_requests"})
async def list_requests(
    staffing_desk: NamedDependency[StaffingDesk],
    lists: NamedDependency[Lists],
    cursor: FromQuery[str | None] = None,
) -> RequestList:
    """Return what a page of the caller's projects ask for, filled or not; it may be nothing."""
    projects, following = await lists.page(ENGAGEMENTS, cursor, only=lambda each: each.is_carried)
    return RequestList(await staffing_desk.reading.requests(projects), following)


@get("/capacity", opt={"operation": "read_capacity"})
async def read_capacity(
    staffing_desk: NamedDependency[StaffingDesk], start: FromQuery[date], end: FromQuery[date]
) -> CapacityView:
    """Return what the caller's people can still take on, and what is needed, by week."""
    require_span(start, end)
    people = await staffing_desk.capacity(start, end)
    needed = await staffing_desk.demand(start, end)
    return CapacityView(people=people, demand=needed, roles=by_role(people, needed))


@get("/over-allocations", opt={"operation": "list_over_allocations"})
async def list_over_allocations(
    staffing_desk: NamedDependency[StaffingDesk], start: FromQuery[date], end: FromQuery[date]
) -> OverAllocationList:
    """Return who of the caller's people is booked too much, and on which days."""
    require_span(start, end)
    return OverAllocationList(await staffing_desk.over_allocated(start, end))


@get("/forecasts", opt={"operation": "list_forecasts"})
async def list_forecasts(
    staffing_desk: NamedDependency[StaffingDesk], start: FromQuery[date], end: FromQuery[date]
) -> ForecastList:
    """Return the frozen forecasts of the weeks that begin in start..end."""
    require_span(start, end)
    return ForecastList(await staffing_desk.forecasts(start, end))


@get("/replans", opt={"operation": "list_replans"})
async def list_replans(
    staffing_desk: NamedDependency[StaffingDesk],
    lists: NamedDependency[Lists],
    cursor: FromQuery[str | None] = None,
) -> ReplanList:
    """Return a page of what happened to the plans of the caller's projects, oldest first."""
    return ReplanList(*await lists.page(staffing_desk.replans.listing(), cursor))


handlers = [
    list_requests,
    read_capacity,
    list_over_allocations,
    list_forecasts,
    list_replans,
]

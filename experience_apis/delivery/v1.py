"""Delivery: how far a project's set-up has come, its margin so far, and what it billed."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from experience_apis.delivery import projects
from experience_apis.delivery.billing import BillingFigures, BillingFiguresView
from experience_apis.delivery.projects import Margins, ProjectView
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
from process_apis.engagements import ENGAGEMENTS, Engagement, Engagements
from process_apis.engine import Engine
from process_apis.errors import NoSuchRecord
from process_apis.lists import Lists
from process_apis.opportunity_to_project.set_up_waits import SetUpWaits
from system_apis.canonical.attendance import require_order

READ = "experience:delivery:read"
POLICY = ApiPolicy(
    name="delivery",
    layer=Layer.EXPERIENCE,
    version=1,
    title="Delivery",
    owner=Owner(team="Delivery Excellence", contact="delivery@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "list_projects": Operation(scope=READ, tenants=TenantRule.BY_FILTER),
        "read_project": Operation(scope=READ, tenants=TenantRule.BY_RECORD),
        "read_progress": Operation(scope=READ, tenants=TenantRule.BY_RECORD),
        "read_billing": Operation(scope=READ, tenants=TenantRule.BY_RECORD),
    },
)


class ProjectPage(Struct, frozen=True):
    """Projects, the oldest engagement first."""

    items: list[ProjectView]
    next_cursor: str | None = None


@get("/projects", opt={"operation": "list_projects"})
async def list_projects(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> ProjectPage:
    """Return the projects of the caller's companies and business units, a page at a time."""
    found, following = await lists.page(ENGAGEMENTS, cursor)
    return ProjectPage([projects.project(each) for each in found], following)


@get("/projects/{project_number:str}", opt={"operation": "read_project"})
async def read_project(
    engagements: NamedDependency[Engagements], project_number: FromPath[str]
) -> ProjectView:
    """Return one project, from our own books alone."""
    return projects.project(await _visible(engagements, project_number))


@get("/projects/{project_number:str}/progress", opt={"operation": "read_progress"})
async def read_progress(
    engagements: NamedDependency[Engagements],
    set_up_waits: NamedDependency[SetUpWaits],
    engine: NamedDependency[Engine],
    margins: NamedDependency[Margins],
    project_number: FromPath[str],
) -> ProjectView:
    """Return one project with the steps of its set-up and its margin so far."""
    engagement = await _visible(engagements, project_number)
    told = await set_up_waits.of(engagement)
    steps = [done for each in told.runs for done in await engine.progress(each.key)]
    set_up = projects.set_up(engagement, told, steps) if told.runs else None
    return projects.project(engagement, set_up, await margins.so_far(engagement))


@get("/projects/{project_number:str}/billing", opt={"operation": "read_billing"})
async def read_billing(
    engagements: NamedDependency[Engagements],
    billing_figures: NamedDependency[BillingFigures],
    project_number: FromPath[str],
    start: FromQuery[date],
    end: FromQuery[date],
) -> BillingFiguresView:
    """Return what a project's work of some days was worth, and what of it was billed."""
    engagement = await _visible(engagements, project_number)
    require_order(start, end)
    return await billing_figures.of(engagement, start, end)


async def _visible(engagements: Engagements, project_number: str) -> Engagement:
    engagement = await engagements.find(project_number)
    sight = await engagements.sight(current_caller())
    if engagement is None or not sight.sees(engagement):
        raise NoSuchRecord(f"there is no project {project_number}")
    return engagement


handlers = [list_projects, read_project, read_progress, read_billing]

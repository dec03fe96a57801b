"""The PSA over HTTP: projects, the people on them, their time and expenses."""

from datetime import date

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

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
from governance.wrong_field import WrongField
from system_apis.answers import (
    IdempotencyKey,
    IfNoneMatch,
    command_key,
    page_across,
    require_entity,
    tagged,
)
from system_apis.canonical.attendance import require_order
from system_apis.canonical.delivery import (
    BudgetDraft,
    Project,
    ProjectDraft,
    ProjectTemplate,
    Resource,
)
from system_apis.canonical.record import Page
from system_apis.canonical.sales import RoleRate
from system_apis.canonical.time import ExpenseLine, TimeCorrection, TimeEntry, Timesheet
from system_apis.psa import team_face
from system_apis.systems import Systems

_READ = Operation(scope="system:psa:read", tenants=TenantRule.BY_RECORD)
_OF_PROJECT = Operation(scope="system:psa:read", tenants=TenantRule.BY_FILTER)
_OF_COMPANY = Operation(scope="system:psa:read", tenants=TenantRule.BY_FILTER)
_FIRM_WIDE = Operation(scope="system:psa:read", tenants=TenantRule.FIRM_WIDE)
_WRITE = Operation(
    scope="system:psa:write", tenants=TenantRule.BY_RECORD, writes=True, idempotency_key=True
)
_BOOK = Operation(scope="system:psa:write", tenants=TenantRule.BY_RECORD, writes=True)
_ENTER = Operation(scope="system:psa:write", tenants=TenantRule.FIRM_WIDE, writes=True)
POLICY = ApiPolicy(
    name="psa",
    layer=Layer.SYSTEM,
    version=1,
    title="Projects, time and expenses",
    owner=Owner(team="Delivery Systems", contact="delivery-systems@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.995", latency_ms=500),
    data_class=DataClass.RESTRICTED,
    operations={
        "project": _READ,
        "projects": _READ,
        "project_by_key": _READ,
        "create_project": _WRITE,
        "set_budget": _WRITE,
        "assign_rate_card": _WRITE,
        "activate_project": _WRITE,
        "archive_project": _WRITE,
        "staffing_requests": _OF_PROJECT,
        "staffing_request": _READ,
        "open_staffing_request": _WRITE,
        "bookings": _OF_PROJECT,
        "booking": _READ,
        "move_booking": _WRITE,
        "book": _BOOK,
        "cancel_booking": _BOOK,
        "tasks": _OF_PROJECT,
        "task": _READ,
        "create_task": _WRITE,
        "complete_task": _WRITE,
        "templates": _FIRM_WIDE,
        "resources": Operation(
            scope="system:psa:read_cost", tenants=TenantRule.BY_FILTER, sensitive=True
        ),
        "time_entries": _OF_PROJECT,
        "correct_time": Operation(
            scope="system:psa:correct_time",
            tenants=TenantRule.BY_RECORD,
            writes=True,
            idempotency_key=True,
        ),
        "entries_of": _FIRM_WIDE,
        "enter_time": _ENTER,
        "decide_time": _ENTER,
        "expense_lines": _OF_PROJECT,
        "expenses_of": _FIRM_WIDE,
        "expenses_with": _FIRM_WIDE,
        "enter_expense": _ENTER,
        "decide_expense": _ENTER,
        "timesheets": _OF_PROJECT,
        "submit_week": _ENTER,
        "worked": _OF_COMPANY,
        "entries_with": _FIRM_WIDE,
        "weeks": _OF_COMPANY,
        "forecasts": _OF_COMPANY,
        "past_approvals": _FIRM_WIDE,
        "changes": _FIRM_WIDE,
    },
)
# Time and expenses come in by `/process/time-and-expense`, which judges them first; bookings by
# `/process/resource-to-revenue`, which has them approved.
INTERNAL = (
    "project_by_key",
    "staffing_request",
    "worked",
    "entries_with",
    "weeks",
    "forecasts",
    "past_approvals",
    "changes",
    "entries_of",
    "enter_time",
    "decide_time",
    "expenses_of",
    "expenses_with",
    "enter_expense",
    "decide_expense",
    "submit_week",
    "book",
    "cancel_booking",
)


class RateCard(Struct, frozen=True, forbid_unknown_fields=True):
    """The bill rates of a project, a role each."""

    rates: tuple[RoleRate, ...]

    def __post_init__(self) -> None:
        if not all(each.role.strip() for each in self.rates):
            raise WrongField("rates", "every rate names its role")
        if any(each.rate.value <= 0 for each in self.rates):
            raise WrongField("rates", "a rate is more than nothing")


class TimeEntries(Struct, frozen=True):
    """Time entries of a project."""

    items: list[TimeEntry]


class Templates(Struct, frozen=True):
    """The published project templates."""

    items: list[ProjectTemplate]


class Resources(Struct, frozen=True):
    """The bookable people of a legal entity."""

    items: list[Resource]


class Timesheets(Struct, frozen=True):
    """The weeks that people owe."""

    items: list[Timesheet]


@get("/projects", opt={"operation": "projects"})
async def projects(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Project]:
    """Return projects, a page at a time, one PSA after the other."""
    if source is not None:
        found = await systems.id_of_source(source, "project")
        return Page([await (await systems.psa_of(found)).project(found)])
    return await page_across(
        systems.psas, cursor, lambda psa, at: psa.projects(number=number, cursor=at)
    )


@get("/projects/{project_id:str}", opt={"operation": "project"})
async def project(
    systems: NamedDependency[Systems],
    project_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Project | None]:
    """Return one project."""
    psa = await systems.psa_of(project_id)
    return tagged(await psa.project(project_id), if_none_match)


@post("/projects", opt={"operation": "create_project"})
async def create_project(
    systems: NamedDependency[Systems],
    data: JSONBody[ProjectDraft],
    idempotency_key: IdempotencyKey,
) -> Project:
    """Create a project in status `provisioning`; time entry stays closed."""
    require_entity(data.legal_entity)
    psa = systems.psa(data.legal_entity, on=data.start)
    return await psa.create_project(data, key=command_key(idempotency_key))


@put("/projects/{project_id:str}/budget", opt={"operation": "set_budget"})
async def set_budget(
    systems: NamedDependency[Systems],
    project_id: FromPath[str],
    data: JSONBody[BudgetDraft],
    idempotency_key: IdempotencyKey,
) -> Project:
    """Write the budget baseline of a project."""
    psa = await systems.psa_of(project_id)
    return await psa.set_budget(project_id, data, key=command_key(idempotency_key))


@put("/projects/{project_id:str}/rate-card", opt={"operation": "assign_rate_card"})
async def assign_rate_card(
    systems: NamedDependency[Systems],
    project_id: FromPath[str],
    data: JSONBody[RateCard],
    idempotency_key: IdempotencyKey,
) -> Project:
    """Write the bill rates of a project."""
    psa = await systems.psa_of(project_id)
    key = command_key(idempotency_key)
    return await psa.assign_rate_card(project_id, data.rates, key=key)


@post(
    "/projects/{project_id:str}/activation",
    status_code=200,
    opt={"operation": "activate_project"},
)
async def activate_project(
    systems: NamedDependency[Systems],
    project_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> Project:
    """Open a project for time and expenses."""
    psa = await systems.psa_of(project_id)
    return await psa.activate_project(project_id, key=command_key(idempotency_key))


@post("/projects/{project_id:str}/archive", status_code=200, opt={"operation": "archive_project"})
async def archive_project(
    systems: NamedDependency[Systems],
    project_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> Project:
    """Take a project that never became active out of sight."""
    psa = await systems.psa_of(project_id)
    return await psa.archive_project(project_id, key=command_key(idempotency_key))


@get("/templates", opt={"operation": "templates"})
async def templates(systems: NamedDependency[Systems]) -> Templates:
    """Return the published project templates of every PSA."""
    return Templates([each for psa in systems.psas.values() for each in await psa.templates()])


@get("/resources", opt={"operation": "resources"})
async def resources(
    systems: NamedDependency[Systems], legal_entity: FromQuery[str], on: FromQuery[date]
) -> Resources:
    """Return the bookable people of a legal entity, with their cost rates."""
    require_entity(legal_entity)
    psa = systems.psa(legal_entity, on=on)
    return Resources(await psa.resources(legal_entity=legal_entity))


@get("/time-entries", opt={"operation": "time_entries"})
async def time_entries(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    project_number: FromQuery[str],
    start: FromQuery[date],
    end: FromQuery[date],
    cursor: FromQuery[str | None] = None,
) -> Page[TimeEntry]:
    """Return the time entries of a project with work dates in start..end."""
    require_order(start, end)
    return await page_across(
        team_face.one(systems, legal_entity, end),
        cursor,
        lambda one, at: one.time_entries(
            project_number=project_number, start=start, end=end, cursor=at
        ),
    )


@post("/projects/{project_id:str}/time-corrections", opt={"operation": "correct_time"})
async def correct_time(
    systems: NamedDependency[Systems],
    project_id: FromPath[str],
    data: JSONBody[TimeCorrection],
    idempotency_key: IdempotencyKey,
) -> TimeEntries:
    """Reverse an approved entry and enter the right hours; return the entries that were made."""
    psa = await systems.psa_of(project_id)
    project = await psa.project(project_id)
    key = command_key(idempotency_key)
    made = await psa.correct_time(project_number=project.number, correction=data, key=key)
    return TimeEntries(made)


@get("/expense-lines", opt={"operation": "expense_lines"})
async def expense_lines(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    project_number: FromQuery[str],
    start: FromQuery[date],
    end: FromQuery[date],
    cursor: FromQuery[str | None] = None,
) -> Page[ExpenseLine]:
    """Return the expenses of a project with dates in start..end."""
    require_order(start, end)
    return await page_across(
        team_face.one(systems, legal_entity, end),
        cursor,
        lambda one, at: one.expense_lines(
            project_number=project_number, start=start, end=end, cursor=at
        ),
    )


@get("/timesheets", opt={"operation": "timesheets"})
async def timesheets(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    project_number: FromQuery[str],
    start: FromQuery[date],
    end: FromQuery[date],
) -> Timesheets:
    """Return the weeks begun in start..end that people assigned to a project owe."""
    require_order(start, end)
    require_entity(legal_entity)
    psa = systems.psa(legal_entity, on=end)
    return Timesheets(await psa.timesheets(project_number=project_number, start=start, end=end))


handlers = [
    projects,
    project,
    create_project,
    set_budget,
    assign_rate_card,
    activate_project,
    archive_project,
    *team_face.handlers,
    templates,
    resources,
    time_entries,
    correct_time,
    expense_lines,
    timesheets,
]

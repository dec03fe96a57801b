"""The HR system over HTTP: people, their skills, when they can work, and what they cost."""

from datetime import date

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
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
from system_apis.answers import IfNoneMatch, page_across, require_entity, tagged
from system_apis.canonical import attendance
from system_apis.canonical.attendance import Availability, TimeOff, WorkCalendar
from system_apis.canonical.people import Employee, EmployeeCost, EmployeeSkill
from system_apis.canonical.record import Page
from system_apis.systems import Systems

_READ = Operation(scope="system:hr:read", tenants=TenantRule.BY_RECORD)
_OF_ENTITY = Operation(scope="system:hr:read", tenants=TenantRule.BY_FILTER)
POLICY = ApiPolicy(
    name="hr",
    layer=Layer.SYSTEM,
    version=1,
    title="People, leave and cost rates",
    owner=Owner(team="People Systems", contact="people-systems@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 24)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.995", latency_ms=500),
    data_class=DataClass.RESTRICTED,
    operations={
        "employee": _READ,
        "employees": _READ,
        "availability": _READ,
        "cost_rates": Operation(
            scope="system:hr:read_cost", tenants=TenantRule.BY_FILTER, sensitive=True
        ),
        "skills": _OF_ENTITY,
        "time_off": _OF_ENTITY,
        "work_calendar": _OF_ENTITY,
        "record_pay_run": Operation(
            scope="system:hr:write", tenants=TenantRule.BY_RECORD, writes=True
        ),
        "changes": Operation(scope="system:hr:read", tenants=TenantRule.FIRM_WIDE),
    },
)
# What is paid is told by `/process/time-and-expense`, each row once.
INTERNAL = ("changes", "record_pay_run")


class EmployeeCosts(Struct, frozen=True):
    """What people cost over time."""

    items: list[EmployeeCost]


class EmployeeSkills(Struct, frozen=True):
    """What people are good at."""

    items: list[EmployeeSkill]


class Leaves(Struct, frozen=True):
    """Leave that was approved."""

    items: list[TimeOff]


class Availabilities(Struct, frozen=True):
    """What a person can work, day by day."""

    items: list[Availability]


@get("/employees", opt={"operation": "employees"})
async def employees(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    legal_entity: FromQuery[str | None] = None,
    role: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Employee]:
    """Return people, a page at a time, one HR system after the other."""
    if source is not None:
        found = await systems.id_of_source(source, "employee")
        return Page([await (await systems.hr_of(found)).employee(found)])
    return await page_across(
        systems.hrs,
        cursor,
        lambda hr, at: hr.employees(number=number, legal_entity=legal_entity, role=role, cursor=at),
    )


@get("/employees/{employee_id:str}", opt={"operation": "employee"})
async def employee(
    systems: NamedDependency[Systems],
    employee_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Employee | None]:
    """Return one person."""
    hr = await systems.hr_of(employee_id)
    return tagged(await hr.employee(employee_id), if_none_match)


@get("/employees/{employee_id:str}/availability", opt={"operation": "availability"})
async def availability(
    systems: NamedDependency[Systems],
    employee_id: FromPath[str],
    start: FromQuery[date],
    end: FromQuery[date],
) -> Availabilities:
    """Return what a person can work on each day of start..end, at most a year."""
    hr = await systems.hr_of(employee_id)
    person = await hr.employee(employee_id)
    days, company = attendance.days_of(start, end), person.legal_entity
    calendar = await hr.work_calendar(legal_entity=company, start=start, end=end)
    leave = await hr.time_off(
        legal_entity=company, start=start, end=end, employee_number=person.number
    )
    return Availabilities(attendance.availability(person, calendar, leave, days))


@get("/cost-rates", opt={"operation": "cost_rates"})
async def cost_rates(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    on: FromQuery[date],
    employee_number: FromQuery[str | None] = None,
) -> EmployeeCosts:
    """Return what a company's people, or one of them, cost over time."""
    require_entity(legal_entity)
    hr = systems.hr(legal_entity, on=on)
    return EmployeeCosts(
        await hr.cost_rates(legal_entity=legal_entity, employee_number=employee_number)
    )


@get("/skills", opt={"operation": "skills"})
async def skills(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    on: FromQuery[date],
    employee_number: FromQuery[str | None] = None,
) -> EmployeeSkills:
    """Return what a company's people, or one of them, are good at."""
    require_entity(legal_entity)
    hr = systems.hr(legal_entity, on=on)
    return EmployeeSkills(
        await hr.skills(legal_entity=legal_entity, employee_number=employee_number)
    )


@get("/time-off", opt={"operation": "time_off"})
async def time_off(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    start: FromQuery[date],
    end: FromQuery[date],
    employee_number: FromQuery[str | None] = None,
) -> Leaves:
    """Return the approved leave of a company's people that touches start..end."""
    attendance.days_of(start, end)
    require_entity(legal_entity)
    hr = systems.hr(legal_entity, on=end)
    return Leaves(
        await hr.time_off(
            legal_entity=legal_entity, start=start, end=end, employee_number=employee_number
        )
    )


@get("/work-calendar", opt={"operation": "work_calendar"})
async def work_calendar(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    start: FromQuery[date],
    end: FromQuery[date],
) -> WorkCalendar:
    """Return when a company works, with the holidays of start..end, at most a year."""
    attendance.days_of(start, end)
    require_entity(legal_entity)
    hr = systems.hr(legal_entity, on=end)
    return await hr.work_calendar(legal_entity=legal_entity, start=start, end=end)


handlers = [
    employees,
    employee,
    availability,
    cost_rates,
    skills,
    time_off,
    work_calendar,
]

"""Time and expense over HTTP: handing in, what was found, who stands in, and pay runs."""

from datetime import date

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, Forbidden, current_caller
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
from governance.roles import Role
from governance.wrong_field import WrongField
from process_apis.approvals.requests import approval_id
from process_apis.engagements import Engagements
from process_apis.engine import Engine
from process_apis.errors import NoSuchRecord
from process_apis.events.time_and_expense import PayRunAsked, WeekHandedIn
from process_apis.lists import Lists
from process_apis.runs import Run, run_of
from process_apis.time_and_expense.delegations import Delegations
from process_apis.time_and_expense.desk import Desk
from process_apis.time_and_expense.handing_in import start
from process_apis.time_and_expense.identifiers import delegation_id
from process_apis.time_and_expense.listings import Asked, RowKind, listing_of
from process_apis.time_and_expense.pay_records import PayRunWish, ToldHours
from process_apis.time_and_expense.pay_runs import PAY_RUNS
from process_apis.time_and_expense.questions import subject
from process_apis.time_and_expense.records import (
    GOES_ON,
    Delegation,
    DelegationWish,
    EntryWish,
    ExpenseWish,
    HandedIn,
    PolicyFinding,
    RowStatus,
    Wish,
)
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.week_records import WeekTaken, WeekWish
from system_apis.canonical.attendance import require_order

_NAME = "process:time-and-expense"
# Who hands in for others: an application that people enter their hours in, and finance after the
# lock of a month. Everybody else hands in their own.
_FOR_OTHERS = frozenset({Role.INTEGRATOR, Role.FINANCE})
_READ = Operation(scope=f"{_NAME}:read", tenants=TenantRule.BY_FILTER)


def _writing(verb: str) -> Operation:
    return Operation(scope=f"{_NAME}:{verb}", tenants=TenantRule.BY_RECORD, writes=True)


POLICY = ApiPolicy(
    name="time-and-expense",
    layer=Layer.PROCESS,
    version=1,
    title="Time and expense",
    owner=Owner(team="Delivery Operations", contact="delivery-operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.999", latency_ms=800),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "hand_in_entry": _writing("hand_in"),
        "hand_in_expense": _writing("hand_in"),
        "hand_in_week": _writing("hand_in"),
        "list_entries": _READ,
        "list_expenses": _READ,
        "read_handed_in": Operation(scope=f"{_NAME}:read", tenants=TenantRule.BY_RECORD),
        "list_missing_weeks": _READ,
        "delegate": _writing("delegate"),
        "start_pay_run": _writing("pay"),
        "list_pay_runs": Operation(scope=f"{_NAME}:read_pay", tenants=TenantRule.BY_FILTER),
    },
)


class HandedInList(Struct, frozen=True):
    """What was handed in, in the order of its days; of each only its last version."""

    items: list[HandedIn]
    next_cursor: str | None = None


class PolicyFindingList(Struct, frozen=True):
    """Findings, the oldest first."""

    items: list[PolicyFinding]


class ToldHoursList(Struct, frozen=True):
    """Pay runs by month, company and number."""

    items: list[ToldHours]
    next_cursor: str | None = None


@post("/entries", status_code=202, opt={"operation": "hand_in_entry"})
async def hand_in_entry(
    work_desk: NamedDependency[Desk], engine: NamedDependency[Engine], data: JSONBody[EntryWish]
) -> Response[HandedIn]:
    """Hand in hours; what is blocked is told with its reasons, and goes no further."""
    return await _taken(work_desk, engine, data)


@post("/expenses", status_code=202, opt={"operation": "hand_in_expense"})
async def hand_in_expense(
    work_desk: NamedDependency[Desk], engine: NamedDependency[Engine], data: JSONBody[ExpenseWish]
) -> Response[HandedIn]:
    """Hand in an expense; what is blocked is told with its reasons, and goes no further."""
    return await _taken(work_desk, engine, data)


@post("/weeks", status_code=202, opt={"operation": "hand_in_week"})
async def hand_in_week(
    work_desk: NamedDependency[Desk], engine: NamedDependency[Engine], data: JSONBody[WeekWish]
) -> WeekTaken:
    """Hand in one's own week, or correct it; when a row is blocked, nothing is taken.

    A row of no hours that follows a version strikes it out.
    """
    caller = current_caller()
    rows = await work_desk.take_week(data.entries(caller.subject), by=caller)
    for each in rows:
        if each.status in GOES_ON:
            await start(engine, work_desk.register, each)
    told = WeekHandedIn(
        employee=caller.subject, week_start=data.week_start, legal_entity=rows[0].legal_entity
    )
    await engine.start(told, by=caller.subject)
    return WeekTaken(
        employee=caller.subject,
        week_start=data.week_start,
        rows=[each.as_judged() for each in rows],
    )


@get("/entries", opt={"operation": "list_entries"})
async def list_entries(
    lists: NamedDependency[Lists],
    employee_number: FromQuery[str | None] = None,
    start: FromQuery[date | None] = None,
    end: FromQuery[date | None] = None,
    status: FromQuery[RowStatus | None] = None,
    cursor: FromQuery[str | None] = None,
) -> HandedInList:
    """Return a page of the hours that were handed in; who leads nobody sees their own."""
    asked = Asked(employee=employee_number, start=start, end=end, status=status)
    return await _listed(lists, RowKind.ENTRY, asked, cursor)


@get("/expenses", opt={"operation": "list_expenses"})
async def list_expenses(
    lists: NamedDependency[Lists],
    employee_number: FromQuery[str | None] = None,
    start: FromQuery[date | None] = None,
    end: FromQuery[date | None] = None,
    status: FromQuery[RowStatus | None] = None,
    cursor: FromQuery[str | None] = None,
) -> HandedInList:
    """Return a page of the expenses that were handed in; who leads nobody sees their own."""
    asked = Asked(employee=employee_number, start=start, end=end, status=status)
    return await _listed(lists, RowKind.EXPENSE, asked, cursor)


@get("/handed-in/{row_id:str}", opt={"operation": "read_handed_in"})
async def read_handed_in(
    register: NamedDependency[Register],
    engagements: NamedDependency[Engagements],
    row_id: FromPath[str],
) -> HandedIn:
    """Return the last version of something that was handed in."""
    sight, row = await engagements.sight(current_caller()), await register.get(row_id)
    mine = row.wish.employee == sight.caller.subject
    if not sight.sees(row) or not (mine or _leads(sight.caller)):
        raise NoSuchRecord(f"nothing was handed in as {row_id}")
    return row


@get("/missing-weeks", opt={"operation": "list_missing_weeks"})
async def list_missing_weeks(
    work_desk: NamedDependency[Desk],
    legal_entity: FromQuery[str],
    project_number: FromQuery[str],
    start: FromQuery[date],
    end: FromQuery[date],
) -> PolicyFindingList:
    """Return the weeks that people of a project owe, and have not handed in in time."""
    caller = current_caller()
    if not caller.sees(legal_entity):
        raise Forbidden(f"records of {legal_entity} are not yours to see")
    require_order(start, end)
    found = await work_desk.missing_weeks(legal_entity, project_number, start, end, by=caller)
    return PolicyFindingList(found)


@post("/delegations", status_code=201, opt={"operation": "delegate"})
async def delegate(
    delegations: NamedDependency[Delegations],
    work_desk: NamedDependency[Desk],
    data: JSONBody[DelegationWish],
) -> Delegation:
    """Say who decides for the caller for a while, about time and expenses."""
    caller = current_caller()
    if not caller.sees(data.legal_entity):
        raise Forbidden(f"records of {data.legal_entity} are not yours to see")
    if data.delegate == caller.subject:
        raise WrongField("delegate", "somebody else must stand in")
    if not work_desk.around.directory.knows(data.delegate, data.legal_entity):
        # Nobody else is ever asked in the caller's place, so this would be told and then not hold.
        reason = f"{data.delegate} holds no role in {data.legal_entity}"
        raise WrongField("delegate", reason)
    told = Delegation(
        id=delegation_id(f"{caller.subject}|{msgspec.json.encode(data).decode()}"),
        legal_entity=data.legal_entity,
        person=caller.subject,
        delegate=data.delegate,
        start=data.start,
        end=data.end,
    )
    return await delegations.tell(told, by=caller)


@post("/pay-runs", status_code=202, opt={"operation": "start_pay_run"})
async def start_pay_run(
    engine: NamedDependency[Engine],
    work_desk: NamedDependency[Desk],
    data: JSONBody[PayRunWish],
) -> Run:
    """Tell payroll and procurement a month's hours that they were not told; each row once."""
    caller = current_caller()
    if not caller.sees(data.legal_entity):
        raise Forbidden(f"records of {data.legal_entity} are not yours to see")
    work_desk.require_locked(data.legal_entity, data.period)
    asked = PayRunAsked(period=data.period, run=data.run, legal_entity=data.legal_entity)
    command = await engine.start(asked, by=caller.subject)
    return run_of(command, await engine.progress(command.key))


@get("/pay-runs", opt={"operation": "list_pay_runs"})
async def list_pay_runs(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> ToldHoursList:
    """Return a page of what was told to those who pay, for the caller's legal entities."""
    return ToldHoursList(*await lists.page(PAY_RUNS, cursor))


async def _taken(desk: Desk, engine: Engine, wish: Wish) -> Response[HandedIn]:
    """Judge what somebody hands in, and let what is not blocked go its way."""
    caller = current_caller()
    if wish.employee != caller.subject and not _FOR_OTHERS & caller.roles:
        raise Forbidden("everybody hands in their own")
    row = await desk.take(wish, by=caller)
    told = row.as_judged()
    if told.status is RowStatus.BLOCKED:
        return Response(told, status_code=200)
    if row.status in GOES_ON:
        await start(engine, desk.register, row)
    where = f"/process/approvals/v1/{approval_id(subject(row), row.id, row.version)}"
    return Response(told, status_code=202, headers={"Location": where})


async def _listed(lists: Lists, kind: RowKind, asked: Asked, cursor: str | None) -> HandedInList:
    caller = current_caller()
    if not _leads(caller):
        if asked.employee not in {None, caller.subject}:
            return HandedInList([])
        asked = replace(asked, employee=caller.subject)
    return HandedInList(*await lists.page(listing_of(kind, asked), cursor))


def _leads(caller: Caller) -> bool:
    """Whether somebody has a role beside that of everybody who hands in."""
    return bool(caller.roles - {Role.EMPLOYEE})


handlers = [
    hand_in_entry,
    hand_in_expense,
    hand_in_week,
    list_entries,
    list_expenses,
    read_handed_in,
    list_missing_weeks,
    delegate,
    start_pay_run,
    list_pay_runs,
]

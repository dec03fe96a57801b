"""Resource-to-revenue over HTTP: who fits a request, bookings, and contractors for a gap."""

from datetime import date

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from governance.access import current_caller
from governance.once import command_name
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
from process_apis.engine import Engine
from process_apis.events.staffing import BookingAsked, BookingCancelAsked
from process_apis.lists import Lists
from process_apis.resource_to_revenue.desk import Candidates, StaffingDesk
from process_apis.resource_to_revenue.records import BookingCase
from process_apis.resource_to_revenue.wishes import BookingWish, ContractorWish
from process_apis.runs import Run, run_of
from store.clock import BusinessClock

_READ = "process:resource-to-revenue:read"
_BOOK = Operation(
    scope="process:resource-to-revenue:book", tenants=TenantRule.BY_RECORD, writes=True
)
POLICY = ApiPolicy(
    name="resource-to-revenue",
    layer=Layer.PROCESS,
    version=1,
    title="Resource to revenue",
    owner=Owner(team="Resource Management", contact="resource-management@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="120/minute"),
    objective=Objective(availability="0.99", latency_ms=2000),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "list_candidates": Operation(scope=_READ, tenants=TenantRule.BY_RECORD),
        "list_booking_cases": Operation(scope=_READ, tenants=TenantRule.BY_FILTER),
        "read_booking_case": Operation(scope=_READ, tenants=TenantRule.BY_RECORD),
        "ask_booking": _BOOK,
        "take_booking_back": _BOOK,
        "want_contractor": Operation(
            scope="process:resource-to-revenue:buy", tenants=TenantRule.BY_RECORD, writes=True
        ),
    },
)


class BookingCaseList(Struct, frozen=True):
    """Bookings that were asked for, the oldest first."""

    items: list[BookingCase]
    next_cursor: str | None = None


@get(
    "/staffing-requests/{staffing_request_id:str}/candidates",
    opt={"operation": "list_candidates"},
)
async def list_candidates(
    staffing_desk: NamedDependency[StaffingDesk],
    staffing_request_id: FromPath[str],
) -> Candidates:
    """Return who fits a request best, with reasons, and what can be done if nobody does."""
    return await staffing_desk.candidates(staffing_request_id)


@get("/bookings", opt={"operation": "list_booking_cases"})
async def list_booking_cases(
    staffing_desk: NamedDependency[StaffingDesk],
    lists: NamedDependency[Lists],
    cursor: FromQuery[str | None] = None,
) -> BookingCaseList:
    """Return the bookings that were asked for, and how far each is, a page at a time."""
    return BookingCaseList(*await lists.page(staffing_desk.cases.listing(), cursor))


@get("/bookings/{booking_case_id:str}", opt={"operation": "read_booking_case"})
async def read_booking_case(
    staffing_desk: NamedDependency[StaffingDesk], booking_case_id: FromPath[str]
) -> BookingCase:
    """Return one booking that was asked for, with what speaks against it."""
    return await staffing_desk.case(booking_case_id)


@post("/bookings", status_code=202, opt={"operation": "ask_booking"})
async def ask_booking(
    staffing_desk: NamedDependency[StaffingDesk],
    engine: NamedDependency[Engine],
    business_clock: NamedDependency[BusinessClock],
    data: JSONBody[BookingWish],
) -> Response[BookingCase]:
    """Ask to book a person for a request; the resource manager of each side decides.

    Under the same key it is the same booking.
    """
    occasion = command_name() or business_clock.now().isoformat()
    case = await staffing_desk.wanted(data, occasion)
    asked = BookingAsked(booking_case_id=case.id, legal_entity=case.legal_entity)
    await engine.start(asked, by=case.requested_by)
    where = f"/process/resource-to-revenue/v1/bookings/{case.id}"
    return Response(case, status_code=202, headers={"Location": where})


@post(
    "/bookings/{booking_case_id:str}/cancellation",
    status_code=202,
    opt={"operation": "take_booking_back"},
)
async def take_booking_back(
    staffing_desk: NamedDependency[StaffingDesk],
    engine: NamedDependency[Engine],
    booking_case_id: FromPath[str],
) -> Run:
    """Take a booking back; its request is open again."""
    case = await staffing_desk.to_cancel(booking_case_id)
    asked = BookingCancelAsked(booking_case_id=case.id, legal_entity=case.legal_entity)
    command = await engine.start(asked, by=current_caller().subject)
    return run_of(command, await engine.progress(command.key))


@post("/contractors", status_code=202, opt={"operation": "want_contractor"})
async def want_contractor(
    staffing_desk: NamedDependency[StaffingDesk],
    engine: NamedDependency[Engine],
    business_clock: NamedDependency[BusinessClock],
    data: JSONBody[ContractorWish],
) -> Run:
    """Ask to buy the hours that a request lacks, where enough of the client's rate is left."""
    occasion = command_name() or business_clock.now().isoformat()
    wanted = await staffing_desk.contractor(data, occasion)
    command = await engine.start(wanted, by=wanted.requested_by)
    return run_of(command, await engine.progress(command.key))


handlers = [
    list_candidates,
    list_booking_cases,
    read_booking_case,
    ask_booking,
    take_booking_back,
    want_contractor,
]

"""The PSA over HTTP, as far as it is about a project's team: requests, bookings and tasks."""

from datetime import date

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from system_apis.answers import IdempotencyKey, command_key, page_across, require_entity
from system_apis.canonical.record import Page, Text
from system_apis.canonical.team import (
    Booking,
    StaffingRequest,
    StaffingRequestDraft,
    Task,
    TaskDraft,
)
from system_apis.psa.interface import Psa
from system_apis.systems import Systems


class NewProject(Struct, frozen=True, forbid_unknown_fields=True):
    """The project that a booking is to count for."""

    project_number: Text


@get("/staffing-requests", opt={"operation": "staffing_requests"})
async def staffing_requests(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    project_number: FromQuery[str],
    on: FromQuery[date],
    cursor: FromQuery[str | None] = None,
) -> Page[StaffingRequest]:
    """Return the requests for people of a project, a page at a time."""
    psas = one(systems, legal_entity, on)
    return await page_across(
        psas, cursor, lambda p, at: p.staffing_requests(project_number=project_number, cursor=at)
    )


@post("/staffing-requests", opt={"operation": "open_staffing_request"})
async def open_staffing_request(
    systems: NamedDependency[Systems],
    data: JSONBody[StaffingRequestDraft],
    idempotency_key: IdempotencyKey,
) -> StaffingRequest:
    """Ask for a role in a window of time."""
    require_entity(data.legal_entity)
    psa = systems.psa(data.legal_entity, on=data.start)
    return await psa.open_staffing_request(data, key=command_key(idempotency_key))


@get("/bookings", opt={"operation": "bookings"})
async def bookings(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    project_number: FromQuery[str],
    on: FromQuery[date],
    employee_number: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Booking]:
    """Return who is booked on a project, or how one person is, a page at a time."""
    psas = one(systems, legal_entity, on)
    return await page_across(
        psas,
        cursor,
        lambda psa, at: psa.bookings(
            project_number=project_number, employee_number=employee_number, cursor=at
        ),
    )


@get("/bookings/{booking_id:str}", opt={"operation": "booking"})
async def booking(systems: NamedDependency[Systems], booking_id: FromPath[str]) -> Booking:
    """Return one booking."""
    return await (await systems.psa_of(booking_id)).booking(booking_id)


@put("/bookings/{booking_id:str}/project", opt={"operation": "move_booking"})
async def move_booking(
    systems: NamedDependency[Systems],
    booking_id: FromPath[str],
    data: JSONBody[NewProject],
    idempotency_key: IdempotencyKey,
) -> Booking:
    """Let a booking count for another project."""
    psa = await systems.psa_of(booking_id)
    key = command_key(idempotency_key)
    return await psa.move_booking(booking_id, data.project_number, key=key)


@get("/tasks", opt={"operation": "tasks"})
async def tasks(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    project_number: FromQuery[str],
    on: FromQuery[date],
    cursor: FromQuery[str | None] = None,
) -> Page[Task]:
    """Return what is to be done for a project, a page at a time."""
    psas = one(systems, legal_entity, on)
    return await page_across(
        psas, cursor, lambda p, at: p.tasks(project_number=project_number, cursor=at)
    )


@get("/tasks/{task_id:str}", opt={"operation": "task"})
async def task(systems: NamedDependency[Systems], task_id: FromPath[str]) -> Task:
    """Return one task."""
    return await (await systems.psa_of(task_id)).task(task_id)


@post("/tasks", opt={"operation": "create_task"})
async def create_task(
    systems: NamedDependency[Systems], data: JSONBody[TaskDraft], idempotency_key: IdempotencyKey
) -> Task:
    """Write down something to be done for a project."""
    require_entity(data.legal_entity)
    psa = systems.psa(data.legal_entity, on=data.due)
    return await psa.create_task(data, key=command_key(idempotency_key))


@post("/tasks/{task_id:str}/completion", status_code=200, opt={"operation": "complete_task"})
async def complete_task(
    systems: NamedDependency[Systems], task_id: FromPath[str], idempotency_key: IdempotencyKey
) -> Task:
    """Write down that a task is done."""
    psa = await systems.psa_of(task_id)
    return await psa.complete_task(task_id, key=command_key(idempotency_key))


def one(systems: Systems, legal_entity: str, on: date) -> dict[str, Psa]:
    """Return the one PSA that has a company's projects of a date, by its name."""
    require_entity(legal_entity)
    psa = systems.psa(legal_entity, on=on)
    return {psa.instance: psa}


handlers = [
    staffing_requests,
    open_staffing_request,
    bookings,
    booking,
    move_booking,
    tasks,
    task,
    create_task,
    complete_task,
]

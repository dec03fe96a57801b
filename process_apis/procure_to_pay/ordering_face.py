"""Procure-to-pay over HTTP, as far as it is about requests to order and the vendors' files."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from governance.access import current_caller
from governance.once import command_name
from process_apis.engine import Engine
from process_apis.events.procurement import OrderRequested
from process_apis.lists import Lists
from process_apis.procure_to_pay.buying import Buying
from process_apis.procure_to_pay.ordering.requesting import request_id_of
from process_apis.procure_to_pay.ordering.requests import (
    Clearance,
    OrderRequest,
    OrderWish,
    RequestStage,
)
from process_apis.procure_to_pay.terms import Check
from store.clock import BusinessClock
from system_apis.canonical.money import Money
from system_apis.canonical.record import Text


class CheckNote(Struct, frozen=True, forbid_unknown_fields=True):
    """An item of a vendor's checklist that was looked at, and what shows it."""

    legal_entity: Text
    item: Check
    evidence: Text


class OrderRequestList(Struct, frozen=True):
    """Requests to order, oldest first."""

    items: list[OrderRequest]
    next_cursor: str | None = None


@post("/order-requests", status_code=202, opt={"operation": "request_order"})
async def request_order(
    buying: NamedDependency[Buying],
    engine: NamedDependency[Engine],
    business_clock: NamedDependency[BusinessClock],
    data: JSONBody[OrderWish],
) -> Response[OrderRequest]:
    """Ask to order services for a gap in a project's staffing; `Location` says what becomes of it.

    Under the same key it is the same request.
    """
    caller = current_caller()
    await buying.require_vendor(data.vendor_id, data.legal_entity)
    await buying.require_project(data.project_number, data.legal_entity)
    now = business_clock.now()
    asked = OrderRequest(
        id=request_id_of(data, command_name() or now.isoformat()),
        legal_entity=data.legal_entity,
        vendor_id=data.vendor_id,
        project_number=data.project_number,
        wish=data,
        amount=Money.of(data.rate.value * data.hours, data.rate.currency),
        stage=RequestStage.RECEIVED,
        requested_by=caller.subject,
        opened_at=now,
    )
    known = await buying.requests.open(asked, by=caller)
    requested = OrderRequested(request_id=known.id, legal_entity=known.legal_entity)
    await engine.start(requested, by=known.requested_by)
    where = f"/process/procure-to-pay/v1/order-requests/{known.id}"
    return Response(known, status_code=202, headers={"Location": where})


@get("/order-requests", opt={"operation": "list_order_requests"})
async def list_order_requests(
    buying: NamedDependency[Buying],
    lists: NamedDependency[Lists],
    cursor: FromQuery[str | None] = None,
) -> OrderRequestList:
    """Return a page of the requests of the caller's companies and units, oldest first."""
    return OrderRequestList(*await lists.page(buying.requests.listing(), cursor))


@get("/order-requests/{order_request_id:str}", opt={"operation": "read_order_request"})
async def read_order_request(
    buying: NamedDependency[Buying], order_request_id: FromPath[str]
) -> OrderRequest:
    """Return one request with what stands against it, and who approves it."""
    return await buying.one_seen(buying.requests, order_request_id)


@get("/vendors/{vendor_id:str}/clearance", opt={"operation": "read_clearance"})
async def read_clearance(
    buying: NamedDependency[Buying], vendor_id: FromPath[str], legal_entity: FromQuery[str]
) -> Clearance:
    """Return whether a company may order from a vendor now, and what is missing."""
    buying.require_company(legal_entity)
    return await buying.clearing.clearance(vendor_id, legal_entity)


@post("/vendors/{vendor_id:str}/checks", status_code=200, opt={"operation": "note_check"})
async def note_check(
    buying: NamedDependency[Buying], vendor_id: FromPath[str], data: JSONBody[CheckNote]
) -> Clearance:
    """Write down that an item of a vendor's checklist was looked at; said twice, it is so once.

    A bank account is called back about by somebody who did not enter it.
    """
    buying.require_company(data.legal_entity)
    return await buying.clearing.note(
        vendor_id, data.legal_entity, data.item, data.evidence, by=current_caller()
    )


handlers = [
    request_order,
    list_order_requests,
    read_order_request,
    read_clearance,
    note_check,
]

"""Write-offs over HTTP: finance asks, and is told where the answer will be."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from governance.access import current_caller
from process_apis.engagements import Engagements
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.seen import event_seen
from process_apis.project_to_cash.write_offs.asking import Asking, approval_of
from process_apis.project_to_cash.write_offs.records import ReversalWish, WriteOff, WriteOffWish


@get("/billing-events/{billing_event_id:str}/write-off", opt={"operation": "read_write_off"})
async def read_write_off(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    write_offs: NamedDependency[Asking],
    billing_event_id: FromPath[str],
) -> WriteOff:
    """Return what is written off of a billing event, or was asked to be."""
    return await write_offs.of(await event_seen(billing, engagements, billing_event_id))


@post(
    "/billing-events/{billing_event_id:str}/write-off",
    status_code=202,
    opt={"operation": "request_write_off"},
)
async def request_write_off(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    write_offs: NamedDependency[Asking],
    billing_event_id: FromPath[str],
    data: JSONBody[WriteOffWish],
) -> Response[WriteOff]:
    """Ask to give a due billing event up; `Location` is the approval of other people."""
    event = await event_seen(billing, engagements, billing_event_id)
    return _asked(await write_offs.write_off(event, data, by=current_caller().subject))


@post(
    "/billing-events/{billing_event_id:str}/write-off/reversal",
    status_code=202,
    opt={"operation": "request_write_off_reversal"},
)
async def request_write_off_reversal(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    write_offs: NamedDependency[Asking],
    billing_event_id: FromPath[str],
    data: JSONBody[ReversalWish],
) -> Response[WriteOff]:
    """Ask to bill what was written off after all; `Location` is the approval of other people."""
    event = await event_seen(billing, engagements, billing_event_id)
    return _asked(await write_offs.reversal(event, data, by=current_caller().subject))


def _asked(wanted: WriteOff) -> Response[WriteOff]:
    where = f"/process/approvals/v1/{approval_of(wanted)}"
    return Response(wanted, status_code=202, headers={"Location": where})


handlers = [read_write_off, request_write_off, request_write_off_reversal]

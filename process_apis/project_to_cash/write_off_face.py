"""Write-offs over HTTP: finance asks, and is told where the answer will be."""

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from governance.access import current_caller
from process_apis.engagements import Engagements
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent
from process_apis.project_to_cash.seen import event_seen
from process_apis.project_to_cash.write_offs import WriteOffs, WriteOffWish


@post(
    "/billing-events/{billing_event_id:str}/write-off",
    status_code=202,
    opt={"operation": "request_write_off"},
)
async def request_write_off(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    write_offs: NamedDependency[WriteOffs],
    billing_event_id: FromPath[str],
    data: JSONBody[WriteOffWish],
) -> Response[BillingEvent]:
    """Ask to give a due billing event up; `Location` is the approval of a second person."""
    event = await event_seen(billing, engagements, billing_event_id)
    asked = await write_offs.ask(event, data, by=current_caller().subject)
    where = f"/process/approvals/v1/{asked}"
    return Response(event, status_code=202, headers={"Location": where})

"""A gap in a staffing becomes an order, once the vendor is cleared and its tier agrees."""

from pathlib import Path

from process_apis.exceptions.queue import OpenException
from process_apis.exceptions.v1 import ExceptionList
from process_apis.procure_to_pay.ordering.requests import (
    Clearance,
    OrderRequest,
    RequestStage,
)
from process_apis.procure_to_pay.ordering_face import OrderRequestList
from system_apis.canonical.procurement import OrderStatus, PurchaseOrder, Vendor
from system_apis.canonical.record import Page
from tests.stories.engagement import Scene, scene
from tests.stories.people import until

BUYING = "/process/procure-to-pay/v1"


def _wish(vendor_id: str) -> dict[str, object]:
    return {
        "vendor_id": vendor_id,
        "legal_entity": "NWA-US",
        "project_number": "P-1001",
        "role": "Senior",
        "contractor": "C901",
        "hours": "60",
        "rate": {"amount": "100.00", "currency": "USD"},
        "start": "2026-10-05",
        "end": "2026-10-30",
    }


async def _requests(stage: Scene) -> list[OrderRequest]:
    page = await stage.people.read("procurement", f"{BUYING}/order-requests", OrderRequestList)
    return page.items


async def test_a_vendor_gets_an_order_once_cleared_and_approved_by_its_tier(
    tmp_path: Path,
) -> None:
    """Procurement completes the checklist, and has the request looked at again."""
    async with scene(tmp_path) as stage:
        await stage.engagement.set_up()
        vendors = await stage.people.read(
            "procurement", "/system/procurement/v1/vendors", Page[Vendor]
        )
        vendor = vendors.items[0].id
        where, wish = f"{BUYING}/order-requests", _wish(vendor)
        elsewhere = await stage.people.call(
            "resource_manager", "POST", where, wish | {"legal_entity": "NWA-DE"}
        )
        asked = await stage.people.call("resource_manager", "POST", where, wish)

        async def stopped() -> OpenException | None:
            page = await stage.people.read("procurement", "/process/exceptions/v1/", ExceptionList)
            return page.items[0] if page.items else None

        case = await until(stopped, "the exception of the request")
        for item in ("contract", "worker_status"):
            note = {"legal_entity": "NWA-US", "item": item, "evidence": f"{item} on file"}
            await stage.people.call(
                "procurement", "POST", f"{BUYING}/vendors/{vendor}/checks", note
            )
        where = f"{BUYING}/vendors/{vendor}/clearance?legal_entity=NWA-US"
        clearance = await stage.people.read("procurement", where, Clearance)
        answer = {"resolution": "retry", "note": "the vendor is cleared"}
        await stage.people.call(
            "procurement", "POST", f"/process/exceptions/v1/{case.id}/resolution", answer
        )

        async def waits() -> OrderRequest | None:
            found = (await _requests(stage))[0]
            return found if found.stage is not RequestStage.BLOCKED else None

        request = await until(waits, "the approval of the request")
        await stage.engagement.approve("U-PM1", "order 60")
        await stage.engagement.approve("procurement", "order 60")

        async def ordered() -> OrderRequest | None:
            found = (await _requests(stage))[0]
            return found if found.stage is RequestStage.ORDERED else None

        done = await until(ordered, "the order")
        path = f"/system/procurement/v1/purchase-orders/{done.purchase_order_id}"
        order = await stage.people.read("procurement", path, PurchaseOrder)

    assert (elsewhere.status, asked.status) == (404, 202)
    assert case.code == "VENDOR_NOT_CLEARED"
    assert clearance.is_cleared
    assert request.stage is RequestStage.PENDING_APPROVAL
    assert request.approvers == ("project_manager", "procurement")
    assert (order.status, order.total.amount) == (OrderStatus.SENT, "6000.00")

"""What the attacked firm has bought, received and been billed for."""

from collections.abc import Mapping

import msgspec

from tests.security.routes.attacked import Attacked
from tests.security.routes.bodies import GOOD
from tests.security.routes.lists import Row, first_of, listed
from tests.stories.people import until

_USD, _NO_USD = {"amount": "10.00", "currency": "USD"}, {"amount": "0.00", "currency": "USD"}
_DRAFT: dict[str, object] = {
    "legal_entity": "NWA-US",
    "currency": "USD",
    "lines": [
        {
            "project_number": "P-1001",
            "role": "Specialist",
            "unit": "hours",
            "quantity": "10",
            "rate": _USD,
            "contractor": "E101",
            "start": "2026-10-01",
            "end": "2026-10-31",
        }
    ],
}
_RECEIPT = {
    "line": 1,
    "start": "2026-10-01",
    "end": "2026-10-31",
    "quantity": "2",
    "rests_on": "manual",
    "accepted_by": "U-PM1",
    "accepted_at": "2026-10-31T12:00:00Z",
}
_BILL_LINE: dict[str, object] = {
    "description": "An hour",
    "purchase_order_line": 1,
    "quantity": "1",
    "unit_price": _USD,
    "net": _USD,
    "tax": _NO_USD,
}
_BILL: dict[str, object] = {
    "legal_entity": "NWA-US",
    "number": "B-1",
    "currency": "USD",
    "issue_date": "2026-10-31",
    "due_date": "2026-11-30",
    "net": _USD,
    "tax": _NO_USD,
    "gross": _USD,
}


async def bought(site: Attacked) -> None:
    """Order services for NWA-US, receive them and be billed for them."""
    vendor = await first_of(site, "/system/procurement/v1/vendors")
    order = await _made(site, "/purchase-orders", _DRAFT | {"vendor_id": vendor})
    await _made(site, f"/purchase-orders/{order.id}/approval", {"revision": 1})
    sending = await site.send("POST", f"/system/procurement/v1/purchase-orders/{order.id}/sending")
    assert sending.status == 200, sending.body
    await _made(site, f"/purchase-orders/{order.id}/receipts", _RECEIPT)
    line = _BILL_LINE | {"purchase_order_number": order.number}
    await _made(site, "/bills", _BILL | {"vendor_id": vendor, "lines": [line]})
    await _billed(site, vendor, line)
    journals = "/system/erp/v1/journals"
    booked = await site.send("POST", journals, body=GOOD[f"POST {journals}"])
    assert booked.status == 201, booked.body
    route = "POST /process/procure-to-pay/v1/purchase-orders/{purchase_order_id}/receipt-drafts"
    path = route.removeprefix("POST ").replace("{purchase_order_id}", str(order.id))
    drafting = await site.send("POST", path, body=GOOD[route])
    assert drafting.status == 202, drafting.body


async def _billed(site: Attacked, vendor: str, line: Mapping[str, object]) -> None:
    """Take a bill of two hours in that is right, and ask for services."""
    twice = {"amount": "20.00", "currency": "USD"}
    hours = dict(line) | {"quantity": "2", "net": twice}
    totals = {"net": twice, "gross": twice, "number": "B-2", "lines": [hours]}
    asked = GOOD["POST /process/procure-to-pay/v1/order-requests"]
    for path, body in {
        "bills": msgspec.json.encode(
            {"arrival": "mail-2", "bill": _BILL | {"vendor_id": vendor} | totals}
        ),
        "order-requests": asked.replace(b"vn_00000000000000000000000000", vendor.encode()),
    }.items():
        answer = await site.send("POST", f"/process/procure-to-pay/v1/{path}", body=body)
        assert answer.status == 202, answer.body

    async def posted() -> Row | None:
        taken_in = (await listed(site, "/process/procure-to-pay/v1/bills")).items
        return next((each for each in taken_in if each.stage == "posted"), None)

    found = await until(posted, "the posting of the bill")
    site.ids["process bill_case_id"] = str(found.id)


async def _made(site: Attacked, where: str, body: Mapping[str, object]) -> Row:
    path = f"/system/procurement/v1{where}"
    answer = await site.send("POST", path, body=msgspec.json.encode(body))
    assert answer.status < 300, answer.body
    return msgspec.json.decode(answer.body, type=Row)

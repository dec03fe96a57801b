"""The chapter of what was bought: services are received, and the vendor's bills held to them."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

from msgspec import Struct

from gateway.demo.comparison import Figure
from gateway.demo.deciding import Deciders
from gateway.demo.facts import BuyingCase, VendorBillFact
from gateway.demo.visitor import Tell, Visitor, until
from gateway.firm import Firm, Period
from process_apis.exceptions.queue import OpenException
from process_apis.procure_to_pay.records import (
    BillCase,
    OrderStanding,
    ReceiptStage,
)
from process_apis.procure_to_pay.v1 import ReceiptDraftList
from process_apis.runs import Run
from system_apis.canonical.money import Money
from system_apis.canonical.procurement import BillStatus, PurchaseOrder, ServiceReceipt
from system_apis.canonical.record import Page

BUYING = "/process/procure-to-pay/v1"
EXCEPTIONS = "/process/exceptions/v1"
UNDER_WAY = {BillStatus.RECEIVED, BillStatus.MATCHED, BillStatus.APPROVED}
TERMS = timedelta(days=30)
DECIDED = {ReceiptStage.RECORDED, ReceiptStage.REJECTED}


class Bought(Struct, frozen=True, kw_only=True):
    """What buying came to: the order, what was received on it, and the bills in turn."""

    standing: OrderStanding
    receipts: list[ServiceReceipt]
    bills: list[BillCase]


class BuyingChapter:
    """Plays what the firm's facts tell of its order: its receipts and its bills."""

    def __init__(self, visitor: Visitor, deciders: Deciders, firm: Firm, tell: Tell) -> None:
        self._visitor, self._deciders, self._tell = visitor, deciders, tell
        self._firm, self._clerk = firm, _person(firm, "finance")
        self._period: Period = firm.period

    async def play(self, case: BuyingCase) -> Bought | None:
        """Receive what was worked on the order, and take the vendor's bills in, one by one."""
        if case.po is None:
            return None
        path = f"/system/procurement/v1/purchase-orders?number={quote(case.po.id)}"
        found = (await self._visitor.get(self._clerk, path, Page[PurchaseOrder])).items
        if not found:
            return None
        order = found[0]
        receipts = await self._receive(order)
        bills = [
            await self._send(each, order, f"{count}:{each.number}")
            for count, each in enumerate(case.bills, start=1)
        ]
        return Bought(
            standing=await self._standing(order),
            receipts=receipts,
            bills=bills,
        )

    async def _receive(self, order: PurchaseOrder) -> list[ServiceReceipt]:
        path = f"{BUYING}/purchase-orders/{order.id}/receipt-drafts"
        days = {"start": self._period.start, "end": self._period.end}
        key = f"receive-{order.id}"
        manager = _person(self._firm, "project_manager", order.legal_entity)
        asked = await self._visitor.send(manager, "POST", path, days, Run, key=key)

        async def received() -> bool:
            await self._deciders.decide_all()
            page = await self._visitor.get(
                self._clerk, f"{BUYING}/receipt-drafts", ReceiptDraftList
            )
            ours = [each for each in page.items if each.purchase_order_id == order.id]
            return all(each.stage in DECIDED for each in ours) and bool(ours)

        await until(received, f"the receipt of {order.number} ({asked.key})")
        path = f"/system/procurement/v1/receipts?purchase_order_number={quote(order.number)}"
        receipts = await self._visitor.every(self._clerk, path, Page[ServiceReceipt])
        for each in receipts:
            self._tell(f"  {each.number}: {each.quantity} received, worth {each.amount}")
        return receipts

    async def _send(self, fact: VendorBillFact, order: PurchaseOrder, arrival: str) -> BillCase:
        """Have a bill taken in, and say what becomes of it; a wrong one is sent back."""
        wish = {"arrival": arrival, "bill": self._bill(fact, order)}
        key = f"bill-{arrival}"
        sent = await self._visitor.send(
            self._clerk, "POST", f"{BUYING}/bills", wish, BillCase, key=key
        )
        judged = await self._judged(sent)
        self._tell(f"  {fact.number} asks {judged.bill.net}: {judged.outcome}")
        if judged.stage is BillStatus.EXCEPTION:
            await self._send_back(judged)
        return judged

    async def _judged(self, sent: BillCase) -> BillCase:
        found: list[BillCase] = []

        async def judged() -> bool:
            await self._deciders.decide_all()
            found[:] = [await self._visitor.get(self._clerk, f"{BUYING}/bills/{sent.id}", BillCase)]
            return found[0].stage not in UNDER_WAY or await self._waits(found[0])

        await until(judged, f"what becomes of {sent.bill.number}")
        return found[0]

    async def _waits(self, case: BillCase) -> bool:
        """Whether a bill that is right waits for somebody to put its posting right."""
        if case.stage is BillStatus.RECEIVED:
            return False
        cases = await self._visitor.every(self._clerk, f"{EXCEPTIONS}/", Page[OpenException])
        return any(case.id in each.command_key for each in cases)

    async def _send_back(self, judged: BillCase) -> None:
        stopped: list[OpenException] = []
        owner = _person(self._firm, judged.variances[0].owner, judged.legal_entity)

        async def there() -> bool:
            cases = await self._visitor.every(owner, f"{EXCEPTIONS}/", Page[OpenException])
            stopped[:] = [each for each in cases if judged.id in each.command_key]
            return bool(stopped)

        await until(there, f"the exception of {judged.bill.number}")
        path = f"{EXCEPTIONS}/{stopped[0].id}/resolution"
        wish = {"resolution": "cancel", "note": "the vendor corrects it"}
        await self._visitor.send(owner, "POST", path, wish, OpenException)

    async def _standing(self, order: PurchaseOrder) -> OrderStanding:
        path = f"{BUYING}/purchase-orders/{order.id}/standing"
        return await self._visitor.get(self._clerk, path, OrderStanding)

    def _bill(self, fact: VendorBillFact, order: PurchaseOrder) -> dict[str, object]:
        """Return a bill as the vendor writes it: hours at the order's rate, without tax."""
        line = order.lines[0]
        net = Money.of(line.rate.value * fact.hours, order.currency)
        nothing = Money.zero(order.currency)
        return {
            "vendor_id": order.vendor_id,
            "legal_entity": order.legal_entity,
            "number": fact.number,
            "currency": order.currency,
            "issue_date": self._period.end,
            "due_date": self._period.end + TERMS,
            "lines": [
                {
                    "description": f"Hours of {line.contractor}",
                    "purchase_order_number": order.number,
                    "purchase_order_line": line.number,
                    "quantity": str(fact.hours),
                    "unit_price": line.rate,
                    "net": net,
                    "tax": nothing,
                }
            ],
            "net": net,
            "tax": nothing,
            "gross": net,
        }


def procurement(bought: Bought | None) -> dict[str, Figure]:
    """Return what buying came to, in the shape of `expected.json`."""
    if bought is None:
        return {}
    standing = bought.standing
    currency = standing.total.currency
    received = [each for each in bought.receipts if not each.is_reversed]
    assessed = [each.self_assessed for each in bought.bills if each.outcome == "MATCHED"]
    told: dict[str, Figure] = {
        "po_amount": standing.total.amount,
        "receipt_hours": str(sum((each.quantity for each in received), start=Decimal(0))),
        "receipt_amount": Money.total((each.amount for each in received), currency).amount,
        "bills": [_bill(each) for each in bought.bills],
        "self_assessed_tax": Money.total((one for one in assessed if one), currency).amount,
        "po_hours_left": str(sum((each.left for each in standing.lines), start=Decimal(0))),
        "po_amount_left": Money.total((one.amount_left for one in standing.lines), currency).amount,
    }
    return {"procurement": told}


def _bill(case: BillCase) -> dict[str, Figure]:
    over = [each for each in case.variances if each.over]
    currency = case.bill.currency
    return {
        "number": case.bill.number,
        "amount": case.bill.net.amount,
        "outcome": case.outcome,
        "hours_over": str(sum((each.over for each in over), start=Decimal(0))),
        "amount_over": Money.total((each.amount_over for each in over), currency).amount,
    }


def _person(firm: Firm, role: str, entity: str = "") -> str:
    """Return who holds a role, in a company if it is named."""
    for person in firm.people:
        if role in person.roles and (not entity or entity in person.entities):
            return person.id
    raise LookupError(f"{firm.name} has nobody with the role {role} {entity}")

"""How orders stand: what of them was received and billed, and what is left."""

from collections.abc import Callable
from datetime import date, datetime

from msgspec import Struct

from governance.editions import Editions
from process_apis.procure_to_pay import names, rules
from process_apis.procure_to_pay.papers import PurchasePapers
from process_apis.procure_to_pay.records import Accrual, BillCase, OrderStanding
from process_apis.procure_to_pay.terms import Exchange, ProcureToPayTerms
from system_apis.canonical.procurement import PurchaseOrder, ServiceReceipt, VendorBill
from system_apis.procurement.interface import Procurement
from system_apis.systems import Systems


class Orders(Struct, frozen=True):
    """Looks at orders beside their receipts and bills."""

    systems: Systems
    bills: PurchasePapers[BillCase]
    terms: Editions[ProcureToPayTerms]
    exchange: Exchange
    clock: Callable[[], datetime]

    async def standing(self, purchase_order_id: str) -> OrderStanding:
        """Return how an order stands now."""
        order = await self.systems.procurement.purchase_order(purchase_order_id)
        cases = await self._billed(order)
        today = self.clock().date()
        edition = self.terms.on(today)
        terms = self.systems.erp(order.legal_entity, on=today).posting_terms
        return OrderStanding(
            purchase_order_id=order.id,
            number=order.number,
            vendor_id=order.vendor_id,
            legal_entity=order.legal_entity,
            total=order.total,
            approvers=rules.approvers(order.total, edition.terms, self.exchange),
            terms_version=edition.version,
            lines=tuple(
                rules.line_standing(order, each, cases, terms.rounding) for each in order.lines
            ),
        )

    async def accruals(self, legal_entity: str, on: date) -> list[Accrual]:
        """Return what a company received by a day and was not billed for, line by line."""
        procurement = self.systems.procurement
        found, cursor = list[Accrual](), None
        while True:
            page = await procurement.purchase_orders(legal_entity=legal_entity, cursor=cursor)
            for order in page.items:
                receipts = await receipts_of(procurement, order.number)
                found += rules.accrued(order, receipts, await self._billed(order), on)
            if page.next_cursor is None:
                return found
            cursor = page.next_cursor

    async def _billed(self, order: PurchaseOrder) -> list[BillCase]:
        """Return the bills that bill an order, its vendor's."""
        return await self.bills.named([names.of_order(order.vendor_id, order.number)])


async def receipts_of(procurement: Procurement, number: str) -> list[ServiceReceipt]:
    """Return every receipt on an order, reversed ones too."""
    found, cursor = list[ServiceReceipt](), None
    while True:
        page = await procurement.receipts(purchase_order_number=number, cursor=cursor)
        found += page.items
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


async def bills_of(
    procurement: Procurement, *, vendor_id: str | None = None, number: str | None = None
) -> list[VendorBill]:
    """Return every bill of a vendor, or on an order, as the procurement system has them."""
    found, cursor = list[VendorBill](), None
    while True:
        page = await procurement.bills(
            vendor_id=vendor_id, purchase_order_number=number, cursor=cursor
        )
        found += page.items
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


async def order_of_number(procurement: Procurement, number: str) -> PurchaseOrder | None:
    """Return the order of a number, if there is one."""
    found = (await procurement.purchase_orders(number=number)).items
    return found[0] if len(found) == 1 else None

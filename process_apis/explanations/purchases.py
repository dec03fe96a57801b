"""Explains what is bought: reads orders, receipts, hours and bills under an identity of its own."""

from datetime import date

from msgspec import Struct

from governance.access import Caller, acting_as
from process_apis.errors import NoSuchRecord
from process_apis.explanations.bought import Bought, why_bill, why_order
from process_apis.explanations.trail import Trail
from process_apis.explanations.tree import Explanation, explanation
from process_apis.pages import every
from process_apis.procure_to_pay.buying import Buying
from process_apis.procure_to_pay.ordering.requests import OrderRequest
from process_apis.procure_to_pay.orders import order_of_number, receipts_of
from process_apis.procure_to_pay.records import BillCase
from process_apis.sight import Sight
from system_apis.canonical.payables import Payable
from system_apis.canonical.procurement import PurchaseOrder, ServiceReceipt
from system_apis.canonical.record import Page
from system_apis.canonical.time import TimeEntry
from system_apis.errors import NotFound

_NAME = "process:explanations"
_SCOPES = frozenset({"system:procurement:read", "system:psa:read", "system:erp:read"})


class Purchases(Struct, frozen=True):
    """Says why orders and vendors' bills are what they are."""

    buying: Buying
    trail: Trail

    async def bill(self, named: str, sight: Sight) -> Explanation:
        """Return why a vendor's bill, named by its number or our id, is what it is.

        Raises `NoSuchRecord` for one that the caller does not see.
        """
        known = await self.buying.bills.find(named)
        # Only who names a bill by the vendor's number has all of them looked through.
        entities = sight.caller.entities
        listed = [known] if known else await self.buying.bills.listed(entities=entities)
        found = [each for each in sight.of(listed) if named in (each.id, each.bill.number)]
        if not found:
            raise NoSuchRecord(f"there is no bill {named}")
        # Of bills that were sent again the first that stands is meant.
        case = min(found, key=lambda each: (each.duplicate_of is not None, each.opened_at))
        with acting_as(_identity(case.legal_entity)):
            numbers = {each.purchase_order_number for each in case.bill.lines}
            procurement = self.buying.systems.procurement
            orders = [await order_of_number(procurement, each) for each in sorted(_said(numbers))]
            facts = await self._facts(case.vendor_id, [each for each in orders if each], [case])
        keys = [f"{each}{case.reference}" for each in ("", *_CALLS)]
        runs = [f"{each}:{case.id}" for each in ("bill", "post-bill", "release-bill", "bill-back")]
        subjects = [case.id, case.bill_id or "", case.payable_id or ""]
        trail = await self.trail.about(subjects, runs=runs, keys=keys, by=sight.caller)
        return explanation(f"bill {case.bill.number}", why_bill(case, facts, trail))

    async def order(self, named: str, sight: Sight) -> Explanation:
        """Return why an order, named by its number or our id, is what it is.

        Raises `NoSuchRecord` for one that the caller does not see.
        """
        with acting_as(_identity(*sorted(sight.caller.entities))):
            order = await self._order(named)
        if order is None or not sight.sees(order):
            raise NoSuchRecord(f"there is no order {named}")
        cases = await self.buying.bills.listed(about=order.vendor_id)
        requests = await self.buying.requests.listed(about=order.vendor_id)
        request = next((each for each in requests if each.purchase_order_id == order.id), None)
        with acting_as(_identity(order.legal_entity)):
            facts = await self._facts(order.vendor_id, [order], cases, request)
        drafts = await self.buying.receipts.listed(about=order.vendor_id)
        ours = [each for each in drafts if each.purchase_order_id == order.id]
        keys = [each.reference for each in ours]
        runs = [f"receive:{order.id}", *(f"received:{each.id}" for each in ours)]
        if request:
            keys += [request.reference, *(f"{each}{request.reference}" for each in _CALLS)]
            runs += [f"request-order:{request.id}", f"order:{request.id}"]
        subjects = [order.id, request.id if request else "", *(each.id for each in ours)]
        trail = await self.trail.about(subjects, runs=runs, keys=keys, by=sight.caller)
        return explanation(f"order {order.number}", why_order(order, facts, trail))

    async def _order(self, named: str) -> PurchaseOrder | None:
        """Return an order by its number or our id; of an id that is hidden no system is asked."""
        procurement = self.buying.systems.procurement
        if not named.startswith(_OUR_ID):
            return await order_of_number(procurement, named)
        try:
            return await procurement.purchase_order(named)
        except NotFound:
            return None

    async def _facts(
        self,
        vendor_id: str,
        orders: list[PurchaseOrder],
        cases: list[BillCase],
        request: OrderRequest | None = None,
    ) -> Bought:
        """Return what an order or a bill is explained from, as the systems have it now."""
        procurement = self.buying.systems.procurement
        receipts = [one for each in orders for one in await receipts_of(procurement, each.number)]
        payables = [await self._payable(each) for each in cases if each.payable_id]
        return Bought(
            vendor=await procurement.vendor(vendor_id),
            orders={each.number: each for each in orders},
            receipts=receipts,
            entries=await self._worked(orders, receipts),
            cases=cases,
            payables={each.id: each for each in payables},
            request=request,
        )

    async def _payable(self, case: BillCase) -> Payable:
        erp = self.buying.systems.by_erp_instance(case.instance or "")
        return await erp.payable(case.payable_id or "")

    async def _worked(
        self, orders: list[PurchaseOrder], receipts: list[ServiceReceipt]
    ) -> dict[str, TimeEntry]:
        """Return the time entries that receipts name, by their numbers."""
        named = {number for each in receipts for number in each.evidence}
        found: dict[str, TimeEntry] = {}
        for order in orders:
            days = [each for each in receipts if each.purchase_order_number == order.number]
            for project in {each.project_number for each in order.lines} if days else ():
                start, end = min(each.start for each in days), max(each.end for each in days)
                entries = await self._entries(order.legal_entity, project, start, end)
                found |= {each.number: each for each in entries if each.number in named}
        return found

    async def _entries(
        self, legal_entity: str, project: str, start: date, end: date
    ) -> list[TimeEntry]:
        psa = self.buying.systems.psa(legal_entity, on=end)

        async def page(cursor: str | None) -> Page[TimeEntry]:
            return await psa.time_entries(
                project_number=project, start=start, end=end, cursor=cursor
            )

        return await every(page)


_OUR_ID = "po_"
_CALLS = ("approve:", "send:", "post:", "release:", "credit:", "post:credit:", "dispute:")


def _said(numbers: set[str | None]) -> set[str]:
    return {each for each in numbers if each is not None}


def _identity(*entities: str) -> Caller:
    return Caller(subject=_NAME, client_id=_NAME, scopes=_SCOPES, entities=frozenset(entities))

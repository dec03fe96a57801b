"""Looks at what is bought: vendors, their bills, and what was received."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from process_apis.pages import every
from process_apis.quality.seen import Seen, just
from system_apis.canonical.procurement import (
    OrderLine,
    OrderUnit,
    ReceiptSource,
    ServiceReceipt,
    VendorStatus,
)
from system_apis.canonical.quality.procurement import BillFacts, ReceiptFacts, VendorFacts
from system_apis.canonical.time import EntryStatus
from system_apis.errors import Refused
from system_apis.systems import Systems

VENDOR_RULES = frozenset({"DQ-V1", "DQ-V2"})
BILL_RULES = frozenset({"DQ-V3"})
_APPROVED = {EntryStatus.APPROVED, EntryStatus.LOCKED}
RECEIPT_RULES = frozenset({"DQ-V4", "DQ-V5"})


class Purchases(Struct, frozen=True):
    """Looks at the records of the procurement system."""

    systems: Systems
    clock: Callable[[], datetime]

    async def vendor(self, _: str, vendor_id: str) -> tuple[Seen, ...]:
        """Look at a vendor, whose insurance may run out."""
        vendor = await self.systems.procurement.vendor(vendor_id)
        return (
            Seen(
                facts=VendorFacts(vendor=vendor, now=self.clock()),
                decided=VENDOR_RULES,
                changes_with_days=vendor.status is VendorStatus.ACTIVE,
            ),
        )

    async def bill(self, _: str, bill_id: str) -> tuple[Seen, ...]:
        """Look at a bill beside the others of its vendor."""
        procurement = self.systems.procurement
        bill = await procurement.bill(bill_id)
        vendor = bill.vendor_id
        others = await every(lambda at: procurement.bills(vendor_id=vendor, cursor=at))
        return (
            Seen(
                facts=BillFacts(bill=bill, others=tuple(others)),
                decided=BILL_RULES,
                legal_entity=bill.legal_entity,
                at_risk=just(bill.gross),
            ),
        )

    async def receipt(self, _: str, receipt_id: str) -> tuple[Seen, ...]:
        """Look at a receipt, the order line that it is of, and the hours that it rests on."""
        receipt = await self.systems.procurement.receipt(receipt_id)
        line = await self._line(receipt)
        hours = await self._approved_hours(receipt, line) if line else None
        decided = set[str]()
        if line is not None:
            decided.add("DQ-V4")
        if hours is not None or receipt.rests_on is not ReceiptSource.TIME_ENTRIES:
            decided.add("DQ-V5")
        return (
            Seen(
                facts=ReceiptFacts(receipt=receipt, line=line, approved_hours=hours),
                decided=frozenset(decided),
                legal_entity=receipt.legal_entity,
                at_risk=just(receipt.amount),
            ),
        )

    async def _line(self, receipt: ServiceReceipt) -> OrderLine | None:
        found = await self.systems.procurement.purchase_orders(number=receipt.purchase_order_number)
        lines = [line for order in found.items for line in order.lines]
        return next((each for each in lines if each.number == receipt.line), None)

    async def _approved_hours(self, receipt: ServiceReceipt, line: OrderLine) -> Decimal | None:
        """Return the contractor's approved hours of the receipt's days, where both are told."""
        by_time = receipt.rests_on is ReceiptSource.TIME_ENTRIES and line.unit is OrderUnit.HOURS
        if not by_time or line.contractor is None or receipt.is_reversed:
            return None
        try:
            psa = self.systems.psa(receipt.legal_entity, on=receipt.end)
        except Refused:  # nobody keeps the time of that company
            return None
        entries = await every(
            lambda at: psa.time_entries(
                project_number=line.project_number,
                start=receipt.start,
                end=receipt.end,
                cursor=at,
            )
        )
        own = [each for each in entries if each.employee == line.contractor]
        named = [each for each in own if each.number in receipt.evidence]
        approved = [each.hours for each in named or own if each.status in _APPROVED]
        return sum(approved, Decimal(0))

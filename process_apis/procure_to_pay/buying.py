"""What a caller may see and start of buying: their own companies' and units' alone."""

from datetime import date
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from governance.access import Forbidden, current_caller
from governance.wrong_field import WrongField
from process_apis.engagements import Engagements
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.papers import Paper, Papers
from process_apis.procure_to_pay import accruals, names
from process_apis.procure_to_pay.accruing import last_day
from process_apis.procure_to_pay.ordering.clearing import Clearing
from process_apis.procure_to_pay.ordering.requests import OrderRequest
from process_apis.procure_to_pay.orders import Orders
from process_apis.procure_to_pay.papers import PurchasePapers
from process_apis.procure_to_pay.records import (
    Accrual,
    AccrualJournal,
    BillCase,
    JournalStage,
    ReceiptCase,
)
from system_apis.canonical.procurement import BillStatus, PurchaseOrder
from system_apis.canonical.revenue import Month
from system_apis.systems import Systems

R = TypeVar("R", bound=Paper)


class Buying(Struct, frozen=True):
    """The records of buying, as its API shows them."""

    systems: Systems
    engagements: Engagements
    orders: Orders
    clearing: Clearing
    requests: Papers[OrderRequest]
    receipts: Papers[ReceiptCase]
    bills: PurchasePapers[BillCase]
    journals: PurchasePapers[AccrualJournal]

    async def order_seen(self, purchase_order_id: str) -> PurchaseOrder:
        """Return an order that the caller may see.

        Raises `NotFound` for one of another company, `NoSuchRecord` for another unit's.
        """
        order = await self.systems.procurement.purchase_order(purchase_order_id)
        if not (await self.engagements.sight(current_caller())).sees(order):
            raise NoSuchRecord(f"there is no purchase order {purchase_order_id}")
        return order

    async def require_vendor(self, vendor_id: str, legal_entity: str) -> None:
        """Raise `NotFound` for a vendor that there is not, `Forbidden` for another's company."""
        if not current_caller().sees(legal_entity):
            raise Forbidden(f"you may not act for {legal_entity}")
        await self.systems.procurement.vendor(vendor_id)

    def require_company(self, legal_entity: str) -> None:
        """Raise `NoSuchRecord` for a company that the caller does not see."""
        if not current_caller().sees(legal_entity):
            raise NoSuchRecord(f"there is no company {legal_entity} that you act for")

    async def require_project(self, project_number: str, legal_entity: str) -> None:
        """Raise `NoSuchRecord` for another company's project, or a unit's not seen by the caller.

        One that Strata does not carry is left to be looked at with the request.
        """
        sight = await self.engagements.sight(current_caller())
        found = await self.engagements.find(project_number)
        is_others = found is not None and found.legal_entity != legal_entity
        if is_others or project_number in sight.hidden:
            raise NoSuchRecord(f"{legal_entity} has no project {project_number}")

    async def taken_in(self, case: BillCase) -> BillCase:
        """Write a bill down as it came; raises `Conflict` for a message that said another one."""
        known = await self.bills.open(case, by=current_caller())
        if known.bill != case.bill:
            raise Conflict(f"the message {case.arrival} brought another bill; name its own message")
        return known

    async def credited(self, bill_case_id: str, number: str, on: date) -> BillCase:
        """Write down by which credit a vendor takes a posted bill back.

        Raises `Conflict` for a bill that is not posted, or that another credit took back, and
        `WrongField` for a credit that is older than its bill.
        """
        case = await self.one_seen(self.bills, bill_case_id)
        credit = (number, on)
        if (case.credit_number, case.credit_date) == credit:
            return case
        if case.stage is not BillStatus.POSTED or case.credit_number is not None:
            raise Conflict(f"a bill that is {case.stage} is not taken back by {number}")
        if on < case.bill.issue_date:
            raise WrongField(
                "issue_date", f"its bill is of {case.bill.issue_date}: that day or later"
            )
        return await self.bills.moved(
            replace(case, credit_number=number, credit_date=on), seen=case
        )

    async def accruals(self, legal_entity: str, on: date) -> list[Accrual]:
        """Return what a company received and was not billed for, as far as the caller sees it."""
        sight = await self.engagements.sight(current_caller())
        if not sight.caller.sees(legal_entity):
            raise Forbidden(f"you may not see {legal_entity}")
        found = sight.of(await self.orders.accruals(legal_entity, on))
        return [each for each in found if each.received or each.billed]

    async def unbooked(self, legal_entity: str, month: Month) -> list[Accrual]:
        """Return what a month bears for what was received, and its books do not yet."""
        if not self.systems.procurements:
            return []
        posted = await self.journals.named(
            [names.of_month(legal_entity, month)], stages=[JournalStage.POSTED]
        )
        found = await self.orders.accruals(legal_entity, last_day(month))
        return [
            replace(each.accrual, accrued=each.left) for each in accruals.lacking(found, posted)
        ]

    async def one_seen(self, papers: Papers[R], record_id: str) -> R:
        """Return one record that the caller may see, or raise `NoSuchRecord`."""
        found = await papers.get(record_id)
        if not (await self.engagements.sight(current_caller())).sees(found):
            raise NoSuchRecord(f"there is no record {record_id}")
        return found

"""Posting bills: each in its company's books once, for exactly the expected total."""

from msgspec import Struct
from msgspec.structs import replace

from process_apis.errors import NeedsPerson
from process_apis.papers import Papers
from process_apis.procure_to_pay.bills import owing
from process_apis.procure_to_pay.ordering.clearing import Clearing
from process_apis.procure_to_pay.records import BillCase, Hold
from system_apis.canonical.billing import Invoice
from system_apis.canonical.payables import Payable
from system_apis.canonical.procurement import BillStatus
from system_apis.systems import Systems


class BillPosting(Struct, frozen=True):
    """The steps between a bill that is right and one that can be paid."""

    systems: Systems
    bills: Papers[BillCase]
    clearing: Clearing

    async def look_at_holds(self, case_id: str) -> BillCase:
        """Say what keeps a bill from being paid now."""
        seen = await self.bills.get(case_id)
        holds = await self._holds(seen)
        stage = BillStatus.APPROVED if seen.stage is BillStatus.MATCHED else seen.stage
        erp = self.systems.erp(seen.legal_entity, on=seen.bill.issue_date)
        now = replace(seen, stage=stage, holds=holds, instance=seen.instance or erp.instance)
        return await self.bills.moved(now, seen=seen)

    async def write_payable(self, case: BillCase) -> Payable:
        """Write a bill to the ERP under its own reference; nothing is posted yet."""
        vendor = await self.systems.procurement.vendor(case.vendor_id)
        erp = self.systems.by_erp_instance(case.instance or "")
        return await erp.create_payable(owing.payable(case, vendor), key=case.reference)

    async def compare_payable(self, case: BillCase, written: Payable) -> None:
        """Stop at a person, before anything is posted, when the ERP's totals are others."""
        erp = self.systems.by_erp_instance(case.instance or "")
        found = await erp.payable(written.id)
        expected = (case.bill.net, case.bill.tax, case.bill.gross, owing.assessed(case))
        if (found.net, found.tax, found.gross, found.self_assessed) != expected:
            told = f"{found.gross} and {found.self_assessed} of own tax"
            reason = f"expected {expected[2]} and {expected[3]} of own tax, the ERP computed {told}"
            raise NeedsPerson(
                f"{erp.instance}: {reason}",
                code="TOTAL_MISMATCH",
                amount=case.bill.gross,
                evidence=[f"bill: {case.bill.number}", f"payable: {written.id}"],
            )

    async def post_payable(self, case: BillCase, written: Payable) -> Payable:
        """Post a bill, which gives it a number of the books."""
        erp = self.systems.by_erp_instance(case.instance or "")
        return await erp.post_payable(written.id, key=f"post:{case.reference}")

    async def note_posted(self, case: BillCase, posted: Payable) -> None:
        """Write down what the ERP posted; said twice, it is so once."""
        now = await self.bills.get(case.id)
        if now.stage is BillStatus.APPROVED:
            told = replace(
                now,
                stage=BillStatus.POSTED,
                payable_id=posted.id,
                payable_number=posted.number,
            )
            await self.bills.moved(told, seen=now)

    async def release(self, case: BillCase) -> None:
        """Let a bill be paid that nothing holds any more."""
        if case.payable_id is not None and not case.holds:
            erp = self.systems.by_erp_instance(case.instance or "")
            await erp.release_payable(case.payable_id, key=f"release:{case.reference}")

    async def write_credit(self, case_id: str) -> Payable:
        """Write a vendor's credit to the ERP that posted the bill; nothing is posted yet."""
        case = await self.bills.get(case_id)
        vendor = await self.systems.procurement.vendor(case.vendor_id)
        erp = self.systems.by_erp_instance(case.instance or "")
        key = f"credit:{case.reference}"
        return await erp.create_payable(owing.vendor_credit(case, vendor), key=key)

    async def post_credit(self, case_id: str, written: Payable) -> None:
        """Post a vendor's credit, and let what the bill asked for be billed again."""
        case = await self.bills.get(case_id)
        erp = self.systems.by_erp_instance(case.instance or "")
        await erp.post_payable(written.id, key=f"post:credit:{case.reference}")
        if case.stage is BillStatus.POSTED:
            await self.bills.moved(replace(case, stage=BillStatus.VOID), seen=case)

    async def _holds(self, case: BillCase) -> tuple[Hold, ...]:
        vendor = await self.systems.procurement.vendor(case.vendor_id)
        invoices = await self._invoices(case) if case.bill.paid_when_paid else []
        called = await self.clearing.called_back(case.vendor_id, case.legal_entity)
        return owing.holds(case.bill, vendor, called, invoices)

    async def _invoices(self, case: BillCase) -> list[Invoice]:
        """Return what the client was billed for the project that the vendor worked on."""
        erp = self.systems.erp(case.legal_entity, on=case.bill.issue_date)
        found, cursor = list[Invoice](), None
        while True:
            page = await erp.invoices(legal_entity=case.legal_entity, cursor=cursor)
            found += [one for one in page.items if one.project_number == case.project_number]
            if page.next_cursor is None:
                return found
            cursor = page.next_cursor

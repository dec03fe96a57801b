"""Receipts of services: drafted from approved time, accepted by the project manager, recorded."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from governance.access import current_caller
from process_apis.approvals.decisions import Approvals
from process_apis.engagements import Engagements
from process_apis.papers import Papers
from process_apis.procure_to_pay import rules
from process_apis.procure_to_pay.orders import receipts_of
from process_apis.procure_to_pay.records import ReceiptCase, ReceiptStage
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.procurement import (
    OrderLine,
    PurchaseOrder,
    ReceiptSource,
    ServiceReceiptDraft,
)
from system_apis.canonical.time import TimeEntry
from system_apis.errors import Refused
from system_apis.systems import Systems

OPEN = (ReceiptStage.PENDING_APPROVAL, ReceiptStage.ACCEPTED, ReceiptStage.RECORDED)

LEFT = (ReceiptStage.REJECTED, ReceiptStage.REVERSED)


class Receiving(Struct, frozen=True):
    """The steps between approved time and a recorded receipt."""

    systems: Systems
    papers: Papers[ReceiptCase]
    engagements: Engagements
    approvals: Approvals
    entities: Mapping[str, LegalEntity]
    clock: Callable[[], datetime]

    async def draft_receipts(
        self, purchase_order_id: str, start: date, end: date
    ) -> list[ReceiptCase]:
        """Draft a receipt of each line of an order that time was approved for in a period.

        Time that was received and corrected since is a draft of the difference, which may be
        below nothing: what was recorded is never changed.
        What was drafted of that period before, and is not decided, is among what is returned.
        """
        order = await self.systems.procurement.purchase_order(purchase_order_id)
        for line in order.lines:
            draft = await self._draft(order, line, start, end)
            if draft is not None:
                await self.papers.open(draft, by=current_caller())
        waiting = await self.papers.listed(
            about=order.vendor_id, stages=[ReceiptStage.PENDING_APPROVAL]
        )
        asked = (order.id, start, end)
        return [each for each in waiting if (each.purchase_order_id, each.start, each.end) == asked]

    async def _draft(
        self, order: PurchaseOrder, line: OrderLine, start: date, end: date
    ) -> ReceiptCase | None:
        entries = await worked(self.systems, order, line, start, end)
        taken = await self._taken(order)
        new = [each for each in entries if each.number not in taken]
        company = self.entities[order.legal_entity]
        quantity = rules.quantity_of(new, line.unit, company.hours_per_day)
        if quantity is None:
            return None
        engagement = await self.engagements.find(line.project_number)
        erp = self.systems.erp(order.legal_entity, on=end)
        numbers = tuple(each.number for each in new)
        return ReceiptCase(
            id=receipt_case_id(order.id, line.number, numbers, await self._left(order, numbers)),
            legal_entity=order.legal_entity,
            vendor_id=order.vendor_id,
            project_number=line.project_number,
            project_manager=engagement.project_manager if engagement else None,
            purchase_order_id=order.id,
            purchase_order_number=order.number,
            line=line.number,
            start=start,
            end=end,
            quantity=quantity,
            amount=line.rate.times(quantity, erp.posting_terms.rounding),
            evidence=numbers,
            stage=ReceiptStage.PENDING_APPROVAL,
            requested_by=f"process:{rules.NAME}",
            opened_at=self.clock(),
        )

    async def _taken(self, order: PurchaseOrder) -> set[str]:
        """Return the time entries that a receipt, or a draft of one, rests on already."""
        drafts = await self.papers.listed(about=order.vendor_id, stages=OPEN)
        recorded = await receipts_of(self.systems.procurement, order.number)
        standing = [each for each in recorded if not each.is_reversed]
        by_drafts = {number for each in drafts for number in each.evidence}
        return by_drafts | {number for each in standing for number in each.evidence}

    async def _left(self, order: PurchaseOrder, evidence: Sequence[str]) -> int:
        """Return how often the same time was drafted, and not accepted or taken back."""
        left = await self.papers.listed(about=order.vendor_id, stages=LEFT)
        return sum(each.evidence == evidence for each in left)

    async def note_accepted(self, receipt_case_id: str, approval_id: str) -> ReceiptCase:
        """Write down who accepted a drafted receipt, and when."""
        case = await self.papers.get(receipt_case_id)
        if case.stage is not ReceiptStage.PENDING_APPROVAL:
            return case
        answer = await self.approvals.find(approval_id)
        if answer is None or answer.decided_by is None:
            said = f"nobody accepted the receipt on {case.purchase_order_number}"
            raise Refused("strata", said, code="NOT_ACCEPTED")
        accepted = replace(
            case,
            stage=ReceiptStage.ACCEPTED,
            accepted_by=answer.decided_by,
            accepted_at=answer.decided_at,
        )
        return await self.papers.moved(accepted, seen=case)

    async def record_receipt(self, case: ReceiptCase) -> str:
        """Record an accepted receipt in the procurement system, and return its id there.

        Refused with `RECEIPT_BILLED` when it takes back what a bill rests on.
        """
        draft = ServiceReceiptDraft(
            line=case.line,
            start=case.start,
            end=case.end,
            quantity=abs(case.quantity),
            rests_on=ReceiptSource.TIME_ENTRIES,
            evidence=case.evidence,
            accepted_by=case.accepted_by or "",
            accepted_at=case.accepted_at or self.clock(),
            takes_back=case.takes_back,
        )
        recorded = await self.systems.procurement.record_receipt(
            case.purchase_order_id, draft, key=case.reference
        )
        return recorded.id

    async def note_recorded(self, case: ReceiptCase, receipt_id: str) -> None:
        """Write down that the procurement system has a receipt."""
        now = await self.papers.get(case.id)
        if now.stage is ReceiptStage.ACCEPTED:
            recorded = replace(now, stage=ReceiptStage.RECORDED, receipt_id=receipt_id)
            await self.papers.moved(recorded, seen=now)

    async def reverse(self, receipt_case_id: str) -> None:
        """Take a recorded receipt back; refused with `RECEIPT_BILLED` when a bill rests on it."""
        case = await self.papers.get(receipt_case_id)
        if case.stage is ReceiptStage.RECORDED:
            key = f"reverse:{case.reference}"
            await self.systems.procurement.reverse_receipt(case.receipt_id or "", key=key)
            await self.papers.moved(replace(case, stage=ReceiptStage.REVERSED), seen=case)

    async def drop(self, receipt_case_id: str) -> None:
        """Take a draft out that was not accepted, so that its time can be received otherwise."""
        case = await self.papers.get(receipt_case_id)
        if case.stage is ReceiptStage.PENDING_APPROVAL:
            await self.papers.moved(replace(case, stage=ReceiptStage.REJECTED), seen=case)


async def worked(
    systems: Systems, order: PurchaseOrder, line: OrderLine, start: date, end: date
) -> list[TimeEntry]:
    """Return the approved time of a line's contractor in a period, and within the line's own."""
    first, last = max(start, line.start or start), min(end, line.end or end)
    if line.contractor is None or last < first:
        return []
    psa = systems.psa(order.legal_entity, on=last)
    found, cursor = list[TimeEntry](), None
    while True:
        page = await psa.time_entries(
            project_number=line.project_number, start=first, end=last, cursor=cursor
        )
        found += page.items
        if page.next_cursor is None:
            return rules.approved_of(found, line.contractor)
        cursor = page.next_cursor


def receipt_case_id(
    purchase_order_id: str, line: int, evidence: Sequence[str], turn: int = 0
) -> str:
    """Return the id of the receipt of some time entries on a line, of each turn another."""
    said = f"{purchase_order_id}|{line}|{'|'.join(sorted(evidence))}"
    said += f"|{turn}" if turn else ""
    return f"rcp_{hashlib.sha256(said.encode()).hexdigest()[:24]}"

"""Bills that come in: each message once, each bill once, and held against what was bought."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from governance.access import current_caller
from governance.editions import Editions
from process_apis.durable.overriding import despite
from process_apis.errors import NeedsPerson
from process_apis.papers import Papers
from process_apis.procure_to_pay import names
from process_apis.procure_to_pay.bills import rules
from process_apis.procure_to_pay.orders import bills_of, order_of_number, receipts_of
from process_apis.procure_to_pay.papers import PurchasePapers
from process_apis.procure_to_pay.receiving import worked
from process_apis.procure_to_pay.records import OURS, BillCase, ReceiptCase, ReceiptStage
from process_apis.procure_to_pay.rules import quantity_of
from process_apis.procure_to_pay.terms import ProcureToPayTerms
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.procurement import (
    BillStatus,
    OrderLine,
    PurchaseOrder,
    VendorBill,
    VendorBillDraft,
)
from system_apis.errors import Refused
from system_apis.systems import Systems

NOT_YET = (ReceiptStage.PENDING_APPROVAL, ReceiptStage.ACCEPTED)
RIGHT = {BillStatus.MATCHED, BillStatus.APPROVED, BillStatus.POSTED, BillStatus.PAID}


class Intake(Struct, frozen=True):
    """The steps between a bill that came in and one that is right."""

    systems: Systems
    bills: PurchasePapers[BillCase]
    receipts: Papers[ReceiptCase]
    entities: Mapping[str, LegalEntity]
    terms: Editions[ProcureToPayTerms]
    clock: Callable[[], datetime]

    async def take_seen(self, bill_id: str) -> BillCase | None:
        """Write a bill down that came by the procurement system alone, and is not judged yet.

        Raises `Refused` for one that does not add up.
        """
        bill = await self.systems.procurement.bill(bill_id)
        if bill.status is not BillStatus.RECEIVED or is_ours(bill):
            return None
        by = current_caller()
        case = BillCase(
            id=bill_case_id(bill.vendor_id, bill.id),
            arrival=bill.id,
            legal_entity=bill.legal_entity,
            vendor_id=bill.vendor_id,
            bill=_as_it_came(bill),
            stage=BillStatus.RECEIVED,
            bill_id=bill.id,
            received_by=by.subject,
            opened_at=self.clock(),
        )
        return await self.bills.open(case, by=by)

    async def look_for_twins(self, case_id: str) -> BillCase:
        """Say whether a bill came before, or looks like one that did."""
        edition = self.terms.on(self.clock().date())
        seen = await self.bills.get(case_id)
        there = await bills_of(self.systems.procurement, vendor_id=seen.vendor_id)
        elsewhere = rules.near(seen.bill, there, edition.terms)
        beside = names.of_twins(seen.bill, elsewhere, edition.terms.alike_within)

        def decide(case: BillCase, others: Sequence[BillCase]) -> BillCase:
            if case.stage is not BillStatus.RECEIVED:
                return case
            known = rules.known_before(case, others) + rules.of_other_hands(elsewhere, others)
            twin = rules.duplicate(case.bill, known)
            alike = None if twin else rules.lookalike(case.bill, known, edition.terms)
            return replace(
                case,
                stage=BillStatus.DUPLICATE if twin else BillStatus.RECEIVED,
                duplicate_of=twin.id if twin else None,
                looks_like=alike.id if alike else None,
                terms_version=edition.version,
            )

        return await self.bills.decided_beside(case_id, beside, decide)

    async def record_bill(self, case_id: str) -> str:
        """Record a bill in the procurement system, right or wrong, and return its id there."""
        case = await self.bills.get(case_id)
        if case.bill_id is not None:
            return case.bill_id
        recorded = await self.systems.procurement.record_bill(case.bill, key=case.reference)
        return recorded.id

    async def match_bill(self, case_id: str, bill_id: str) -> BillCase:
        """Hold a bill against order, receipts and time, or stop at whoever puts it right."""
        edition = self.terms.on(self.clock().date())
        seen = await self.bills.get(case_id)
        facts = await self._facts(seen)
        beside = [names.of_order(seen.vendor_id, each) for each in facts.orders]

        def decide(case: BillCase, others: Sequence[BillCase]) -> BillCase:
            if case.stage not in {BillStatus.RECEIVED, BillStatus.EXCEPTION}:
                return case
            now = replace(case, bill_id=bill_id, terms_version=edition.version)
            return rules.let_pass(rules.matched(now, others, facts, edition.terms), despite())

        case = await self.bills.decided_beside(case_id, beside, decide)
        if case.variances:
            first = case.variances[0]
            about = f"{case.bill.number} of {facts.vendor.legal_name}: {first.reason}"
            raise NeedsPerson(
                f"{about} ({first.amount_over})",
                code=first.code,
                amount=first.amount_over,
                evidence=[f"bill: {case.bill.number}", *(each.reason for each in case.variances)],
            )
        return case

    async def approve_bill(self, case: BillCase) -> None:
        """Tell the procurement system that a bill may be posted."""
        key = f"approve:{case.reference}"
        await self.systems.procurement.approve_bill(case.bill_id or "", key=key)

    async def send_back(self, case_id: str) -> None:
        """Tell the vendor what is wrong with its bill."""
        case = await self.bills.get(case_id)
        if case.stage is not BillStatus.EXCEPTION:
            return
        why = "; ".join(each.reason for each in case.variances)[:500]
        await self.systems.procurement.dispute_bill(
            case.bill_id or "", why, key=f"dispute:{case.reference}"
        )
        await self.bills.moved(replace(case, stage=BillStatus.DISPUTED), seen=case)

    async def drop(self, case_id: str) -> None:
        """Write down that a bill is one that came before, sent again."""
        case = await self.bills.get(case_id)
        if case.stage is BillStatus.RECEIVED:
            again = replace(case, stage=BillStatus.DUPLICATE, duplicate_of=case.looks_like)
            await self.bills.moved(again, seen=case)

    async def _facts(self, case: BillCase) -> rules.MatchFacts:
        """Gather what a bill is held against."""
        procurement, company = self.systems.procurement, self.entities[case.legal_entity]
        erp = self.systems.erp(case.legal_entity, on=case.bill.issue_date)
        orders, evidence, elsewhere = dict[str, PurchaseOrder](), {}, dict[rules.Place, Decimal]()
        for number in {each.purchase_order_number for each in case.bill.lines} - {None}:
            order = await order_of_number(procurement, str(number))
            if order is None or order.legal_entity != case.legal_entity:
                continue
            orders[order.number] = order
            for line in order.lines:
                evidence[order.number, line.number] = await self._evidence(order, line)
            for each in await self._by_others(case.vendor_id, order):
                for billed in each.lines:
                    place = (str(billed.purchase_order_number), billed.purchase_order_line or 0)
                    elsewhere[place] = elsewhere.get(place, Decimal(0)) + billed.quantity
        return rules.MatchFacts(
            vendor=await procurement.vendor(case.vendor_id),
            country=company.country,
            rounding=erp.posting_terms.rounding,
            orders=orders,
            evidence=evidence,
            elsewhere=elsewhere,
        )

    async def _by_others(self, vendor_id: str, order: PurchaseOrder) -> list[VendorBill]:
        """Return the bills on an order that are right, and that are no vendor's bill of ours."""
        there = await bills_of(self.systems.procurement, number=order.number)
        right = [each for each in there if each.status in RIGHT]
        ours = await self.bills.named([names.of_record(vendor_id, each.id) for each in right])
        ids = {each.bill_id for each in ours}
        return [each for each in right if each.id not in ids]

    async def _evidence(self, order: PurchaseOrder, line: OrderLine) -> rules.Evidence:
        """Return what there is of a line: receipts, drafts of them, and approved time."""
        recorded = await receipts_of(self.systems.procurement, order.number)
        drafts = await self.receipts.listed(about=order.vendor_id, stages=NOT_YET)
        standing = [each for each in recorded if each.line == line.number and not each.is_reversed]
        waiting = [
            each
            for each in drafts
            if (each.purchase_order_id, each.line) == (order.id, line.number)
        ]
        hours_per_day = self.entities[order.legal_entity].hours_per_day
        entries = []
        if not standing and not waiting and line.start:
            until = min(self.clock().date(), line.end or self.clock().date())
            entries = await worked(self.systems, order, line, line.start, until)
        return rules.Evidence(
            received=sum((each.quantity for each in standing), start=Decimal(0)),
            has_receipts=bool(standing or waiting),
            worked=quantity_of(entries, line.unit, hours_per_day) or Decimal(0),
        )


def is_ours(bill: VendorBill) -> bool:
    """Whether a bill is in the procurement system because we recorded it there."""
    return (bill.reference or "").startswith(OURS)


def _as_it_came(bill: VendorBill) -> VendorBillDraft:
    """Return a bill as its vendor sent it; without a due date it is due at once."""
    try:
        return VendorBillDraft(
            vendor_id=bill.vendor_id,
            legal_entity=bill.legal_entity,
            number=bill.number,
            currency=bill.currency,
            issue_date=bill.issue_date,
            due_date=bill.due_date or bill.issue_date,
            lines=bill.lines,
            net=bill.net,
            tax=bill.tax,
            gross=bill.gross,
            paid_when_paid=bill.paid_when_paid,
        )
    except ValueError as wrong:
        raise Refused("strata", f"{bill.number}: {wrong}", code="BILL_ADDS_UP_WRONG") from wrong


def bill_case_id(vendor_id: str, arrival: str) -> str:
    """Return the id of the bill that came by a message of a vendor's."""
    return f"vb_{hashlib.sha256(f'{vendor_id}|{arrival}'.encode()).hexdigest()[:24]}"

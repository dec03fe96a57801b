"""Procure-to-pay, from approved time to a posted bill (domain handbook, 3e).

Each segment ends at a question to a person or at the next event.
"""

from msgspec import Struct

from governance.lanes import Lane
from process_apis.engine import Process, step, wait_for
from process_apis.events.procurement import (
    AccrualsFallenDue,
    AccrualsLookedAt,
    BillArrived,
    BillCredited,
    BillGivenUp,
    BillHoldLookedAt,
    BillIsDuplicate,
    BillIsItsOwn,
    BillMatched,
    BillSeen,
    ContractorWanted,
    OrderApproved,
    OrderGivenUp,
    OrderRejected,
    OrderRequested,
    OrderSeen,
    ReceiptAccepted,
    ReceiptDeclined,
    ReceiptFallenDue,
    ReceiptReversalAsked,
    RevisionApproved,
)
from process_apis.procure_to_pay.accruing import Accruing
from process_apis.procure_to_pay.bills.intake import Intake
from process_apis.procure_to_pay.bills.posting import BillPosting
from process_apis.procure_to_pay.ordering.requesting import Requesting
from process_apis.procure_to_pay.ordering.requests import RequestStage
from process_apis.procure_to_pay.ordering.revising import Revising
from process_apis.procure_to_pay.questions import Questions
from process_apis.procure_to_pay.receiving import Receiving
from process_apis.procure_to_pay.rules import NAME
from system_apis.canonical.procurement import BillStatus


class ProcureToPay(Struct, frozen=True):
    """The process with what it needs at hand."""

    requesting: Requesting
    revising: Revising
    receiving: Receiving
    intake: Intake
    posting: BillPosting
    accruing: Accruing
    questions: Questions

    async def want(self, event: ContractorWanted) -> OrderRequested:
        """Take a gap in a project's staffing as a request to order."""
        request_id = await step(self.requesting.open_wanted, event)
        return OrderRequested(request_id=request_id, legal_entity=event.legal_entity)

    async def request(self, event: OrderRequested) -> None:
        """Hold a request against what the firm allows, and ask who approves it."""
        await step(self.requesting.check_request, event.request_id)
        await wait_for(self.questions.order, event.request_id)

    async def order(self, event: OrderApproved) -> None:
        """Write the order that was approved, and send it to its vendor."""
        written = await step(self.requesting.write_order, event.request_id)
        await step(self.requesting.approve_order, event.request_id, written)
        await step(self.requesting.send_order, event.request_id, written)
        await step(self.requesting.note_ordered, event.request_id, written)

    async def reject(self, event: OrderRejected) -> None:
        """Leave a request that an approver does not want."""
        await step(self.requesting.end, event.request_id, RequestStage.REJECTED)

    async def give_up(self, event: OrderGivenUp) -> None:
        """Leave a request that something stood against."""
        await step(self.requesting.end, event.request_id, RequestStage.CANCELLED)

    async def see_order(self, event: OrderSeen) -> RevisionApproved | None:
        """Ask anew about an order that was revised, if it changes by more than a little."""
        held = await step(self.revising.look_at_revision, event.purchase_order_id)
        if held is None:
            return None
        if held.approvers:
            await wait_for(self.questions.revision, held)
            return None
        return RevisionApproved(
            purchase_order_id=held.purchase_order_id,
            revision=held.revision,
            legal_entity=held.legal_entity,
        )

    async def revise(self, event: RevisionApproved) -> None:
        """Let a revised order go to its vendor."""
        await step(self.revising.approve_revision, event.purchase_order_id, event.revision)
        await step(self.revising.send_revision, event.purchase_order_id, event.revision)

    async def draft_receipts(self, event: ReceiptFallenDue) -> None:
        """Draft what was worked on an order, and ask the project manager to accept it."""
        drafts = await step(
            self.receiving.draft_receipts, event.purchase_order_id, event.start, event.end
        )
        for draft in drafts:
            await wait_for(self.questions.receipt, draft.id)

    async def receive(self, event: ReceiptAccepted) -> None:
        """Record what the project manager accepted."""
        case = await step(self.receiving.note_accepted, event.receipt_case_id, event.approval_id)
        receipt_id = await step(self.receiving.record_receipt, case)
        await step(self.receiving.note_recorded, case, receipt_id)

    async def decline(self, event: ReceiptDeclined) -> None:
        """Leave what was not accepted to be received otherwise."""
        await step(self.receiving.drop, event.receipt_case_id)

    async def see(self, event: BillSeen) -> BillArrived | None:
        """Take in a bill that a vendor sent straight to the procurement system."""
        case = await step(self.intake.take_seen, event.bill_id)
        if case is None:
            return None
        return BillArrived(bill_case_id=case.id, legal_entity=case.legal_entity)

    async def take_in(self, event: BillArrived) -> BillMatched | None:
        """Take a bill in that is no duplicate, and hold it against what was bought."""
        case = await step(self.intake.look_for_twins, event.bill_case_id)
        if case.stage is BillStatus.DUPLICATE:
            return None
        if case.looks_like is not None:
            await wait_for(self.questions.duplicate, case.id)
            return None
        return await self._match(event.bill_case_id)

    async def go_on(self, event: BillIsItsOwn) -> BillMatched:
        """Go on with a bill that only looked like another."""
        return await self._match(event.bill_case_id)

    async def drop(self, event: BillIsDuplicate) -> None:
        """Leave a bill that was sent again."""
        await step(self.intake.drop, event.bill_case_id)

    async def send_back(self, event: BillGivenUp) -> None:
        """Send a bill back to its vendor that was found wrong."""
        await step(self.intake.send_back, event.bill_case_id)

    async def post(self, event: BillMatched) -> None:
        """Post a bill that is right, for exactly the total that was expected."""
        case = await step(self.posting.look_at_holds, event.bill_case_id)
        written = await step(self.posting.write_payable, case)
        await step(self.posting.compare_payable, case, written)
        posted = await step(self.posting.post_payable, case, written)
        await step(self.posting.note_posted, case, posted)

    async def release(self, event: BillHoldLookedAt) -> None:
        """Let a posted bill be paid once nothing holds it any more."""
        case = await step(self.posting.look_at_holds, event.bill_case_id)
        await step(self.posting.release, case)

    async def accrue(self, event: AccrualsFallenDue) -> None:
        """Accrue what was received in a month and not billed, and take it back after it."""
        found = await step(
            self.accruing.accrue, event.legal_entity or "", event.month, event.occasion
        )
        for accrual in found:
            booked = await step(self.accruing.book, accrual)
            back = await step(self.accruing.take_back, accrual)
            await step(self.accruing.note_booked, accrual, booked, back)

    async def look_late(self, event: AccrualsLookedAt) -> AccrualsFallenDue | None:
        """Accrue beside what was accrued of a month what came after it."""
        occasion = await step(self.accruing.late, event.legal_entity or "", event.month)
        if not occasion:
            return None
        return AccrualsFallenDue(
            month=event.month, occasion=occasion, legal_entity=event.legal_entity
        )

    async def credit(self, event: BillCredited) -> None:
        """Post the credit of a vendor that takes a bill back."""
        written = await step(self.posting.write_credit, event.bill_case_id)
        await step(self.posting.post_credit, event.bill_case_id, written)

    async def unreceive(self, event: ReceiptReversalAsked) -> None:
        """Take a receipt back that no bill rests on."""
        await step(self.receiving.reverse, event.receipt_case_id)

    async def _match(self, case_id: str) -> BillMatched:
        bill_id = await step(self.intake.record_bill, case_id)
        case = await step(self.intake.match_bill, case_id, bill_id)
        await step(self.intake.approve_bill, case)
        return BillMatched(bill_case_id=case.id, legal_entity=case.legal_entity)


def processes(process: ProcureToPay) -> list[Process]:
    """Return what of buying happens on which event."""
    return [*_of_orders(process), *_of_receipts(process), *_of_bills(process)]


_OURS = frozenset[str]()
_SEEING = frozenset({"system:procurement:read", "system:psa:read", "system:erp:read"})
_WRITING = _SEEING | {"system:procurement:write"}
_PAYING = _SEEING | {"system:procurement:read_bank", "system:erp:record_payable"}
_BOOKING = _SEEING | {"system:erp:record_journal"}
_BILLING = _WRITING | {"system:procurement:record_bill"}
_ASKING = _SEEING | {
    "system:procurement:read_bank",
    "system:psa:read_cost",
    "system:contracts:read",
}


def _of_orders(process: ProcureToPay) -> list[Process]:
    return [
        Process(name=f"{NAME}.request", on=OrderRequested, run=process.request, scopes=_ASKING),
        Process(name=f"{NAME}.want", on=ContractorWanted, run=process.want, scopes=_OURS),
        Process(name=f"{NAME}.order", on=OrderApproved, run=process.order, scopes=_WRITING),
        Process(name=f"{NAME}.reject", on=OrderRejected, run=process.reject, scopes=_OURS),
        Process(name=f"{NAME}.give-up", on=OrderGivenUp, run=process.give_up, scopes=_OURS),
        Process(name=f"{NAME}.see-order", on=OrderSeen, run=process.see_order, scopes=_SEEING),
        Process(name=f"{NAME}.revise", on=RevisionApproved, run=process.revise, scopes=_WRITING),
    ]


def _of_receipts(process: ProcureToPay) -> list[Process]:
    drafting, unreceive = process.draft_receipts, process.unreceive
    return [
        Process(name=f"{NAME}.draft-receipts", on=ReceiptFallenDue, run=drafting, scopes=_SEEING),
        Process(name=f"{NAME}.receive", on=ReceiptAccepted, run=process.receive, scopes=_WRITING),
        Process(name=f"{NAME}.decline", on=ReceiptDeclined, run=process.decline, scopes=_OURS),
        Process(name=f"{NAME}.unreceive", on=ReceiptReversalAsked, run=unreceive, scopes=_WRITING),
        Process(name=f"{NAME}.accrue", on=AccrualsFallenDue, run=process.accrue, scopes=_BOOKING),
        Process(
            name=f"{NAME}.look-late",
            on=AccrualsLookedAt,
            run=process.look_late,
            scopes=_SEEING,
            lane=Lane.SYNC,
        ),
    ]


def _of_bills(process: ProcureToPay) -> list[Process]:
    return [
        Process(name=f"{NAME}.see-bill", on=BillSeen, run=process.see, scopes=_SEEING),
        Process(name=f"{NAME}.take-in", on=BillArrived, run=process.take_in, scopes=_BILLING),
        Process(name=f"{NAME}.go-on", on=BillIsItsOwn, run=process.go_on, scopes=_BILLING),
        Process(name=f"{NAME}.drop", on=BillIsDuplicate, run=process.drop, scopes=_OURS),
        Process(name=f"{NAME}.send-back", on=BillGivenUp, run=process.send_back, scopes=_WRITING),
        Process(name=f"{NAME}.credit-bill", on=BillCredited, run=process.credit, scopes=_PAYING),
        Process(name=f"{NAME}.post-bill", on=BillMatched, run=process.post, scopes=_PAYING),
        Process(
            name=f"{NAME}.release-bill", on=BillHoldLookedAt, run=process.release, scopes=_PAYING
        ),
    ]

"""What people are asked while services are bought, and what follows from their answers."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, approval_id
from process_apis.events.procurement import (
    BillIsDuplicate,
    BillIsItsOwn,
    OrderApproved,
    OrderRejected,
    ReceiptAccepted,
    ReceiptDeclined,
    RevisionApproved,
)
from process_apis.papers import Papers
from process_apis.procure_to_pay.ordering.requests import HeldRevision, OrderRequest
from process_apis.procure_to_pay.records import BillCase, ReceiptCase
from process_apis.procure_to_pay.rules import AP, NAME

ORDER, REVISION = "purchase_order", "order_revision"
RECEIPT, DUPLICATE = "service_receipt", "bill_duplicate"
ANSWER_WITHIN = timedelta(days=2)


class Questions(Struct, frozen=True):
    """The approvals that stand between work that was ordered and a bill that is right."""

    requests: Papers[OrderRequest]
    receipts: Papers[ReceiptCase]
    bills: Papers[BillCase]
    approvals: Approvals
    clock: Callable[[], datetime]

    async def order(self, request_id: str) -> str:
        """Ask everybody who approves an order of this amount, the project's manager first."""
        request, now = await self.requests.get(request_id), self.clock()
        asked = approval_id(ORDER, request.id, request.version)
        first, *further = request.approvers
        manager = request.project_manager if first == "project_manager" else None
        split = f", one of {len(request.splits_with) + 1} today" if request.splits_with else ""
        wish = request.wish
        what = f"{wish.hours} h of {wish.role} for {request.amount}{split}"
        return await self.approvals.ask(
            ApprovalRequest(
                question=ORDER,
                subject_type="order_request",
                subject_id=request.id,
                subject_version=request.version,
                process=NAME,
                legal_entity=request.legal_entity,
                project_number=request.project_number,
                title=f"order {what}",
                role=first,
                further_roles=tuple(further),
                assignee=None if manager == request.requested_by else manager,
                amount=request.amount,
                requested_by=request.requested_by,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=OrderApproved(request_id=request.id, legal_entity=request.legal_entity),
                if_rejected=OrderRejected(
                    request_id=request.id, approval_id=asked, legal_entity=request.legal_entity
                ),
            )
        )

    async def revision(self, held: HeldRevision) -> str:
        """Ask everybody who approves an order of the revised amount."""
        now = self.clock()
        first, *further = held.approvers
        return await self.approvals.ask(
            ApprovalRequest(
                question=REVISION,
                subject_type=REVISION,
                subject_id=held.purchase_order_id,
                subject_version=held.revision,
                process=NAME,
                legal_entity=held.legal_entity,
                project_number=held.project_number,
                title=f"{held.number} is revised from {held.approved} to {held.total}",
                role=first,
                further_roles=tuple(further),
                amount=held.total,
                requested_by=f"process:{NAME}",
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=RevisionApproved(
                    purchase_order_id=held.purchase_order_id,
                    revision=held.revision,
                    legal_entity=held.legal_entity,
                ),
            )
        )

    async def receipt(self, receipt_case_id: str) -> str:
        """Ask the project manager whether the services of a draft were done."""
        case, now = await self.receipts.get(receipt_case_id), self.clock()
        asked = approval_id(RECEIPT, case.id, case.version)
        verb = "take back" if case.takes_back else "accept"
        what = f"{verb} {abs(case.quantity)} on {case.purchase_order_number} by {case.end}"
        return await self.approvals.ask(
            ApprovalRequest(
                question=RECEIPT,
                subject_type="service_receipt",
                subject_id=case.id,
                subject_version=case.version,
                process=NAME,
                legal_entity=case.legal_entity,
                project_number=case.project_number,
                title=f"{what}, {case.amount}",
                role="project_manager",
                assignee=case.project_manager,
                amount=case.amount,
                requested_by=case.requested_by,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=ReceiptAccepted(
                    receipt_case_id=case.id, approval_id=asked, legal_entity=case.legal_entity
                ),
                if_rejected=ReceiptDeclined(
                    receipt_case_id=case.id, approval_id=asked, legal_entity=case.legal_entity
                ),
            )
        )

    async def duplicate(self, case_id: str) -> str:
        """Ask accounts payable whether a bill is another one than the one it looks like."""
        case, now = await self.bills.get(case_id), self.clock()
        asked = approval_id(DUPLICATE, case.id, case.version)
        return await self.approvals.ask(
            ApprovalRequest(
                question=DUPLICATE,
                subject_type="vendor_bill",
                subject_id=case.id,
                subject_version=case.version,
                process=NAME,
                legal_entity=case.legal_entity,
                title=f"{case.bill.number}: pay {case.bill.gross} though another bill is alike",
                role=AP,
                amount=case.bill.gross,
                requested_by=case.received_by,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=BillIsItsOwn(
                    bill_case_id=case.id, approval_id=asked, legal_entity=case.legal_entity
                ),
                if_rejected=BillIsDuplicate(
                    bill_case_id=case.id, approval_id=asked, legal_entity=case.legal_entity
                ),
            )
        )

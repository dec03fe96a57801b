"""What finance is asked before a month's revenue is booked by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import Approval, ApprovalRequest, ApprovalStatus
from process_apis.events.revenue import RevenueDraftApproved
from process_apis.revenue.records import RevenueDraft
from system_apis.canonical.revenue import Month

NAME, DRAFT = "revenue", "revenue_draft"
ANSWER_WITHIN = timedelta(days=2)


class Questions(Struct, frozen=True):
    """The approval that stands between a draft and the books."""

    approvals: Approvals
    clock: Callable[[], datetime]

    async def draft(self, draft: RevenueDraft, version: int) -> str:
        """Ask finance whether a project earned this in a month; nothing is booked without it."""
        now = self.clock()
        return await self.approvals.ask(
            ApprovalRequest(
                question=DRAFT,
                subject_type=DRAFT,
                subject_id=draft_id(draft.project_number, draft.month),
                subject_version=version,
                process=NAME,
                legal_entity=draft.legal_entity,
                project_number=draft.project_number,
                title=f"revenue of {draft.month}, {draft.to_book} to book",
                role="finance",
                amount=draft.to_book,
                requested_by=f"process:{NAME}",
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=RevenueDraftApproved(
                    project_number=draft.project_number,
                    month=draft.month,
                    version=version,
                    earned=draft.earned,
                    provision=draft.provision,
                    legal_entity=draft.legal_entity,
                ),
            )
        )

    async def pending(self, project_number: str, month: Month) -> Approval | None:
        """Return the question about a project's month that waits for an answer, if one does."""
        asked = await self.approvals.about(draft_id(project_number, month))
        return next((each for each in asked if each.status is ApprovalStatus.PENDING), None)


def draft_id(project_number: str, month: Month) -> str:
    """Return what a draft is known by."""
    return f"{project_number}:{month}"

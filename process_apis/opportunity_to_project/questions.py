"""What people are asked before a project is set up, and what follows from their answers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, ApprovalStatus, approval_id
from process_apis.client_matching.questions import StewardQuestions
from process_apis.engagements import Engagement, Engagements
from process_apis.events.set_up import SetUpResumed
from process_apis.opportunity_to_project.clients import ClientSearch
from process_apis.opportunity_to_project.reviews import OF_THE_PROJECT, Review
from process_apis.opportunity_to_project.rules import Agreement, contract_price

NAME = "opportunity-to-project"
# The process asks, whoever started it: sales operations may start a set-up and decide about it.
REQUESTER = f"process:{NAME}"
ANSWER_WITHIN = timedelta(days=1)
QUESTION = "set_up"
CLIENT_CANDIDATE = "CLIENT_CANDIDATE"


class Answer(StrEnum):
    """What is known of a review: nothing yet, yes, no, or that the deal changed since."""

    OPEN = "open"
    YES = "yes"
    NO = "no"
    OUTDATED = "outdated"


class Questions(Struct, frozen=True):
    """The approvals that stand between an agreed engagement and its project."""

    approvals: Approvals
    steward: StewardQuestions
    engagements: Engagements
    clock: Callable[[], datetime]

    async def answer(self, wanted: Review) -> Answer:
        """Return what was said about exactly this version; nothing to approve is a yes.

        A no stands, even if there is nothing to approve any more. What is asked of an earlier
        version is asked no more when nothing is.
        """
        asked = await self.approvals.find(_id(wanted))
        match asked.status if asked else None:
            case ApprovalStatus.APPROVED:
                return Answer.YES
            case ApprovalStatus.REJECTED:
                return Answer.NO
        if wanted.findings:
            return Answer.OPEN
        await self.approvals.withdraw(QUESTION, [wanted.opportunity_id])
        return Answer.YES

    async def is_outdated(self, opportunity_id: str, version: int) -> bool:
        """Whether people are still asked about a deal as it was before this version."""
        asked = await self.approvals.about(opportunity_id)
        return any(
            each.status is ApprovalStatus.PENDING and each.subject_version < version
            for each in asked
        )

    async def same_client(self, engagement: Engagement, found: ClientSearch) -> str:
        """Ask a steward about everybody in the books who may be the client of a deal."""
        await self.engagements.waits(engagement, stops_at=CLIENT_CANDIDATE, price_difference=None)
        asked = [await self.steward.ask(each, engagement.legal_entity) for each in found.candidates]
        return asked[-1]

    async def refusal(self, wanted: Review) -> str:
        """Return who refused a set-up, and why."""
        asked = await self.approvals.find(_id(wanted))
        told = f"{asked.decided_by} said no: {asked.comment}" if asked else "nobody was asked"
        return f"{told} ({_reasons(wanted)})"

    async def approval(self, engagement: Engagement, agreement: Agreement, wanted: Review) -> str:
        """Ask every role that must approve what a review found, in one request."""
        await self.engagements.waits(
            engagement,
            stops_at=wanted.findings[0].code,
            price_difference=wanted.price_difference,
        )
        first, *others = wanted.roles
        now = self.clock()
        amount = contract_price(agreement.contract) or agreement.opportunity.amount
        resumed = SetUpResumed(
            opportunity_id=wanted.opportunity_id,
            contract_id=wanted.contract_id,
            occasion=_id(wanted),
            legal_entity=engagement.legal_entity,
        )
        return await self.approvals.ask(
            ApprovalRequest(
                question=QUESTION,
                subject_type="engagement",
                subject_id=wanted.opportunity_id,
                subject_version=wanted.version,
                process=NAME,
                legal_entity=engagement.legal_entity,
                project_number=engagement.project_number,
                title=f"set-up for {amount}, {_reasons(wanted)}",
                role=first,
                further_roles=tuple(others),
                assignee=engagement.project_manager if first == OF_THE_PROJECT else None,
                amount=amount,
                requested_by=REQUESTER,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=resumed,
                if_rejected=resumed,
            )
        )


def _id(wanted: Review) -> str:
    return approval_id(QUESTION, wanted.opportunity_id, wanted.version)


def _reasons(wanted: Review) -> str:
    return "; ".join(f"{each.code}: {each.reason}" for each in wanted.findings)

"""What a steward is asked about two clients, and what was answered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import (
    Approval,
    ApprovalRequest,
    ApprovalStatus,
    approval_id,
)
from process_apis.client_events import ClientPairDecided
from process_apis.client_matching.rules import ClientMatch
from system_apis.canonical.party import Client

NAME = "client-matching"
STEWARD = "steward"
ANSWER_WITHIN = timedelta(days=2)
_QUESTION = "same_client"


class Answer(StrEnum):
    """What a steward said: nothing yet, one firm, or two."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"


class StewardQuestions(Struct, frozen=True):
    """The questions whether two records are one client; each pair of clients is asked once."""

    approvals: Approvals
    clock: Callable[[], datetime]

    async def answer(self, left: Client, right: Client) -> Answer:
        """Return what a steward said about two clients."""
        asked = await self.decision(left.id, right.id)
        match asked.status if asked else None:
            case ApprovalStatus.APPROVED:
                return Answer.SAME
            case ApprovalStatus.REJECTED:
                return Answer.DIFFERENT
        return Answer.OPEN

    async def decision(self, left_id: str, right_id: str) -> Approval | None:
        """Return the question about two clients as it stands, if it was asked."""
        return await self.approvals.find(approval_id(_QUESTION, _pair(left_id, right_id), 1))

    async def ask(self, match: ClientMatch, legal_entity: str) -> str:
        """Ask whether two records are one client: a yes links them, a no is remembered."""
        left, right = match.left, match.right
        now = self.clock()
        decided = ClientPairDecided(
            left_id=left.id,
            right_id=right.id,
            right_system=right.source.instance,
            right_record=right.source.record_id,
            score=match.score,
            legal_entity=legal_entity,
        )
        return await self.approvals.ask(
            ApprovalRequest(
                question=_QUESTION,
                subject_type="client_pair",
                subject_id=_pair(left.id, right.id),
                subject_version=1,
                process=NAME,
                legal_entity=legal_entity,
                title=f"one client? {_told(left)} and {_told(right)}: {match.reason}, "
                f"names score {match.score}",
                role=STEWARD,
                requested_by=f"process:{NAME}",
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=decided,
                if_rejected=decided,
            )
        )


def _pair(left_id: str, right_id: str) -> str:
    """Two clients are one subject: who decides on a pair may decide on the next one as well."""
    return f"{left_id}:{right_id}"


def _told(client: Client) -> str:
    return f"{client.legal_name} ({client.source.instance} {client.source.record_id})"

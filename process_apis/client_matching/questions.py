"""What a steward is asked about two clients, and what was answered."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import permutations, product

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import (
    Approval,
    ApprovalRequest,
    ApprovalStatus,
    approval_id,
)
from process_apis.client_matching.merges import MergeBook
from process_apis.client_matching.rules import ClientMatch
from process_apis.events.clients import ClientPairDecided
from system_apis.canonical.party import Client

NAME = "client-matching"
STEWARD = "steward"
ANSWER_WITHIN = timedelta(days=2)
_QUESTION = "same_client"
_NEVER = datetime.min.replace(tzinfo=UTC)


class Answer(StrEnum):
    """What a steward said: nothing yet, one firm, or two."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"


class StewardQuestions(Struct, frozen=True):
    """The questions whether two records are one client; each pair of clients is asked once.

    What was said of a client counts for the one that it was merged into, and the parting of two
    that were merged is a no.
    """

    approvals: Approvals
    book: MergeBook
    names_of: Callable[[str], Awaitable[list[str]]]
    clock: Callable[[], datetime]

    async def answer(self, left: Client, right: Client) -> Answer:
        """Return what a steward said about two clients."""
        if await self.are_parted(left.id, right.id):
            return Answer.DIFFERENT
        asked = await self.decision(left.id, right.id)
        match asked.status if asked else None:
            case ApprovalStatus.APPROVED:
                return Answer.SAME
            case ApprovalStatus.REJECTED:
                return Answer.DIFFERENT
        return Answer.OPEN

    async def decision(self, left_id: str, right_id: str) -> Approval | None:
        """Return the question about two clients as it stands, if it was asked.

        Of several, about other ids of theirs, it is the one that was answered last.
        """
        pairs = await self._pairs(left_id, right_id)
        found = [await self.approvals.find(approval_id(_QUESTION, each, 1)) for each in pairs]
        asked = [each for each in found if each is not None]
        return max(asked, key=lambda each: each.decided_at or _NEVER, default=None)

    async def are_parted(self, left_id: str, right_id: str) -> bool:
        """Whether two clients were merged once, and stewards took that back."""
        ours, theirs = await self.names_of(left_id), await self.names_of(right_id)
        return await self.book.were_parted(ours, theirs)

    async def withdraw(self, survivor_id: str) -> None:
        """Cancel the questions whether the clients are one that a merge has made one."""
        names = await self.names_of(survivor_id)
        pairs = [_pair(*each) for each in permutations(names, 2)]
        await self.approvals.withdraw(_QUESTION, pairs)

    async def ask(self, match: ClientMatch, legal_entity: str) -> str:
        """Ask whether two records are one client: a yes links them, a no is remembered."""
        left, right = match.left, match.right
        if known := await self.decision(left.id, right.id):
            return known.id
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

    async def _pairs(self, left_id: str, right_id: str) -> list[str]:
        ours, theirs = await self.names_of(left_id), await self.names_of(right_id)
        return [_pair(*each) for each in (*product(ours, theirs), *product(theirs, ours))]


def _pair(left_id: str, right_id: str) -> str:
    """Two clients are one subject: who decides on a pair may decide on the next one as well."""
    return f"{left_id}:{right_id}"


def _told(client: Client) -> str:
    return f"{client.legal_name} ({client.source.instance} {client.source.record_id})"

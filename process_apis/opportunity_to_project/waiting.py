"""Set-ups that wait for a steward, carried on once nothing about their client is open."""

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalStatus
from process_apis.engagements import Engagements
from process_apis.engine import Engine
from process_apis.events import SetUpResumed
from process_apis.opportunity_to_project.questions import CLIENT_CANDIDATE, REQUESTER


class WaitingSetUps:
    """Looks after set-ups whose client a steward is asked about, by whomever it was asked."""

    def __init__(
        self,
        engine: Engine,
        engagements: Engagements,
        approvals: Approvals,
        entities: frozenset[str],
    ) -> None:
        self._engine, self._engagements = engine, engagements
        self._approvals, self._entities = approvals, entities

    async def resume(self) -> int:
        """Carry on what waits no longer, and return how much that is; twice starts once."""
        waiting = await self._engagements.waiting(self._entities, stops_at=CLIENT_CANDIDATE)
        resumed = 0
        for each in waiting:
            asked = await self._approvals.about(each.client_id)
            decided = len([one for one in asked if one.decided_at is not None])
            if decided and not any(one.status is ApprovalStatus.PENDING for one in asked):
                event = SetUpResumed(
                    opportunity_id=each.opportunity_id or "",
                    contract_id=each.contract_id,
                    occasion=f"clients-{decided}",
                    legal_entity=each.legal_entity,
                )
                await self._engine.start(event, by=REQUESTER)
                resumed += 1
        return resumed

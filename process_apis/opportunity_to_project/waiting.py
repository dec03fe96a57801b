"""Set-ups that wait for a steward, carried on once nothing about their client is open."""

from process_apis.client_matching.questions import StewardQuestions
from process_apis.engagements import Engagements, EngagementStatus
from process_apis.engine import Engine
from process_apis.events import SetUpResumed
from process_apis.opportunity_to_project.questions import CLIENT_CANDIDATE, REQUESTER


class WaitingSetUps:
    """Looks after set-ups whose client a steward is asked about, by whomever it was asked."""

    def __init__(
        self,
        engine: Engine,
        engagements: Engagements,
        steward: StewardQuestions,
        entities: frozenset[str],
    ) -> None:
        self._engine, self._engagements = engine, engagements
        self._steward, self._entities = steward, entities

    async def resume(self) -> int:
        """Carry on what waits no longer, and return how much that is; twice starts once."""
        waiting = [
            each
            for each in await self._engagements.listed(self._entities)
            if each.status is EngagementStatus.PENDING_APPROVAL
            and each.stops_at == CLIENT_CANDIDATE
        ]
        resumed = 0
        for each in waiting:
            decided = await self._steward.decided_about(each.client_id)
            if decided and not await self._steward.are_open(each.client_id):
                event = SetUpResumed(
                    opportunity_id=each.opportunity_id,
                    contract_id=each.contract_id,
                    occasion=f"clients-{decided}",
                    legal_entity=each.legal_entity,
                )
                await self._engine.start(event, by=REQUESTER)
                resumed += 1
        return resumed

"""What follows when time goes by: reminders that fall due, and disputes that have ended."""

from collections.abc import Callable
from datetime import datetime, timedelta

from process_apis.engine import Engine
from process_apis.events.billing import BillingFallenDue, DisputeAccepted
from process_apis.project_to_cash.collection.collecting import Collecting
from process_apis.project_to_cash.invoicing.down_payments import deposit, deposit_source
from process_apis.project_to_cash.receivables import Dispute, DisputeStatus
from process_apis.project_to_cash.records import EventStatus

BY = "process:follow-ups"
LOOK_EVERY = timedelta(minutes=1)


class FollowUps:
    """Starts what is due after posting; what is started twice is done once."""

    def __init__(
        self,
        engine: Engine,
        collecting: Collecting,
        entities: frozenset[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine, self._collecting = engine, collecting
        self._entities, self._clock = entities, clock
        self._looked_at: datetime | None = None

    async def of_disputes(self) -> None:
        """Announce each dispute that has ended, and look again at what it kept from billing."""
        for each in await self._collecting.disputes.unannounced():
            if each.status is DisputeStatus.ACCEPTED:
                accepted = DisputeAccepted(
                    dispute_id=each.id,
                    invoice_id=each.invoice_id,
                    amount=each.amount,
                    legal_entity=each.legal_entity,
                )
                await self._engine.start(accepted, by=each.resolved_by or BY)
            await self._recheck(each)
            await self._collecting.disputes.mark_announced(each.id)

    async def _recheck(self, dispute: Dispute) -> None:
        blocked = await self._collecting.billing.events(
            entities=frozenset({dispute.legal_entity}), statuses=[EventStatus.BLOCKED]
        )
        for each in blocked:
            if each.contract_number == dispute.contract_number:
                again = BillingFallenDue(
                    billing_event_id=each.id,
                    occasion=dispute.id,
                    legal_entity=each.legal_entity,
                )
                await self._engine.start(again, by=BY)

    async def of_down_payments(self) -> None:
        """Look again at what waited for a down payment that is in the books by now."""
        collecting = self._collecting
        blocked = await collecting.billing.events(
            entities=self._entities, statuses=[EventStatus.BLOCKED]
        )
        for each in blocked:
            if not any(blocker.code == "B16" for blocker in each.blockers):
                continue
            invoices = await collecting.billing.so_far.invoices_of(deposit_source(each.contract_id))
            held = deposit(invoices, each.currency)
            if held.posted:
                again = BillingFallenDue(
                    billing_event_id=each.id,
                    occasion=f"down payment of {held.posted.amount}",
                    legal_entity=each.legal_entity,
                )
                await self._engine.start_new([again], by=BY)

    async def remind(self) -> None:
        """Start the reminders that are due by the business clock; once a minute is enough."""
        now = self._clock()
        if self._looked_at and timedelta() <= now - self._looked_at < LOOK_EVERY:
            return
        due = await self._collecting.fallen_due(self._entities)
        await self._engine.start_new(due, by=BY)
        self._looked_at = now

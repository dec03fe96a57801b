"""What follows when time goes by: reminders that fall due, and disputes that have ended."""

from collections.abc import Callable
from datetime import datetime, timedelta

from process_apis.engine import Engine
from process_apis.events import BillingFallenDue, DisputeAccepted, ReminderFallenDue
from process_apis.project_to_cash.collection import dunning
from process_apis.project_to_cash.collection.cash import OWING
from process_apis.project_to_cash.collection.collecting import Collecting
from process_apis.project_to_cash.invoicing.down_payments import deposit
from process_apis.project_to_cash.receivables import Dispute, DisputeStatus
from process_apis.project_to_cash.records import ClientInvoice, EventStatus

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
            invoices = await collecting.billing.invoices(contract_number=each.contract_number)
            held = deposit(invoices, each.currency)
            if held.posted:
                again = BillingFallenDue(
                    billing_event_id=each.id,
                    occasion=f"down payment of {held.posted.amount}",
                    legal_entity=each.legal_entity,
                )
                await self._engine.start(again, by=BY)

    async def remind(self) -> None:
        """Start the reminders that are due by the business clock; once a minute is enough."""
        now = self._clock()
        if self._looked_at and timedelta() <= now - self._looked_at < LOOK_EVERY:
            return
        for invoice in await self._collecting.billing.invoices(
            entities=self._entities, stages=OWING
        ):
            await self._remind(invoice)
        self._looked_at = now

    async def _remind(self, invoice: ClientInvoice) -> None:
        entity = invoice.draft.legal_entity
        today = self._collecting.today(entity)
        if today <= invoice.draft.due_date or not await self._collecting.claimable(invoice):
            return
        written = await self._collecting.reminders.listed(invoice_id=invoice.id)
        due = dunning.next_step(invoice, written, self._collecting.terms)
        if due is not None and due.on <= today:
            event = ReminderFallenDue(
                invoice_id=invoice.id, level=due.level, on=today, legal_entity=entity
            )
            await self._engine.start(event, by=BY)

"""Collecting: reminders are drafted when they fall due, and sent when a person says so."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from governance.access import current_caller
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, approval_id
from process_apis.events.billing import ReminderApproved, ReminderDeclined, ReminderFallenDue
from process_apis.project_to_cash.collection import dunning
from process_apis.project_to_cash.collection.cash import OWING
from process_apis.project_to_cash.collection.disputes import Disputes
from process_apis.project_to_cash.collection.dunning import DunningTerms
from process_apis.project_to_cash.collection.reminders import Reminders
from process_apis.project_to_cash.identifiers import reminder_id
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.questions import ANSWER_WITHIN, NAME, REQUESTER
from process_apis.project_to_cash.receivables import (
    Dispute,
    Reminder,
    ReminderStatus,
)
from process_apis.project_to_cash.records import ClientInvoice
from system_apis.canonical.money import Money
from system_apis.canonical.party import LegalEntity


class Collecting(Struct, frozen=True):
    """The steps between an overdue invoice and a reminder that was sent."""

    billing: BillingLedger
    disputes: Disputes
    reminders: Reminders
    approvals: Approvals
    entities: Mapping[str, LegalEntity]
    terms: DunningTerms
    clock: Callable[[], datetime]

    async def fallen_due(self, entities: frozenset[str]) -> list[ReminderFallenDue]:
        """Return the next reminder of each overdue invoice, where its day has come."""
        days = {entity: self.today(entity) for entity in entities}
        overdue = await self.billing.invoices(
            entities=entities, stages=OWING, due_before=max(days.values())
        )
        ids = [each.id for each in overdue]
        written = await self.reminders.of_invoices(ids)
        disputed = await self.disputes.of_invoices(ids)
        found = []
        for each in overdue:
            entity, today = each.draft.legal_entity, days[each.draft.legal_entity]
            due = dunning.next_step(each, written[each.id], self.terms)
            if due is None or due.on > today or today <= each.draft.due_date:
                continue
            if dunning.claimable(each, disputed[each.id]):
                event = ReminderFallenDue(
                    invoice_id=each.id, level=due.level, on=today, legal_entity=entity
                )
                found.append(event)
        return found

    async def draft(self, invoice_id: str, level: int) -> Reminder | None:
        """Draft a reminder of what is owed and not disputed, if anything is."""
        invoice = await self.billing.invoice(invoice_id)
        amount = await self.claimable(invoice)
        if not amount:
            return None
        reminder = Reminder(
            id=reminder_id(invoice.id, level),
            invoice_id=invoice.id,
            invoice_number=invoice.number or "",
            legal_entity=invoice.draft.legal_entity,
            project_number=invoice.draft.project_number,
            level=level,
            terms_version=self.terms.version,
            amount=amount,
            text=dunning.letter(invoice, amount, level),
            drafted_on=self.today(invoice.draft.legal_entity),
        )
        return await self.reminders.draft(reminder, by=current_caller())

    async def ask(self, reminder: Reminder) -> str:
        """Ask finance whether the reminder is sent."""
        question, now = "reminder", self.clock()
        asked = approval_id(question, reminder.id, reminder.level)
        entity, number = reminder.legal_entity, reminder.invoice_number
        return await self.approvals.ask(
            ApprovalRequest(
                question=question,
                subject_type="reminder",
                subject_id=reminder.id,
                subject_version=reminder.level,
                process=NAME,
                legal_entity=entity,
                project_number=reminder.project_number,
                title=f"send reminder {reminder.level} of {reminder.amount} on {number}",
                role="finance",
                amount=reminder.amount,
                requested_by=REQUESTER,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=ReminderApproved(
                    reminder_id=reminder.id, approval_id=asked, legal_entity=entity
                ),
                if_rejected=ReminderDeclined(
                    reminder_id=reminder.id, approval_id=asked, legal_entity=entity
                ),
            )
        )

    async def letter(self, reminder_id: str) -> Reminder:
        """Return a reminder as it leaves: of what is owed now, or withdrawn when nothing is."""
        reminder = await self.reminders.get(reminder_id)
        if reminder.status is not ReminderStatus.DRAFT:
            return reminder
        invoice = await self.billing.invoice(reminder.invoice_id)
        amount = await self.claimable(invoice)
        if not amount:
            return replace(reminder, status=ReminderStatus.WITHDRAWN)
        return replace(
            reminder,
            status=ReminderStatus.SENT,
            amount=amount,
            text=dunning.letter(invoice, amount, reminder.level),
            sent_on=self.today(reminder.legal_entity),
        )

    async def note(self, reminder: Reminder) -> Reminder:
        """Note what became of a reminder."""
        return await self.reminders.ended(reminder, by=current_caller())

    async def withdraw(self, reminder_id: str) -> Reminder:
        """Note that a reminder is not sent."""
        reminder = await self.reminders.get(reminder_id)
        withdrawn = replace(reminder, status=ReminderStatus.WITHDRAWN)
        return await self.reminders.ended(withdrawn, by=current_caller())

    def today(self, legal_entity: str) -> date:
        """Return the business day where a company is."""
        return self.entities[legal_entity].day_of(self.clock())

    async def claimable(self, invoice: ClientInvoice) -> Money:
        """Return what may be asked for: what is owed, and neither disputed nor to be credited."""
        if invoice.stage not in OWING:
            return Money.zero(invoice.draft.currency)
        return dunning.claimable(invoice, await self.disputes.listed(invoice_id=invoice.id))

    async def credits_agreed(self, entities: frozenset[str]) -> list[Dispute]:
        """Return the accepted disputes whose invoices are not credited for them yet."""
        return await self.disputes.to_credit(entities)

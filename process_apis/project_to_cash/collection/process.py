"""From a posted invoice to the client's money: cash application, reminders, ended disputes."""

from msgspec import Struct

from process_apis.engine import Process, step, wait_for
from process_apis.events.billing import (
    DisputeAccepted,
    PaymentBooked,
    ReminderApproved,
    ReminderDeclined,
    ReminderFallenDue,
)
from process_apis.project_to_cash.collection.cash import Cash
from process_apis.project_to_cash.collection.collecting import Collecting
from process_apis.project_to_cash.collection.letters import Letters
from process_apis.project_to_cash.questions import NAME
from process_apis.project_to_cash.receivables import ReminderStatus


class AfterPosting(Struct, frozen=True):
    """The process with what it needs at hand."""

    cash: Cash
    collecting: Collecting
    letters: Letters

    async def settle(self, event: PaymentBooked) -> None:
        """Apply what can be applied beyond doubt; what cannot stays on finance's worklist."""
        proposed = await step(self.cash.match, event.instance, event.payment_id)
        for each in proposed.applications:
            await step(self.cash.apply, event.instance, event.payment_id, each)
        await step(self.cash.note, event.instance, event.payment_id)

    async def remind(self, event: ReminderFallenDue) -> None:
        """Draft a reminder, and ask a person to send it."""
        reminder = await step(self.collecting.draft, event.invoice_id, event.level)
        if reminder is not None:
            await wait_for(self.collecting.ask, reminder)

    async def send(self, event: ReminderApproved) -> None:
        """Send a reminder and note it as sent, unless nothing is owed any more."""
        letter = await step(self.collecting.letter, event.reminder_id)
        if letter.status is ReminderStatus.SENT:
            await step(self.letters.send, letter)
        await step(self.collecting.note, letter)

    async def decline(self, event: ReminderDeclined) -> None:
        """Note that a reminder is not sent."""
        await step(self.collecting.withdraw, event.reminder_id)

    async def propose_credit(self, event: DisputeAccepted) -> None:
        """Leave the credit to finance, whose worklist names it until it is in the books."""


def processes(process: AfterPosting) -> list[Process]:
    """Return the process's segments: what happens when which event occurs."""
    paying = frozenset({"system:erp:read", "system:erp:record_payment"})
    ours: frozenset[str] = frozenset()
    return [
        Process(name=f"{NAME}.settle", on=PaymentBooked, run=process.settle, scopes=paying),
        Process(name=f"{NAME}.remind", on=ReminderFallenDue, run=process.remind, scopes=ours),
        Process(name=f"{NAME}.send-reminder", on=ReminderApproved, run=process.send, scopes=ours),
        Process(name=f"{NAME}.no-reminder", on=ReminderDeclined, run=process.decline, scopes=ours),
        Process(
            name=f"{NAME}.propose-credit",
            on=DisputeAccepted,
            run=process.propose_credit,
            scopes=ours,
        ),
    ]

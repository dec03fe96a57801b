"""Letters to clients: one leaves when a person approved it, once, by the channel of the firm."""

from msgspec import Struct

from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.receivables import Reminder
from system_apis.messaging.interface import Line, Message
from system_apis.messaging.outgoing import Outgoing


class Letters(Struct, frozen=True):
    """Sends letters, or leaves them to a person where the firm has no `channel` for them."""

    billing: BillingLedger
    outgoing: Outgoing
    channel: str | None

    async def send(self, reminder: Reminder) -> bool:
        """Send a reminder to its client, and return whether it left; told twice, it left once."""
        if self.channel is None:
            return False
        invoice = await self.billing.invoice(reminder.invoice_id)
        message = Message(
            to=invoice.draft.client_number,
            subject=f"Invoice {reminder.invoice_number}",
            lines=(Line(reminder.text),),
        )
        await self.outgoing.send_letter(
            self.channel, message, key=reminder.id, legal_entity=reminder.legal_entity
        )
        return True

"""From a posted invoice or credit note to a client who has it, where the firm has mail for that."""

from msgspec import Struct

from process_apis.engine import Process, step, wait_for
from process_apis.events.mails import (
    CreditNoteMailDue,
    InvoiceMailDue,
    MailApproved,
    MailDeclined,
    MailGivenUp,
)
from process_apis.project_to_cash.mailing.drafting import Drafting
from process_apis.project_to_cash.mailing.records import MailStatus
from process_apis.project_to_cash.mailing.sending import Sending
from process_apis.project_to_cash.questions import NAME


class Mailing(Struct, frozen=True):
    """The process with what it needs at hand."""

    drafting: Drafting
    sending: Sending

    async def mail_invoice(self, event: InvoiceMailDue) -> None:
        """Draft the mail of an invoice, and ask a person to send it."""
        mail = await step(self.drafting.draft_invoice, event.invoice_id)
        if mail.status is MailStatus.DRAFT:
            await wait_for(self.sending.ask, mail.document_id)

    async def mail_credit(self, event: CreditNoteMailDue) -> None:
        """Take the invoice's draft back when nothing is left of it; else mail the credit note."""
        await step(self.drafting.take_back, event.credit_note_id)
        mail = await step(self.drafting.draft_credit, event.credit_note_id)
        if mail.status is MailStatus.DRAFT:
            await wait_for(self.sending.ask, mail.document_id)

    async def send(self, event: MailApproved) -> None:
        """Send a mail and note it as sent, unless all of its invoice was credited meanwhile."""
        mail = await step(self.sending.release, event.document_id, event.approval_id)
        if mail.status is MailStatus.SENDING:
            await step(self.sending.send, mail)
            await step(self.sending.note_sent, mail)

    async def decline(self, event: MailDeclined) -> None:
        """Note that a person does not send a mail."""
        await step(self.sending.decline, event.document_id)

    async def give_up(self, event: MailGivenUp) -> None:
        """Note that a person gave a mail up."""
        await step(self.sending.give_up, event.document_id)


def processes(process: Mailing) -> list[Process]:
    """Return what of mailing happens on which event."""
    reading, ours = frozenset({"system:erp:read"}), frozenset[str]()
    return [
        Process(name=f"{NAME}.mail", on=InvoiceMailDue, run=process.mail_invoice, scopes=reading),
        Process(
            name=f"{NAME}.mail-credit",
            on=CreditNoteMailDue,
            run=process.mail_credit,
            scopes=reading,
        ),
        Process(name=f"{NAME}.send-mail", on=MailApproved, run=process.send, scopes=ours),
        Process(name=f"{NAME}.no-mail", on=MailDeclined, run=process.decline, scopes=ours),
        Process(name=f"{NAME}.give-up-mail", on=MailGivenUp, run=process.give_up, scopes=ours),
    ]

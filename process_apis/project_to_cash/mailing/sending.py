"""Sending: a mail leaves when a person says so, once."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, approval_id
from process_apis.events.mails import MailApproved, MailDeclined
from process_apis.project_to_cash.mailing import rules
from process_apis.project_to_cash.mailing.drafting import QUESTION, Drafting, subject_of
from process_apis.project_to_cash.mailing.records import InvoiceMail, MailedKind, MailStatus
from process_apis.project_to_cash.mailing.register import MailRegister
from process_apis.project_to_cash.questions import ANSWER_WITHIN, NAME, REQUESTER
from system_apis.errors import Refused
from system_apis.messaging.interface import Line, Message
from system_apis.messaging.outgoing import Outgoing


class Sending(Struct, frozen=True, kw_only=True):
    """The steps between a draft and a client who has it."""

    drafting: Drafting
    register: MailRegister
    approvals: Approvals
    outgoing: Outgoing
    clock: Callable[[], datetime]

    async def ask(self, document_id: str) -> str:
        """Ask finance whether a draft is sent; what is no draft any more is not asked about.

        Raises `Refused` with code `NO_ADDRESS` while nobody knows where to send it.
        """
        mail, now = await self.register.get(document_id), self.clock()
        asked = approval_id(QUESTION, subject_of(mail), 1)
        if mail.status is not MailStatus.DRAFT:
            return asked
        self._reached(mail)
        entity = mail.legal_entity
        return await self.approvals.ask(
            ApprovalRequest(
                question=QUESTION,
                subject_type=QUESTION,
                subject_id=subject_of(mail),
                subject_version=1,
                process=NAME,
                legal_entity=entity,
                project_number=mail.project_number,
                title=_title(mail),
                role="finance",
                amount=mail.amount,
                requested_by=REQUESTER,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=MailApproved(
                    document_id=mail.document_id, approval_id=asked, legal_entity=entity
                ),
                if_rejected=MailDeclined(document_id=mail.document_id, legal_entity=entity),
            )
        )

    async def release(self, document_id: str, approval_id: str) -> InvoiceMail:
        """Return a mail on its way, or withdrawn when all of its invoice was credited meanwhile."""
        mail = await self.register.get(document_id)
        approval = await self.approvals.find(approval_id)
        if mail.kind is MailedKind.INVOICE:
            mail = await self._as_it_is_now(mail)
        if mail.status is MailStatus.DRAFT:
            said = approval.decided_by if approval else None
            mail = replace(mail, status=MailStatus.SENDING, approved_by=said)
        return await self.register.moved(mail, out_of={MailStatus.DRAFT})

    async def send(self, mail: InvoiceMail) -> None:
        """Send a mail, as it was released; told twice, it left once."""
        message = Message(
            to=mail.client_number,
            subject=mail.subject,
            lines=tuple(Line(each) for each in mail.text),
        )
        await self.outgoing.send_letter(
            self._reached(mail),
            message,
            key=f"{mail.document_id}:mail",
            legal_entity=mail.legal_entity,
        )

    async def note_sent(self, mail: InvoiceMail) -> InvoiceMail:
        """Note that a mail left."""
        sent = replace(mail, status=MailStatus.SENT, sent_at=self.clock())
        return await self.register.moved(sent, out_of={MailStatus.SENDING})

    async def decline(self, document_id: str) -> InvoiceMail:
        """Note that a person does not send a mail."""
        mail = await self.register.get(document_id)
        declined = replace(mail, status=MailStatus.WITHDRAWN, reason=rules.DECLINED)
        return await self.register.moved(declined, out_of={MailStatus.DRAFT})

    async def give_up(self, document_id: str) -> InvoiceMail | None:
        """Note that a person gave up what had stopped, if it was drafted at all."""
        mail = await self.register.find(document_id)
        if mail is None:
            return None
        given_up = replace(mail, status=MailStatus.GIVEN_UP, reason=rules.GIVEN_UP)
        return await self.register.moved(given_up, out_of={MailStatus.DRAFT, MailStatus.SENDING})

    async def _as_it_is_now(self, mail: InvoiceMail) -> InvoiceMail:
        """Return the mail of an invoice with what was credited since it was drafted."""
        drafting = self.drafting
        invoice = await drafting.billing.invoice(mail.invoice_id)
        notes = await drafting.credited(mail.invoice_id)
        if mail.status is MailStatus.DRAFT and rules.is_all_credited(invoice, notes):
            return replace(mail, status=MailStatus.WITHDRAWN, reason=rules.CREDITED)
        seller = drafting.entities[mail.legal_entity]
        letter = rules.invoice_letter(invoice, seller, mail.client_name, notes)
        return replace(mail, text=letter.text)

    def _reached(self, mail: InvoiceMail) -> str:
        """Return the channel that reaches the client of a mail."""
        channel, client = self.drafting.channel, mail.client_number
        if channel is None:
            raise Refused("strata", "the firm has no mail for letters now", code="NO_CHANNEL")
        if not self.outgoing.reaches(channel, client):
            reason = f"{mail.subject} waits: add where {client} takes invoices to {channel}"
            raise Refused(channel, reason, code="NO_ADDRESS")
        return channel


def _title(mail: InvoiceMail) -> str:
    what = "credit note" if mail.kind is MailedKind.CREDIT_NOTE else "invoice"
    too = ", though the client takes electronic ones too" if mail.electronic_too else ""
    return f"mail the {what} {mail.number} of {mail.amount}{too}"

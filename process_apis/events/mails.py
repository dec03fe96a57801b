"""Facts about invoices and credit notes that reach their clients by mail."""

from typing import ClassVar

from process_apis.events.business_event import BusinessEvent
from system_apis.canonical.record import Id


class InvoiceMailDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An invoice is posted, and its client is to have it."""

    # One mail of each invoice.
    KEY: ClassVar = "mail-invoice:{invoice_id}"

    invoice_id: Id


class CreditNoteMailDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A credit note is posted, and its client is to have it."""

    # One mail of each credit note.
    KEY: ClassVar = "mail-credit-note:{credit_note_id}"

    credit_note_id: Id


class MailApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person sends an invoice or a credit note to its client."""

    # A document is mailed once.
    KEY: ClassVar = "mailed:{document_id}"

    document_id: Id
    approval_id: str


class MailDeclined(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person decides that an invoice or a credit note is not mailed."""

    # A mail is decided about once.
    KEY: ClassVar = "not-mailed:{document_id}"

    document_id: Id


class MailGivenUp(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person gave a mail up that had stopped, whether or not it had left."""

    # A mail is given up once.
    KEY: ClassVar = "mail-given-up:{document_id}"

    document_id: Id


MailEvent = InvoiceMailDue | CreditNoteMailDue | MailApproved | MailDeclined | MailGivenUp


def mail_given_up(event: BusinessEvent) -> MailGivenUp | None:
    """Return what follows when a person gives the work on a mail up."""
    match event:
        case InvoiceMailDue():
            document_id = event.invoice_id
        case CreditNoteMailDue():
            document_id = event.credit_note_id
        case MailApproved():
            document_id = event.document_id
        case _:
            return None
    return MailGivenUp(document_id=document_id, legal_entity=event.legal_entity)

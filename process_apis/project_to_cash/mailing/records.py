"""The nouns of mailing: what goes to a client of an invoice or a credit note, and where it is."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.money import Money
from system_apis.canonical.record import Id


class MailedKind(StrEnum):
    """What is mailed."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class MailStatus(StrEnum):
    """Where a mail stands; nothing is sent that a person did not send.

    What is `given_up` may have left: the case of it says what the person found.
    """

    DRAFT = "draft"
    SENDING = "sending"
    SENT = "sent"
    WITHDRAWN = "withdrawn"
    GIVEN_UP = "given_up"


class InvoiceMail(Struct, frozen=True, kw_only=True):
    """The one mail of an invoice, or of a credit note of it, as it leaves for the client.

    `document_id` is the id of what is mailed. `reason` says why it is not sent, if it is not.
    """

    document_id: Id
    kind: MailedKind
    invoice_id: Id
    number: str
    legal_entity: str
    project_number: str
    client_number: str
    client_name: str
    amount: Money
    subject: str
    text: tuple[str, ...]
    electronic_too: bool = False
    status: MailStatus = MailStatus.DRAFT
    reason: str | None = None
    drafted_at: datetime
    approved_by: str | None = None
    sent_at: datetime | None = None


class InvoiceMailList(Struct, frozen=True):
    """Mails of invoices and credit notes, oldest first."""

    items: list[InvoiceMail]
    next_cursor: str | None = None

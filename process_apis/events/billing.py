"""What is told of billing: invoices, credit notes, caps, disputes, reminders and payments."""

from datetime import date
from typing import ClassVar

from process_apis.events.business_event import BusinessEvent
from system_apis.canonical.money import Money
from system_apis.canonical.record import Id


class BillingFallenDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A billing event is to be checked; `occasion` says which fact called for it."""

    # One check of a billing event on each occasion.
    KEY: ClassVar = "check:{billing_event_id}:{occasion}"

    billing_event_id: Id
    occasion: str


class AdjustmentAccepted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Finance accepts that what exceeds the cap stays unbilled for now."""

    # One answer to each approval.
    KEY: ClassVar = "adjusted:{approval_id}"

    billing_event_id: Id
    over_cap: Money
    approval_id: str


class WriteOffApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """All who were asked agree that a billing event is given up."""

    KEY: ClassVar = "write-off:{write_off_id}:v{version}"

    write_off_id: Id
    version: int


class WriteOffRejected(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody does not agree that a billing event is given up, or nobody asks any more."""

    # One answer to each approval.
    KEY: ClassVar = "no-write-off:{approval_id}"

    write_off_id: Id
    version: int
    approval_id: str


class WriteOffReversalApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """All who were asked agree that what was written off is billed after all."""

    KEY: ClassVar = "put-back:{write_off_id}:v{version}"

    write_off_id: Id
    version: int


class InvoiceDrafted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An invoice was drafted and its sources allocated to its lines."""

    # One round of approvals for each version of a draft.
    KEY: ClassVar = "approve:{invoice_id}:v{version}"

    invoice_id: Id
    version: int


class InvoiceContentApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The project manager agrees with what a draft bills."""

    # One answer to each approval.
    KEY: ClassVar = "content:{approval_id}"

    invoice_id: Id
    version: int
    approval_id: str


class InvoiceApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Everybody whose approval a draft needs has given it."""

    # An invoice is posted once.
    KEY: ClassVar = "post:{invoice_id}"

    invoice_id: Id
    version: int


class InvoiceRejected(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An approver sent a draft back; its sources are unbilled again."""

    # One answer to each approval.
    KEY: ClassVar = "rejected:{approval_id}"

    invoice_id: Id
    version: int
    approval_id: str


class InvoicePosted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The ERP holds the invoice with a number, for exactly the expected total."""

    # An invoice is posted once.
    KEY: ClassVar = "posted:{invoice_id}"

    invoice_id: Id
    number: str


class CreditNoteDrafted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A credit note was drafted and what it takes back released from its invoice."""

    # One round of approvals for each version of a draft.
    KEY: ClassVar = "approve-credit:{credit_note_id}:v{version}"

    credit_note_id: Id
    version: int


class CreditNoteContentApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The project manager agrees with what a credit note takes back."""

    # One answer to each approval.
    KEY: ClassVar = "credit-content:{approval_id}"

    credit_note_id: Id
    version: int
    approval_id: str


class CreditNoteApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Everybody whose approval a credit note needs has given it."""

    # A credit note is posted once.
    KEY: ClassVar = "post-credit:{credit_note_id}"

    credit_note_id: Id
    version: int


class CreditNoteRejected(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An approver sent a credit note back; the invoice stands as it was."""

    # One answer to each approval.
    KEY: ClassVar = "credit-rejected:{approval_id}"

    credit_note_id: Id
    version: int
    approval_id: str


class CreditNotePosted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The ERP holds the credit note with a number, for exactly the expected total."""

    # A credit note is posted once.
    KEY: ClassVar = "credit-posted:{credit_note_id}"

    credit_note_id: Id
    number: str


class ServiceLevelReported(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody reported whether a month's service was as a contract promised."""

    # One look at each version of a report.
    KEY: ClassVar = "service-level:{report_id}:v{version}"

    report_id: Id
    version: int


class CapRoomChanged(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A contract changed while work is held over its cap."""

    # One look at each version of the contract.
    KEY: ClassVar = "release-held:{contract_id}:v{version}"

    contract_id: Id
    version: int


class DisputeAccepted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The firm agrees with a client's objection: this much of the invoice is to be credited."""

    # A dispute is accepted once.
    KEY: ClassVar = "dispute-accepted:{dispute_id}"

    dispute_id: Id
    invoice_id: Id
    amount: Money


class ReminderFallenDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An invoice is overdue for so long that its next reminder is to be written."""

    # One look a day at each level; the level's reminder itself is written once.
    KEY: ClassVar = "remind:{invoice_id}:{level}:{on}"

    invoice_id: Id
    level: int
    on: date


class ReminderApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person sends a reminder."""

    # A reminder is sent once.
    KEY: ClassVar = "reminded:{reminder_id}"

    reminder_id: Id
    approval_id: str


class ReminderDeclined(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person decides that a reminder is not sent."""

    # A reminder is decided about once.
    KEY: ClassVar = "not-reminded:{reminder_id}"

    reminder_id: Id
    approval_id: str


class PaymentBooked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An ERP booked a payment, or applied one that it had booked."""

    # One look at each version of a payment.
    KEY: ClassVar = "payment:{payment_id}:v{version}"

    instance: str
    payment_id: Id
    version: int = 1


BillingEvent = (
    BillingFallenDue
    | AdjustmentAccepted
    | WriteOffApproved
    | WriteOffRejected
    | WriteOffReversalApproved
    | InvoiceDrafted
    | InvoiceContentApproved
    | InvoiceApproved
    | InvoiceRejected
    | InvoicePosted
    | CreditNoteDrafted
    | CreditNoteContentApproved
    | CreditNoteApproved
    | CreditNoteRejected
    | CreditNotePosted
    | ServiceLevelReported
    | CapRoomChanged
    | DisputeAccepted
    | ReminderFallenDue
    | ReminderApproved
    | ReminderDeclined
    | PaymentBooked
)


def billing_given_up(
    event: BusinessEvent,
) -> InvoiceRejected | CreditNoteRejected | ReminderDeclined | WriteOffRejected | None:
    """Return what follows when a person gives up the work on a document of billing, or a reminder.

    A draft that nobody is asked about any more is sent back, as if somebody had rejected it.
    """
    match event:
        case InvoiceDrafted() | InvoiceContentApproved() | InvoiceApproved():
            return InvoiceRejected(
                invoice_id=event.invoice_id,
                version=event.version,
                approval_id=f"given-up:{event.invoice_id}:v{event.version}",
                legal_entity=event.legal_entity,
            )
        case CreditNoteDrafted() | CreditNoteContentApproved() | CreditNoteApproved():
            return CreditNoteRejected(
                credit_note_id=event.credit_note_id,
                version=event.version,
                approval_id=f"given-up:{event.credit_note_id}:v{event.version}",
                legal_entity=event.legal_entity,
            )
        case ReminderApproved():
            return ReminderDeclined(
                reminder_id=event.reminder_id,
                approval_id=event.approval_id,
                legal_entity=event.legal_entity,
            )
        case WriteOffApproved() | WriteOffReversalApproved():
            return WriteOffRejected(
                write_off_id=event.write_off_id,
                version=event.version,
                approval_id=f"given-up:{event.write_off_id}:v{event.version}",
                legal_entity=event.legal_entity,
            )
    return None

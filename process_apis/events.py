"""Business facts in the past tense: what starts a process, and what a process ends with."""

from datetime import date
from typing import ClassVar

from process_apis.business_event import BusinessEvent
from process_apis.change_events import ChangeEvent, change_given_up
from process_apis.client_events import (
    ClientChanged,
    ClientChangeReferred,
    ClientMergeAsked,
    ClientMergeDecided,
    ClientPairDecided,
    ClientScanAsked,
    ClientUnmergeAsked,
    ClientUnmergeDecided,
)
from process_apis.intake_events import HintDropped, HintHeld
from process_apis.mail_events import MailEvent, mail_given_up
from process_apis.notice_events import NoticesFallenDue
from process_apis.procurement_events import ProcurementEvent, buying_given_up
from process_apis.revenue_events import RevenueEvent
from process_apis.staffing_events import StaffingEvent, booking_given_up
from process_apis.subscription_events import DeliveryGivenUp, SubscriptionDisabled
from process_apis.time_events import TimeEvent
from system_apis.canonical.money import Money
from system_apis.canonical.record import Id


class OpportunityWon(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Sales closed an opportunity as won."""

    # One look at each version of the opportunity.
    KEY: ClassVar = "handover:{opportunity_id}:v{version}"

    opportunity_id: Id
    version: int


class ContractSigned(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Both parties signed a contract."""

    # One look at each version of the contract.
    KEY: ClassVar = "handover:{contract_id}:v{version}"

    contract_id: Id
    version: int


class HandoverOverdue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The other half of a deal did not come in time: `subject_id` is the half that is there."""

    # People are told once of each wait.
    KEY: ClassVar = "handover-overdue:{subject_id}:{since}"

    subject_id: Id
    opportunity_number: str
    since: date


class EngagementAgreed(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An opportunity is won and its contract signed: work can begin."""

    # One project per opportunity (domain handbook, 3a).
    KEY: ClassVar = "o2p:{opportunity_id}"

    opportunity_id: Id
    contract_id: Id


class SetUpResumed(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """What a set-up waited for is there: `occasion` is the answer, or the version, that came."""

    # A set-up goes on once after each answer.
    KEY: ClassVar = "o2p:{opportunity_id}:{occasion}"

    opportunity_id: Id
    contract_id: Id
    occasion: str


class SetUpGivenUp(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person gave a set-up up that had stopped: what was made for it is taken back."""

    # A set-up is taken back once.
    KEY: ClassVar = "given-up:{opportunity_id}"

    opportunity_id: Id
    contract_id: Id


class ProjectActivated(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A project is open for time in every system that must know it."""

    # A project is activated once.
    KEY: ClassVar = "activated:{project_number}"

    project_number: str


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


class InvoiceSeen(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An ERP made or changed an invoice, ours or another hand's."""

    instance: str
    invoice_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """One look at each version of an invoice."""
        return f"seen:{self.invoice_id}:v{self.version}"


class ProjectSeen(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A PSA made or changed a project, ours or another hand's."""

    instance: str
    project_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """One look at each version of a project."""
        return f"seen:{self.project_id}:v{self.version}"


Event = (
    OpportunityWon
    | ContractSigned
    | HandoverOverdue
    | EngagementAgreed
    | SetUpResumed
    | SetUpGivenUp
    | ClientScanAsked
    | ClientPairDecided
    | ClientMergeAsked
    | ClientMergeDecided
    | ClientUnmergeAsked
    | ClientUnmergeDecided
    | ClientChanged
    | ClientChangeReferred
    | ProjectActivated
    | BillingFallenDue
    | AdjustmentAccepted
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
    | CapRoomChanged
    | ServiceLevelReported
    | PaymentBooked
    | InvoiceSeen
    | ProjectSeen
    | DisputeAccepted
    | ReminderFallenDue
    | ReminderApproved
    | ReminderDeclined
    | MailEvent
    | RevenueEvent
    | ChangeEvent
    | ProcurementEvent
    | TimeEvent
    | StaffingEvent
    | HintHeld
    | HintDropped
    | SubscriptionDisabled
    | DeliveryGivenUp
    | NoticesFallenDue
)


def given_up(event: Event) -> Event | None:
    """Return what follows when a person gives the work up that an event began, if anything."""
    match event:
        case EngagementAgreed() | SetUpResumed():
            return SetUpGivenUp(
                opportunity_id=event.opportunity_id,
                contract_id=event.contract_id,
                legal_entity=event.legal_entity,
            )
        case HintHeld():
            return HintDropped(hint=event.hint, since=event.since)
        case ReminderApproved():
            return ReminderDeclined(
                reminder_id=event.reminder_id,
                approval_id=event.approval_id,
                legal_entity=event.legal_entity,
            )
    return (
        change_given_up(event)
        or buying_given_up(event)
        or booking_given_up(event)
        or mail_given_up(event)
    )

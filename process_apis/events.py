"""Business facts in the past tense: what starts a process, and what a process ends with.

Each event names its business key. The same key starts the same work only once, however
often and in whatever order the fact is told.
"""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.money import Money
from system_apis.canonical.record import Id


class BusinessEvent(Struct, frozen=True, kw_only=True):
    """Something that happened; `legal_entity` is the company it happened to, once known."""

    legal_entity: str | None = None

    @property
    def business_key(self) -> str:
        """What is done at most once."""
        raise NotImplementedError


class OpportunityWon(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Sales closed an opportunity as won."""

    opportunity_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """One look at each version of the opportunity."""
        return f"handover:{self.opportunity_id}:v{self.version}"


class ContractSigned(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Both parties signed a contract."""

    contract_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """One look at each version of the contract."""
        return f"handover:{self.contract_id}:v{self.version}"


class EngagementAgreed(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An opportunity is won and its contract signed: work can begin."""

    opportunity_id: Id
    contract_id: Id

    @property
    def business_key(self) -> str:
        """One project per opportunity (domain handbook, 3a)."""
        return f"o2p:{self.opportunity_id}"


class SetUpResumed(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """What a set-up waited for is there: `occasion` is the answer, or the version, that came."""

    opportunity_id: Id
    contract_id: Id
    occasion: str

    @property
    def business_key(self) -> str:
        """A set-up goes on once after each answer."""
        return f"o2p:{self.opportunity_id}:{self.occasion}"


class SetUpGivenUp(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person gave a set-up up that had stopped: what was made for it is taken back."""

    opportunity_id: Id
    contract_id: Id

    @property
    def business_key(self) -> str:
        """A set-up is taken back once."""
        return f"given-up:{self.opportunity_id}"


class ClientScanAsked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """All client records are to be compared."""

    occasion: str

    @property
    def business_key(self) -> str:
        """One comparison on each occasion."""
        return f"client-scan:{self.occasion}"


class ClientPairDecided(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A steward said whether two clients are one; the right one's record is named."""

    left_id: Id
    right_id: Id
    right_system: str
    right_record: str
    score: Decimal

    @property
    def business_key(self) -> str:
        """One decision about each pair of clients."""
        return f"client-pair:{self.left_id}:{self.right_id}"


class ProjectActivated(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A project is open for time in every system that must know it."""

    project_number: str

    @property
    def business_key(self) -> str:
        """A project is activated once."""
        return f"activated:{self.project_number}"


class BillingFallenDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A billing event is to be checked; `occasion` says which fact called for it."""

    billing_event_id: Id
    occasion: str

    @property
    def business_key(self) -> str:
        """One check of a billing event on each occasion."""
        return f"check:{self.billing_event_id}:{self.occasion}"


class AdjustmentAccepted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Finance accepts that what exceeds the cap stays unbilled for now."""

    billing_event_id: Id
    over_cap: Money
    approval_id: str

    @property
    def business_key(self) -> str:
        """One answer to each approval."""
        return f"adjusted:{self.approval_id}"


class InvoiceDrafted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An invoice was drafted and its sources allocated to its lines."""

    invoice_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """One round of approvals for each version of a draft."""
        return f"approve:{self.invoice_id}:v{self.version}"


class InvoiceContentApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The project manager agrees with what a draft bills."""

    invoice_id: Id
    version: int
    approval_id: str

    @property
    def business_key(self) -> str:
        """One answer to each approval."""
        return f"content:{self.approval_id}"


class InvoiceApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Everybody whose approval a draft needs has given it."""

    invoice_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """An invoice is posted once."""
        return f"post:{self.invoice_id}"


class InvoiceRejected(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An approver sent a draft back; its sources are unbilled again."""

    invoice_id: Id
    version: int
    approval_id: str

    @property
    def business_key(self) -> str:
        """One answer to each approval."""
        return f"rejected:{self.approval_id}"


class InvoicePosted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The ERP holds the invoice with a number, for exactly the expected total."""

    invoice_id: Id
    number: str

    @property
    def business_key(self) -> str:
        """An invoice is posted once."""
        return f"posted:{self.invoice_id}"


class CreditNoteDrafted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A credit note was drafted and what it takes back released from its invoice."""

    credit_note_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """One round of approvals for each version of a draft."""
        return f"approve-credit:{self.credit_note_id}:v{self.version}"


class CreditNoteContentApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The project manager agrees with what a credit note takes back."""

    credit_note_id: Id
    version: int
    approval_id: str

    @property
    def business_key(self) -> str:
        """One answer to each approval."""
        return f"credit-content:{self.approval_id}"


class CreditNoteApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Everybody whose approval a credit note needs has given it."""

    credit_note_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """A credit note is posted once."""
        return f"post-credit:{self.credit_note_id}"


class CreditNoteRejected(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An approver sent a credit note back; the invoice stands as it was."""

    credit_note_id: Id
    version: int
    approval_id: str

    @property
    def business_key(self) -> str:
        """One answer to each approval."""
        return f"credit-rejected:{self.approval_id}"


class CreditNotePosted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The ERP holds the credit note with a number, for exactly the expected total."""

    credit_note_id: Id
    number: str

    @property
    def business_key(self) -> str:
        """A credit note is posted once."""
        return f"credit-posted:{self.credit_note_id}"


class ServiceLevelReported(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody reported whether a month's service was as a contract promised."""

    report_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """One look at each version of a report."""
        return f"service-level:{self.report_id}:v{self.version}"


class CapRoomChanged(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A contract changed while work is held over its cap."""

    contract_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """One look at each version of the contract."""
        return f"release-held:{self.contract_id}:v{self.version}"


class DisputeAccepted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The firm agrees with a client's objection: this much of the invoice is to be credited."""

    dispute_id: Id
    invoice_id: Id
    amount: Money

    @property
    def business_key(self) -> str:
        """A dispute is accepted once."""
        return f"dispute-accepted:{self.dispute_id}"


class ReminderFallenDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An invoice is overdue for so long that its next reminder is to be written."""

    invoice_id: Id
    level: int
    on: date

    @property
    def business_key(self) -> str:
        """One look a day at each level; the level's reminder itself is written once."""
        return f"remind:{self.invoice_id}:{self.level}:{self.on}"


class ReminderApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person sends a reminder."""

    reminder_id: Id
    approval_id: str

    @property
    def business_key(self) -> str:
        """A reminder is sent once."""
        return f"reminded:{self.reminder_id}"


class ReminderDeclined(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person decides that a reminder is not sent."""

    reminder_id: Id
    approval_id: str

    @property
    def business_key(self) -> str:
        """A reminder is decided about once."""
        return f"not-reminded:{self.reminder_id}"


class PaymentBooked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An ERP booked a payment, or applied one that it had booked."""

    instance: str
    payment_id: Id
    version: int = 1

    @property
    def business_key(self) -> str:
        """One look at each version of a payment."""
        return f"payment:{self.payment_id}:v{self.version}"


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
    | EngagementAgreed
    | SetUpResumed
    | SetUpGivenUp
    | ClientScanAsked
    | ClientPairDecided
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
    return None

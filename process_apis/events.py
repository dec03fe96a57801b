"""Business facts in the past tense: what starts a process, and what a process ends with.

Each event names its business key. The same key starts the same work only once, however
often and in whatever order the fact is told.
"""

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


class PaymentBooked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An ERP booked a payment."""

    instance: str
    payment_id: Id

    @property
    def business_key(self) -> str:
        """A payment is applied once."""
        return f"payment:{self.payment_id}"


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
    | ProjectActivated
    | BillingFallenDue
    | AdjustmentAccepted
    | InvoiceDrafted
    | InvoiceContentApproved
    | InvoiceApproved
    | InvoiceRejected
    | InvoicePosted
    | PaymentBooked
    | InvoiceSeen
    | ProjectSeen
)

"""The nouns of billing that are Strata's own: billing events, blockers, invoices on their way."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.billing import InvoiceDraft, InvoiceLine, TaxRounding
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.record import Id
from system_apis.canonical.sales import RoleRate


class BillingKind(StrEnum):
    """What a billing event bills (domain handbook, 1.5)."""

    TIME = "T&M_period"
    MILESTONE = "milestone"
    RETAINER = "retainer"
    SUBSCRIPTION = "subscription"
    DOWN_PAYMENT = "down_payment"


class EventStatus(StrEnum):
    """Where a billing event stands (domain handbook, 1.6).

    `returned` is one whose draft an approver sent back: it is drafted anew when a person
    asks for it, and not because something else changed. `cancelled` is one whose project
    never opened, `written_off` one that was due and is given up: its work is never billed.
    """

    PLANNED = "planned"
    BLOCKED = "blocked"
    READY = "ready"
    RETURNED = "returned"
    INVOICED = "invoiced"
    NOTHING_TO_BILL = "nothing_to_bill"
    CANCELLED = "cancelled"
    WRITTEN_OFF = "written_off"


TO_BILL = (EventStatus.PLANNED, EventStatus.BLOCKED, EventStatus.READY, EventStatus.RETURNED)
SETTLED = tuple(each for each in EventStatus if each not in TO_BILL)
GIVEN_UP = frozenset({EventStatus.CANCELLED, EventStatus.WRITTEN_OFF})


class Blocker(Struct, frozen=True, kw_only=True):
    """Why a billing event cannot become an invoice yet, who owns that, and the remedy.

    `amount_at_risk` is set when only a part of the event's amount is concerned, `finding_id`
    when it is a finding of quality that holds it.
    """

    code: str
    reason: str
    owner: str
    remedy: str
    amount_at_risk: Money | None = None
    finding_id: str | None = None


class BillingEvent(Struct, frozen=True, kw_only=True):
    """A period or milestone of a project that is to be billed on a planned date."""

    id: Id
    kind: BillingKind = BillingKind.TIME
    milestone: str | None = None
    contract_id: Id
    contract_number: str
    project_number: str
    legal_entity: str
    client_number: str
    currency: str
    period_start: date
    period_end: date
    sequence: int = 1
    planned_date: date
    status: EventStatus
    version: int = 1
    blockers: tuple[Blocker, ...] = ()
    first_blockers: tuple[Blocker, ...] | None = None
    first_checked_at: datetime | None = None
    amount_expected: Money | None = None
    over_cap: Money | None = None
    accepted_over_cap: Money | None = None

    @property
    def is_settled(self) -> bool:
        """Whether it is invoiced, or there was nothing to bill."""
        return self.status in {EventStatus.INVOICED, EventStatus.NOTHING_TO_BILL}

    @property
    def is_final(self) -> bool:
        """Whether it stays as it is: settled, cancelled or written off."""
        return self.is_settled or self.status in GIVEN_UP

    @property
    def bills_work(self) -> bool:
        """Whether hours and expenses of the period are billed, so that they must be decided."""
        return self.kind in {BillingKind.TIME, BillingKind.RETAINER}

    @property
    def span(self) -> str:
        """What it bills, as people say it: a milestone, a month or some days."""
        if self.milestone is not None:
            return f"milestone {self.milestone}"
        start, end = self.period_start, self.period_end
        months = {(each.year, each.month) for each in (start, end)}
        is_whole = start.day == 1 and (end + timedelta(days=1)).day == 1
        return f"{start:%Y-%m}" if is_whole and len(months) == 1 else f"{start} to {end}"


class PeriodClaim(Struct, frozen=True, kw_only=True):
    """A period that another billing event of a contract bills, will bill, or gave up.

    `invoice` is the number or id of the invoice that does, if there is one by now.
    """

    kind: BillingKind
    event_id: Id
    start: date
    end: date
    invoice: str | None = None
    written_off: bool = False


class SourceType(StrEnum):
    """What an allocation bills."""

    TIME_ENTRY = "time_entry"
    EXPENSE_LINE = "expense_line"
    ADJUSTMENT = "adjustment"
    MILESTONE = "milestone"
    FEE_PERIOD = "fee_period"
    ADOPTED = "adopted"
    DOWN_PAYMENT = "down_payment"
    DOWN_PAYMENT_APPLIED = "down_payment_applied"


class Allocation(Struct, frozen=True, kw_only=True):
    """One source on one invoice line: the ledger is append-only (domain handbook, 0.1).

    `sign` is +1 when the source is billed and -1 when that is taken back, of the allocation
    that it `reverses`; `approved` is the most of the source that may ever be billed.
    """

    source_type: SourceType
    source_id: str
    source_number: str = ""
    sign: int
    quantity: Decimal
    approved: Decimal
    unit_rate: Price
    amount: Money
    reverses: int | None = None

    @property
    def effect(self) -> Money:
        """What it adds to the invoice."""
        return self.amount if self.sign > 0 else -self.amount


class BilledLine(Struct, frozen=True):
    """One invoice line with what it bills: the sources' effects add up to the line's net."""

    line: InvoiceLine
    sources: tuple[Allocation, ...]


class InvoiceStage(StrEnum):
    """Where an invoice stands; only the reconciler leaves `posting` (domain handbook, 1.6)."""

    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    POSTING = "posting"
    POSTED = "posted"
    DISPUTED = "disputed"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    REJECTED = "rejected"


ON_THE_WAY = (
    InvoiceStage.PENDING_APPROVAL,
    InvoiceStage.APPROVED,
    InvoiceStage.POSTING,
    InvoiceStage.POSTED,
    InvoiceStage.DISPUTED,
    InvoiceStage.PARTIALLY_PAID,
    InvoiceStage.PAID,
)


class HoursOfDay(Struct, frozen=True):
    """What one person worked on one day."""

    employee: str
    work_date: date
    hours: Decimal


class HoursStatement(Struct, frozen=True):
    """The hours of a period, day by day, beside those that its fee includes."""

    rows: tuple[HoursOfDay, ...]
    total: Decimal
    included: Decimal | None
    carried: Decimal = Decimal(0)


class Grounds(Struct, frozen=True, kw_only=True):
    """What an invoice was drafted by: which version of its contract, read when, and which terms.

    `billed_before` is what the cap counted of what was billed before, and `electronic_version`
    the edition of where the law wants electronic invoices, which older drafts do not tell.
    """

    contract_version: int
    read_at: datetime
    rates: tuple[RoleRate, ...]
    cap: Money | None
    billed_before: Money
    rounding: Rounding
    tax_rounding: TaxRounding
    policy_version: int
    electronic_version: int | None = None


class ClientInvoice(Struct, frozen=True, kw_only=True):
    """An invoice on its way from draft to paid, with what we expected and what was posted."""

    id: Id
    billing_event_id: Id
    version: int
    stage: InvoiceStage
    draft: InvoiceDraft
    reference: str
    project_manager: str
    instance: str
    ledger_id: Id | None = None
    number: str | None = None
    posted: Money | None = None
    posted_at: datetime | None = None
    paid: Money | None = None
    paid_on: date | None = None
    adopted: bool = False
    credited: Money | None = None
    hours_statement: HoursStatement | None = None
    grounds: Grounds | None = None

    @property
    def owed(self) -> Money:
        """What the client still has to pay of what was posted, net of credits."""
        nothing = Money.zero(self.draft.currency)
        return (self.posted or nothing) - (self.paid or nothing) - (self.credited or nothing)

    def stage_when(self, paid: Money | None, *, disputed: bool) -> InvoiceStage:
        """Return where a posted invoice stands once so much is paid, beside what is credited."""
        nothing = Money.zero(self.draft.currency)
        settled = (paid or nothing) + (self.credited or nothing)
        if self.posted is not None and self.posted <= settled:
            return InvoiceStage.PAID
        if disputed:
            return InvoiceStage.DISPUTED
        return InvoiceStage.PARTIALLY_PAID if paid else InvoiceStage.POSTED


class AdoptedDocument(Struct, frozen=True, kw_only=True):
    """An invoice of another hand as our ledger takes it over, line by line with its sources.

    `event` is a billing event of its own; `settles` are the planned ones that it leaves
    nothing to bill for.
    """

    event: BillingEvent
    invoice: ClientInvoice
    sources: tuple[tuple[Allocation, ...], ...]
    settles: tuple[Id, ...] = ()

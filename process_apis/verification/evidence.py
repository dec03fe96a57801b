"""What is looked at: our own books at one moment, and what the systems say beside them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from governance.audit_chain.walk import AuditVerdict
from process_apis.adoption.records import Finding
from process_apis.approvals.requests import Approval
from process_apis.commands import Command
from process_apis.engagements import Engagement
from process_apis.exceptions.queue import OpenException
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice
from process_apis.project_to_cash.rules import ApprovalPolicy
from process_apis.project_to_cash.write_offs.records import WriteOff
from process_apis.revenue.records import ProjectStanding, RevenueEntry
from process_apis.time_and_expense.directory import Directory
from process_apis.verification.records import Span
from system_apis.canonical.billing import Invoice, InvoiceStatus, Payment
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.delivery import Project
from system_apis.canonical.money import Money
from system_apis.canonical.payables import Payable
from system_apis.canonical.procurement import PurchaseOrder, ServiceReceipt, VendorBill
from system_apis.canonical.time import ExpenseLine, TimeEntry
from system_apis.effect_ledger import EffectState


class Ordered(Struct, frozen=True, kw_only=True):
    """An accepted command, with the company that it is about."""

    command: Command
    legal_entity: str | None


class Parked(Struct, frozen=True, kw_only=True):
    """A case of the exception queue, and whether its work was resumed."""

    case: OpenException
    resumed: bool


class Written(Struct, frozen=True, kw_only=True):
    """A line of the ledger of effects."""

    system: str
    instance: str
    operation: str
    key: str
    state: EffectState
    attempts: int
    record_id: str | None
    lease_until: datetime
    updated_at: datetime

    @property
    def action(self) -> str:
        """What the audit calls it."""
        return f"{self.system}.{self.operation}"


class Noted(Struct, frozen=True, kw_only=True):
    """An entry of the audit."""

    sequence: int
    stream: str
    actor: str
    action: str
    subject: str
    legal_entity: str | None
    reason: str | None
    trace_id: str | None


class Answered(Struct, frozen=True, kw_only=True):
    """A command's kept answer; without a status it cannot be read, or is not there."""

    subject: str
    operation: str
    key: str
    entities: frozenset[str]
    until: int
    is_kept: bool
    status: int | None
    kept_until: int | None
    body: bytes


class Allocated(Struct, frozen=True, kw_only=True):
    """A line of the billing ledger's allocations."""

    id: int
    source_type: str
    source_id: str
    source_number: str
    document_id: str
    line: int
    sign: int
    quantity: Decimal
    approved: Decimal
    amount: Money


class Asked(Struct, frozen=True, kw_only=True):
    """An approval with who asked, who gains by it, and whether its answer was carried on."""

    approval: Approval
    beneficiary: str | None
    continues: bool
    continued: bool


class Known(Struct, frozen=True):
    """A record of a system that has an id of ours."""

    canonical_id: str
    instance: str
    legal_entity: str | None


class Snapshot(Struct, frozen=True, kw_only=True):
    """Everything of our own that is looked at, of every company."""

    commands: tuple[Ordered, ...]
    cases: tuple[Parked, ...]
    effects: tuple[Written, ...]
    audit: tuple[Noted, ...]
    audit_verdict: AuditVerdict | None
    answers: tuple[Answered, ...]
    invoices: tuple[ClientInvoice, ...]
    credit_notes: tuple[ClientCreditNote, ...]
    write_offs: tuple[WriteOff, ...] = ()
    events: tuple[BillingEvent, ...]
    allocations: tuple[Allocated, ...]
    approvals: tuple[Asked, ...]
    engagements: tuple[Engagement, ...]
    findings: tuple[Finding, ...]
    revenue: tuple[RevenueEntry, ...]
    standings: tuple[ProjectStanding, ...]
    references: tuple[Known, ...]


class Kept(Snapshot, frozen=True, kw_only=True):
    """Our own books at one moment, those of some companies alone unless `whole`."""

    now: datetime
    business_now: datetime
    span: Span
    whole: bool
    entities: frozenset[str]
    policy: ApprovalPolicy
    directory: Directory
    patience: int

    @property
    def documents(self) -> list[ClientInvoice | ClientCreditNote]:
        """The invoices, then the credit notes."""
        return [*self.invoices, *self.credit_notes]


class Booked(Struct, frozen=True, kw_only=True):
    """What the systems hold of some companies, by the name of the system where it matters."""

    invoices: Mapping[str, tuple[Invoice, ...]] = {}
    credit_notes: Mapping[str, tuple[CreditNote, ...]] = {}
    payments: Mapping[str, tuple[Payment, ...]] = {}
    payables: Mapping[str, tuple[Payable, ...]] = {}
    projects: Mapping[str, tuple[Project, ...]] = {}
    orders: tuple[PurchaseOrder, ...] = ()
    receipts: tuple[ServiceReceipt, ...] = ()
    bills: tuple[VendorBill, ...] = ()
    entries: tuple[TimeEntry, ...] = ()
    expenses: tuple[ExpenseLine, ...] = ()
    routed: Mapping[str, frozenset[str]] = {}

    @property
    def documents(self) -> list[tuple[str, Invoice | CreditNote]]:
        """The invoices and credit notes that stand, each with the system that has it."""
        every: list[tuple[str, Invoice | CreditNote]] = [
            *((name, each) for name, some in self.invoices.items() for each in some),
            *((name, each) for name, some in self.credit_notes.items() for each in some),
        ]
        return [(name, each) for name, each in every if each.status is not InvoiceStatus.VOID]

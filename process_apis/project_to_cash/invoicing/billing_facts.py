"""The facts that a billing event is judged by, as the systems tell them at one moment."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.project_to_cash.credit_records import HeldWork
from process_apis.project_to_cash.invoicing.down_payments import Deposit
from process_apis.project_to_cash.receivables import Dispute
from process_apis.project_to_cash.records import BillingEvent, PeriodClaim
from system_apis.canonical.billing import FiscalPeriod, LedgerProject
from system_apis.canonical.changes import ChangeRequest
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import Project
from system_apis.canonical.money import Money
from system_apis.canonical.party import Client
from system_apis.canonical.team import Booking
from system_apis.canonical.time import ExpenseLine, TimeEntry, Timesheet


class BillingFacts(Struct, frozen=True, kw_only=True):
    """What the systems say about one billing event at one moment.

    `billed` is what counts towards the cap of what was billed before, and `ordered` what was
    billed before on the contract's purchase orders, both net of credits. `billed_sources`
    are those of the event that stand on an invoice already, `adopted_sources` those of them
    that another hand billed, `undecided` names invoices of another hand that nobody has
    adopted or disputed yet, `held` what earlier invoices of
    the contract left unbilled, oldest first. `disputes` are the open ones of the same
    contract, `deposit` is where its down payment stands, and `carried_hours` are what earlier
    periods left of a retainer's hours. `changes` are what the contract's change requests
    ask for, and `has_rate` says whether an amount in its currency can be told in the firm's.
    `claims` are the periods that the contract's other billing events bill; `project` and
    `bookings` are the PSA's, where work is billed. `electronic` says whether the law wants
    the invoice to be. `replacing` names what asks to take the place of approved hours.
    """

    event: BillingEvent
    contract: Contract
    project_number: str
    client: Client | None
    ledger_project: LedgerProject | None
    entries: tuple[TimeEntry, ...]
    expenses: tuple[ExpenseLine, ...]
    timesheets: tuple[Timesheet, ...]
    fiscal_period: FiscalPeriod | None
    billed: Money
    ordered: Money
    on: date
    billed_sources: frozenset[str] = frozenset()
    adopted_sources: frozenset[str] = frozenset()
    undecided: tuple[str, ...] = ()
    held: tuple[HeldWork, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    deposit: Deposit | None = None
    carried_hours: Decimal = Decimal(0)
    changes: tuple[ChangeRequest, ...] = ()
    has_rate: bool = True
    claims: tuple[PeriodClaim, ...] = ()
    project: Project | None = None
    bookings: tuple[Booking, ...] = ()
    electronic: bool = False
    replacing: tuple[str, ...] = ()

"""Facts of an October that is ready to be billed; each test changes what it is about."""

from datetime import UTC, date, datetime
from decimal import Decimal

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.records import BilledLine, BillingEvent, EventStatus
from process_apis.project_to_cash.rules import Prepared
from system_apis.canonical.billing import (
    FiscalPeriod,
    InvoiceLine,
    LedgerProject,
    LineKind,
    PostingTerms,
    TaxRounding,
)
from system_apis.canonical.contracts import (
    BillingModel,
    CapScope,
    Contract,
    PurchaseOrderReference,
    TaxTerms,
)
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.party import Address, Client, ClientStatus
from system_apis.canonical.record import Source
from system_apis.canonical.sales import RoleRate
from system_apis.canonical.time import EntryStatus, ExpenseLine, TimeEntry, Timesheet

HALF_UP = PostingTerms(Rounding.HALF_UP)
HALF_EVEN = PostingTerms(Rounding.HALF_EVEN)
EXACT = PostingTerms(Rounding.HALF_EVEN, TaxRounding.EXACT_GROUP)
MONTH_END = date(2026, 10, 31)
NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
SOURCE = Source(system="test", instance="test", record_type="test", record_id="1")


def id_of(prefix: str, number: int = 0) -> str:
    """Return an id of ours."""
    return f"{prefix}_{number:026d}"


def contract(
    *,
    rates: dict[str, str] | None = None,
    currency: str = "USD",
    cap: str | None = None,
    scope: CapScope = CapScope.FEES,
    tax: str = "0",
    expenses_billable: bool = True,
    orders: tuple[PurchaseOrderReference, ...] | None = None,
) -> Contract:
    """Return a signed time-and-materials contract from September to March."""
    agreed = rates or {"Principal": "280", "Consultant": "160"}
    return Contract(
        id=id_of("ct"),
        number="CT-1",
        opportunity_number="OPP-1",
        client_id=id_of("cl"),
        legal_entity="US",
        project_number="P-1",
        project_manager="U-1",
        currency=currency,
        billing_model=BillingModel.TIME_AND_MATERIALS,
        signed_at=datetime(2026, 8, 24, tzinfo=UTC),
        document_hash="sha256:00",
        effective_from=date(2026, 9, 1),
        effective_to=date(2027, 3, 31),
        nte_cap=Money.of(cap, currency) if cap else None,
        nte_scope=scope,
        rates=tuple(RoleRate(role, Price(rate, currency)) for role, rate in agreed.items()),
        purchase_order_required=orders is not None,
        purchase_orders=orders or (),
        payment_terms_days=30,
        expenses_billable=expenses_billable,
        tax=TaxTerms("S", Decimal(tax)),
        source=SOURCE,
    )


def order(
    number: str, amount: str, valid_to: date = MONTH_END, received: datetime = NOON
) -> PurchaseOrderReference:
    """Return a client's purchase order."""
    return PurchaseOrderReference(number, Money.of(amount, "USD"), valid_to, received)


def entry(
    hours: str,
    employee: str = "E1",
    role: str = "Principal",
    number: int = 1,
    *,
    status: EntryStatus = EntryStatus.APPROVED,
    billable: bool = True,
) -> TimeEntry:
    """Return hours of a person; the number is also the day of October."""
    return TimeEntry(
        id=id_of("te", number),
        number=f"TE-{number}",
        employee=employee,
        role=role,
        project_number="P-1",
        work_date=date(2026, 10, 1 + number % 31),
        hours=Decimal(hours),
        billable=billable,
        status=status,
        source=SOURCE,
    )


def expense(
    amount: str,
    number: int = 1,
    *,
    currency: str = "USD",
    status: EntryStatus = EntryStatus.APPROVED,
    billable: bool = True,
) -> ExpenseLine:
    """Return what a person spent."""
    return ExpenseLine(
        id=id_of("ex", number),
        number=f"EX-{number}",
        employee="E1",
        project_number="P-1",
        date=date(2026, 10, 5),
        category="taxi",
        merchant=None,
        amount=Money.of(amount, currency),
        billable=billable,
        status=status,
        receipt_hash=None,
        source=SOURCE,
    )


def billing_event(currency: str = "USD") -> BillingEvent:
    """Return the planned billing of October."""
    return BillingEvent(
        id=id_of("be"),
        contract_id=id_of("ct"),
        contract_number="CT-1",
        project_number="P-1",
        legal_entity="US",
        client_number="CL-1",
        currency=currency,
        period_start=date(2026, 10, 1),
        period_end=MONTH_END,
        planned_date=MONTH_END,
        status=EventStatus.PLANNED,
    )


def client(status: ClientStatus = ClientStatus.ACTIVE) -> Client:
    """Return a client that may be billed."""
    return Client(
        id=id_of("cl"),
        number="CL-1",
        legal_name="Contoso Health Inc.",
        country="US",
        status=status,
        billing_address=Address("1 Harbor St", "New York", "10004", "US", "NY"),
        payment_terms_days=30,
        source=SOURCE,
    )


def week(employee: str, *, submitted: bool = True) -> Timesheet:
    """Return a person's last week of the month."""
    return Timesheet(employee=employee, week_start=date(2026, 10, 26), submitted=submitted)


def facts(
    *entries: TimeEntry,
    agreed: Contract | None = None,
    expenses: tuple[ExpenseLine, ...] = (),
    billed: str = "0",
) -> BillingFacts:
    """Return the facts of an event that nothing keeps back."""
    under = agreed or contract()
    return BillingFacts(
        event=billing_event(under.currency),
        contract=under,
        project_number="P-1",
        client=client(),
        ledger_project=LedgerProject(
            id=id_of("lp"),
            number="P-1",
            name="Claims platform",
            legal_entity="US",
            client_number="CL-1",
            source=SOURCE,
        ),
        entries=entries,
        expenses=expenses,
        timesheets=(week("E1"),),
        fiscal_period=FiscalPeriod("US", date(2026, 10, 1), MONTH_END, is_open=True),
        billed=Money.of(billed, under.currency),
        ordered=Money.zero(under.currency),
        on=MONTH_END,
    )


def hours_line(
    quantity: str, price: str, terms: PostingTerms, currency: str = "EUR"
) -> InvoiceLine:
    """Return an invoice line of hours, its net rounded as an ERP rounds."""
    rate = Price(price, currency)
    return InvoiceLine(
        kind=LineKind.TIME,
        description="Advisor",
        quantity=Decimal(quantity),
        unit_price=rate,
        net=rate.times(Decimal(quantity), terms.rounding),
    )


def nets(prepared: Prepared) -> list[tuple[LineKind, str]]:
    """Return every line's kind and net amount."""
    return [(each.kind, each.net.amount) for each in prepared.draft.lines]


def shares(line: BilledLine) -> Money:
    """Return what the sources of a line add up to."""
    return Money.total((each.amount for each in line.sources), line.line.net.currency)

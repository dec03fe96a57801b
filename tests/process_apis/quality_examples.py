"""Facts that break each rule of quality, and facts that just keep it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from system_apis.canonical.billing import BookedLine, FiscalPeriod, InvoiceStatus
from system_apis.canonical.contracts import BillingModel, MilestoneTerms
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.delivery import Estimate, ProgressReport, Project, ProjectStatus
from system_apis.canonical.money import Money, Price
from system_apis.canonical.people import (
    CostRate,
    Employee,
    EmployeeCost,
    EmployeeStatus,
    EmploymentType,
)
from system_apis.canonical.plans import MilestoneStatus
from system_apis.canonical.procurement import (
    BankAccount,
    BillStatus,
    OrderLine,
    OrderUnit,
    ReceiptSource,
    ServiceReceipt,
    Vendor,
    VendorBill,
    VendorStatus,
)
from system_apis.canonical.quality.client import ClientFacts
from system_apis.canonical.quality.contract import ContractFacts, PriceTolerance
from system_apis.canonical.quality.expense import ExpenseFacts
from system_apis.canonical.quality.finance import (
    AmountFacts,
    InvoiceFacts,
    ReceivableFacts,
    RecognitionFacts,
)
from system_apis.canonical.quality.integration import ChangeFacts, FeedFacts, RefusalFacts
from system_apis.canonical.quality.people_time import EntryFacts, PersonFacts
from system_apis.canonical.quality.procurement import BillFacts, ReceiptFacts, VendorFacts
from system_apis.canonical.quality.project import MilestoneSeen, ProjectFacts
from system_apis.canonical.rate_cards import RateLine
from system_apis.canonical.record import Change
from system_apis.canonical.revenue import RevenueMethod
from tests.process_apis.billing_facts import (
    MONTH_END,
    NOON,
    SOURCE,
    client,
    contract,
    entry,
    expense,
    id_of,
    order,
    week,
)
from tests.process_apis.owing_facts import posted, received
from tests.process_apis.test_rules_adoption import invoice

Examples = dict[str, tuple[Struct, Struct]]
DAY = timedelta(days=1)
WHOLE = replace(client(), country="DE", tax_id="DE811000012", domain="contoso.example")
TWIN = replace(WHOLE, id=id_of("cl", 2), number="CL-2", source=replace(SOURCE, record_id="2"))
FIXED = replace(
    contract(),
    billing_model=BillingModel.FIXED_FEE,
    total_value=Money("100.00", "USD"),
    milestones=(
        MilestoneTerms("M1", Money("60.00", "USD"), MONTH_END),
        MilestoneTerms("M2", Money("40.00", "USD"), MONTH_END),
    ),
)
NAMED = replace(FIXED, revenue_method=RevenueMethod.INPUT_COST)
PROJECT = Project(
    id=id_of("pr"),
    number="P-1",
    name="Claims platform",
    client_number="CL-1",
    contract_number="CT-1",
    legal_entity="US",
    billing_model=BillingModel.TIME_AND_MATERIALS,
    currency="USD",
    status=ProjectStatus.ACTIVE,
    project_manager="U-1",
    start=date(2026, 9, 1),
    end=date(2027, 3, 31),
    source=SOURCE,
)
PERSON = Employee(
    id=id_of("em"),
    number="E1",
    name="Ann",
    work_email="ann@firm.example",
    legal_entity="US",
    employment_type=EmploymentType.EMPLOYEE,
    status=EmployeeStatus.ACTIVE,
    hire_date=date(2020, 1, 1),
    role="Principal",
    weekly_hours=Decimal(40),
    fte=Decimal(1),
    source=SOURCE,
)
VENDOR = Vendor(
    id=id_of("vn"),
    number="V-1",
    legal_name="One BV",
    country="NL",
    status=VendorStatus.ACTIVE,
    bank_accounts=(
        BankAccount(masked="NL** 01", entered_by="ann", verified_by="bob", verified_at=NOON),
    ),
    insurance_expiry=MONTH_END,
    source=SOURCE,
)


def usd(amount: str) -> Money:
    """Return dollars."""
    return Money.of(amount, "USD")


def estimated(cost: str) -> Project:
    """Return a project that will have cost so much in the end."""
    estimate = Estimate(cost=usd(cost), as_of=MONTH_END)
    return replace(PROJECT, estimate_at_completion=estimate)


def reported(*complete: str) -> Project:
    """Return a project of which so much was done, by one report after the other."""
    reports = [
        ProgressReport(reported_on=MONTH_END, percent_complete=Decimal(each)) for each in complete
    ]
    return replace(PROJECT, progress=tuple(reports))


def rate_line(start: date, end: date | None = None) -> RateLine:
    """Return the rate of a role for a while."""
    return RateLine(role="Principal", bill_rate=Price("280", "USD"), start=start, end=end)


def milestone(status: MilestoneStatus, planned: date, *, proven: bool = False) -> MilestoneSeen:
    """Return a milestone, with its evidence and day or without."""
    day = planned if proven else None
    return MilestoneSeen(
        number="M1", status=status, planned_date=planned, actual_date=day, has_evidence=proven
    )


def bill(number: str, place: int) -> VendorBill:
    """Return a bill of a vendor."""
    return VendorBill(
        id=id_of("vb", place),
        number=number,
        vendor_id=VENDOR.id,
        legal_entity="US",
        currency="USD",
        issue_date=MONTH_END,
        due_date=None,
        status=BillStatus.RECEIVED,
        dispute_reason=None,
        lines=(),
        net=usd("1"),
        tax=usd("0"),
        gross=usd("1"),
        paid_when_paid=False,
        reference=None,
        source=SOURCE,
    )


RECEIPT = ServiceReceipt(
    id=id_of("sr"),
    number="SR-1",
    purchase_order_number="PO-1",
    line=1,
    legal_entity="US",
    start=MONTH_END,
    end=MONTH_END,
    quantity=Decimal(8),
    amount=usd("80"),
    rests_on=ReceiptSource.TIME_ENTRIES,
    evidence=(),
    accepted_by="U-1",
    accepted_at=NOON,
    is_reversed=False,
    reference=None,
    source=SOURCE,
)


def line(received_hours: str) -> OrderLine:
    """Return a line of ten hours of which some were received; a tenth more may be."""
    return OrderLine(
        number=1,
        project_number="P-1",
        role="Specialist",
        unit=OrderUnit.HOURS,
        quantity=Decimal(10),
        rate=Price("10", "USD"),
        receipt_tolerance=Decimal("0.1"),
        amount=usd("100"),
        received=Decimal(received_hours),
    )


def credit(gross: str) -> CreditNote:
    """Return a posted credit note."""
    return CreditNote(
        id=id_of("cn"),
        number="CN-1",
        reference=None,
        legal_entity="US",
        client_number="CL-1",
        project_number="P-1",
        invoice_number="INV-7",
        currency="USD",
        status=InvoiceStatus.POSTED,
        issue_date=MONTH_END,
        net=usd(gross),
        tax=usd("0"),
        gross=usd(gross),
        applied=usd("0"),
        source=SOURCE,
    )


def booked(net: str) -> BookedLine:
    """Return a line of an invoice."""
    return BookedLine(
        description="Work", quantity=Decimal(1), unit_price=Price(net, "USD"), net=usd(net)
    )


def change(version: int, at: datetime = NOON) -> Change:
    """Return a line of a feed."""
    return Change(1, "client", id_of("cl"), version, at)


_OF = ClientFacts(client=WHOLE)
CLIENTS: Examples = {
    "DQ-C1": (ClientFacts(client=replace(WHOLE, tax_id=None)), ClientFacts(client=client())),
    "DQ-C2": (replace(_OF, tax_id_valid=False), replace(_OF, tax_id_valid=True)),
    "DQ-C3": (replace(_OF, others=(WHOLE, TWIN)), replace(_OF, others=(WHOLE,))),
    "DQ-C4": (
        replace(_OF, undecided=("Contoso Healthcare in erp-b",)),
        replace(_OF, others=(TWIN,)),
    ),
    "DQ-C5": (ClientFacts(client=replace(WHOLE, payment_terms_days=None)), _OF),
    "DQ-C6": (ClientFacts(client=replace(WHOLE, billing_address=None)), _OF),
    "DQ-C7": (
        replace(_OF, currency="JPY", ledger_currencies=frozenset({"EUR"})),
        replace(_OF, currency="EUR", ledger_currencies=frozenset({"EUR"})),
    ),
    "DQ-C8": (replace(_OF, in_ledger=False), replace(_OF, in_ledger=True)),
    "DQ-C9": (
        replace(_OF, parent="CL-7", ledger_parent="CL-8"),
        replace(_OF, parent="CL-7", ledger_parent="CL-7"),
    ),
    "DQ-C10": (
        replace(_OF, electronic_invoice_mandated=True),
        replace(_OF, electronic_invoice_mandated=True, electronic_address="0204:1"),
    ),
}
_BY = ContractFacts(contract=contract(), on=MONTH_END)
_FIXED = replace(_BY, contract=FIXED)
_SOLD = replace(_FIXED, price=usd("100"), tolerance=PriceTolerance(Decimal("0.01"), Decimal(500)))
CONTRACTS: Examples = {
    "DQ-K1": (replace(_BY, contract=replace(contract(), document_hash=None)), _BY),
    "DQ-K2": (replace(_BY, on=date(2027, 4, 1)), replace(_BY, on=date(2027, 3, 31))),
    "DQ-K3": (replace(_BY, contract=replace(FIXED, total_value=usd("100.01"))), _FIXED),
    "DQ-K4": (
        replace(_BY, contract=contract(cap="100"), billed=usd("100.01")),
        replace(_BY, contract=contract(cap="100"), billed=usd("100")),
    ),
    "DQ-K5": (
        replace(_BY, planned_roles=frozenset({"Manager"})),
        replace(_BY, planned_roles=frozenset({"Principal"})),
    ),
    "DQ-K6": (
        replace(_BY, rate_lines=(rate_line(NOON.date()), rate_line(NOON.date() + DAY))),
        replace(
            _BY,
            rate_lines=(rate_line(MONTH_END, MONTH_END + DAY), rate_line(MONTH_END + DAY)),
        ),
    ),
    "DQ-K7": (replace(_SOLD, sold_for=usd("101.02")), replace(_SOLD, sold_for=usd("101.01"))),
    "DQ-K8": (
        replace(_BY, contract=contract(orders=())),
        replace(_BY, contract=contract(orders=(order("PO-1", "1"),))),
    ),
    "DQ-K9": (
        replace(_BY, order_left=usd("9.99"), next_bill=usd("10")),
        replace(_BY, order_left=usd("10"), next_bill=usd("10")),
    ),
    "DQ-K10": (
        replace(_FIXED, bills_now=True),
        replace(_FIXED, bills_now=True, contract=NAMED),
    ),
}
_ON = ProjectFacts(project=PROJECT, on=MONTH_END)
_PLANNED, _ACCEPTED = MilestoneStatus.PLANNED, MilestoneStatus.ACCEPTED
_CLOSED = replace(_ON, project=replace(PROJECT, status=ProjectStatus.FINANCIALLY_CLOSED))
PROJECTS: Examples = {
    "DQ-P1": (replace(_ON, contract_known=False), replace(_ON, contract_known=True)),
    "DQ-P2": (replace(_ON, contract_currency="EUR"), replace(_ON, contract_currency="USD")),
    "DQ-P3": (
        replace(_ON, last_assignment_ends=PROJECT.end + DAY),
        replace(_ON, last_assignment_ends=PROJECT.end),
    ),
    "DQ-P4": (replace(_ON, manager_works=False), replace(_ON, manager_works=True)),
    "DQ-P5": (
        replace(_ON, project=estimated("9"), actual_cost=usd("10")),
        replace(_ON, project=estimated("10"), actual_cost=usd("10")),
    ),
    "DQ-P6": (
        replace(_ON, project=reported("0.56", "0.50")),
        replace(_ON, project=reported("0.55", "0.50")),
    ),
    "DQ-P7": (
        replace(_ON, milestones=(milestone(_PLANNED, MONTH_END - 8 * DAY),)),
        replace(_ON, milestones=(milestone(_PLANNED, MONTH_END - 7 * DAY),)),
    ),
    "DQ-P8": (
        replace(_ON, milestones=(milestone(_ACCEPTED, MONTH_END),)),
        replace(_ON, milestones=(milestone(_ACCEPTED, MONTH_END, proven=True),)),
    ),
    "DQ-P9": (replace(_CLOSED, unbilled=usd("0.01")), replace(_CLOSED, unbilled=usd("0"))),
}
_WHO = PersonFacts(employee=PERSON, on=MONTH_END)
_LEFT = replace(PERSON, status=EmployeeStatus.TERMINATED, termination_date=MONTH_END)
_COST = EmployeeCost(employee_id=PERSON.id, employee="E1", legal_entity="US", cost_rates=())
_RATE = CostRate(Price("90", "USD"), date(2020, 1, 1))
_HOURS = EntryFacts(entry=entry("8"))
_SAME = replace(entry("8", number=2), work_date=entry("8").work_date)
PEOPLE: Examples = {
    "DQ-E1": (replace(_WHO, cost=_COST), replace(_WHO, cost=replace(_COST, cost_rates=(_RATE,)))),
    "DQ-E2": (
        replace(
            _WHO, colleagues=(replace(PERSON, id=id_of("em", 2), work_email="Ann@firm.example"),)
        ),
        replace(_WHO, colleagues=(PERSON, replace(_LEFT, id=id_of("em", 2)))),
    ),
    "DQ-E3": (
        PersonFacts(employee=_LEFT, on=MONTH_END, booked_until=MONTH_END + DAY),
        PersonFacts(employee=_LEFT, on=MONTH_END, booked_until=MONTH_END),
    ),
    "DQ-E4": (
        EntryFacts(entry=entry("8"), same_day=(replace(_SAME, hours=Decimal("16.25")),)),
        EntryFacts(entry=entry("8"), same_day=(replace(_SAME, hours=Decimal(16)),)),
    ),
    "DQ-E5": (
        EntryFacts(entry=entry("8"), same_day=(_SAME,)),
        EntryFacts(entry=entry("8"), same_day=(replace(_SAME, adjusts=id_of("te")),)),
    ),
    "DQ-E6": (replace(_HOURS, is_assigned=False), replace(_HOURS, is_assigned=True)),
    "DQ-E7": (
        replace(_HOURS, project_ends=_HOURS.entry.work_date - DAY),
        replace(_HOURS, project_ends=_HOURS.entry.work_date),
    ),
    "DQ-E8": (
        replace(_WHO, timesheets=(week("E1", submitted=False),)),
        replace(_WHO, timesheets=(week("E1"),)),
    ),
    "DQ-E9": (EntryFacts(entry=entry("7.30")), EntryFacts(entry=entry("7.25"))),
    "DQ-E10": (replace(_WHO, calendar_known=False), replace(_WHO, calendar_known=True)),
}
_SPENT = replace(expense("10"), receipt_hash="sha256:1")
_CLAIM = ExpenseFacts(expense=_SPENT)
EXPENSES: Examples = {
    "DQ-X1": (ExpenseFacts(expense=expense("10")), _CLAIM),
    "DQ-X2": (
        replace(_CLAIM, project_currency="EUR", rate_known=False),
        replace(_CLAIM, project_currency="USD", rate_known=False),
    ),
    "DQ-X3": (
        replace(_CLAIM, others=(replace(_SPENT, id=id_of("ex", 2)),)),
        replace(_CLAIM, others=(_SPENT,)),
    ),
    "DQ-X4": (
        replace(_CLAIM, project_takes_expenses=False),
        replace(_CLAIM, project_takes_expenses=True),
    ),
}
_BILL = InvoiceFacts(invoice=invoice("100"))
_DRAFT = replace(_BILL, invoice=replace(invoice("100"), status=InvoiceStatus.DRAFT))
_MONTH = FiscalPeriod("US", date(2026, 10, 1), MONTH_END, is_open=True)
_PAID = received("50", "BANK-1")
_OWES = ReceivableFacts(balance=usd("0"), on=_PAID.date + 30 * DAY, payments=(_PAID,))


def expected(net: str) -> InvoiceFacts:
    """Return an invoice of 110 dollars, and a draft that comes to another total or the same."""
    draft = posted("I-1", net).draft
    return replace(_BILL, invoice=replace(invoice("100"), gross=usd("100")), expected=draft)


FINANCE: Examples = {
    "DQ-F1": (
        replace(_BILL, invoice=replace(invoice("100"), lines=(booked("99.99"),))),
        replace(_BILL, invoice=replace(invoice("100"), lines=(booked("100"),))),
    ),
    "DQ-F2": (
        replace(_BILL, group_taxes=(usd("9.99"),)),
        replace(_BILL, group_taxes=(usd("4"), usd("6"))),
    ),
    "DQ-F3": (expected("99.99"), expected("100")),
    "DQ-F4": (replace(_BILL, billed_elsewhere=("TE-1",)), _BILL),
    "DQ-F5": (
        replace(_BILL, credit_notes=(credit("60"), credit("50.01"))),
        replace(_BILL, credit_notes=(credit("60"), credit("50"))),
    ),
    "DQ-F6": (replace(_OWES, on=_PAID.date + 31 * DAY), _OWES),
    "DQ-F7": (replace(_OWES, balance=usd("-0.01")), _OWES),
    "DQ-F8": (
        replace(_DRAFT, period=FiscalPeriod("US", _MONTH.start, MONTH_END, is_open=False)),
        replace(_DRAFT, period=_MONTH),
    ),
    "DQ-F9": (
        RecognitionFacts(recognized=usd("100.01"), transaction_price=usd("100")),
        RecognitionFacts(recognized=usd("100"), transaction_price=usd("100")),
    ),
    "DQ-F10": (
        AmountFacts(amount=Decimal("100.5"), currency="JPY"),
        AmountFacts(amount=Decimal("100.005"), currency="KWD"),
    ),
}
_SUPPLIER = VendorFacts(vendor=VENDOR, now=NOON)
_DONE = ReceiptFacts(receipt=RECEIPT)
PURCHASES: Examples = {
    "DQ-V1": (replace(_SUPPLIER, now=NOON + DAY), _SUPPLIER),
    "DQ-V2": (
        replace(
            _SUPPLIER,
            vendor=replace(
                VENDOR, bank_accounts=(BankAccount(masked="NL** 02", entered_by="ann"),)
            ),
        ),
        _SUPPLIER,
    ),
    "DQ-V3": (
        BillFacts(bill=bill("AB-12", 1), others=(bill("ab 12", 2),)),
        BillFacts(bill=bill("AB-12", 1), others=(bill("AB-13", 2),)),
    ),
    "DQ-V4": (replace(_DONE, line=line("11.25")), replace(_DONE, line=line("11"))),
    "DQ-V5": (
        replace(_DONE, approved_hours=Decimal("7.75")),
        replace(_DONE, approved_hours=Decimal(8)),
    ),
}
_READ = ChangeFacts(change=change(2), read_at=NOON)
_FRESH = FeedFacts(read_up_at=NOON, now=NOON + 5 * DAY, fresh_within=5 * DAY)
INTEGRATION: Examples = {
    "DQ-I1": (replace(_READ, seen_version=3), replace(_READ, seen_version=2)),
    "DQ-I2": (replace(_READ, deleted_remotely=True), _READ),
    "DQ-I3": (RefusalFacts(field="status", unmapped_value="archived"), RefusalFacts()),
    "DQ-I4": (
        replace(_READ, change=change(2, NOON + timedelta(minutes=5, seconds=1))),
        replace(_READ, change=change(2, NOON + timedelta(minutes=5))),
    ),
    "DQ-I5": (replace(_FRESH, now=NOON + 6 * DAY), _FRESH),
    "DQ-I6": (RefusalFacts(required_field="region"), RefusalFacts()),
}
EXAMPLES: Examples = {
    **CLIENTS,
    **CONTRACTS,
    **PROJECTS,
    **PEOPLE,
    **EXPENSES,
    **FINANCE,
    **PURCHASES,
    **INTEGRATION,
}

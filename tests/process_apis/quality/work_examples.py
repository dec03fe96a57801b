"""Facts that break each rule of people, work and purchases, and facts that just keep it."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from system_apis.canonical.money import Price
from system_apis.canonical.people import (
    CostRate,
    Employee,
    EmployeeCost,
    EmployeeStatus,
    EmploymentType,
)
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
from system_apis.canonical.quality.expense import ExpenseFacts
from system_apis.canonical.quality.people_time import EntryFacts, PersonFacts
from system_apis.canonical.quality.procurement import BillFacts, ReceiptFacts, VendorFacts
from tests.process_apis.billing_facts import MONTH_END, NOON, SOURCE, entry, expense, id_of, week
from tests.process_apis.quality_facts import DAY, Examples, usd

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

"""An October of people who hand in time and expenses; each test changes what it is about."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from msgspec.structs import replace

from process_apis.time_and_expense.identifiers import row_id
from process_apis.time_and_expense.records import (
    EntryWish,
    ExpenseWish,
    HandedIn,
    RowStatus,
    Wish,
)
from process_apis.time_and_expense.rules.expense import ExpenseCase
from process_apis.time_and_expense.rules.terms import TimeAndExpenseTerms
from process_apis.time_and_expense.rules.time import EntryCase
from process_apis.time_and_expense.surroundings import as_entry, as_line
from system_apis.canonical.attendance import Holiday, Weekday, WorkCalendar
from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.delivery import Project, ProjectStatus
from system_apis.canonical.money import Money
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.people import Employee, EmployeeStatus, EmploymentType
from system_apis.canonical.time import TimeEntry
from tests.process_apis.billing_facts import SOURCE, contract, id_of

USUAL = TimeAndExpenseTerms()
TUESDAY, HOLIDAY, SUNDAY = date(2026, 10, 20), date(2026, 10, 12), date(2026, 10, 18)
US = LegalEntity(
    code="US",
    name="US Inc.",
    country="US",
    currency="USD",
    timezone="America/New_York",
    hours_per_day=Decimal(8),
)
DE = replace(US, code="DE", country="DE", currency="EUR", timezone="Europe/Berlin")
CALENDAR = WorkCalendar(
    id=id_of("wc"),
    legal_entity="US",
    hours_per_day=Decimal(8),
    working_days=tuple(Weekday(each) for each in range(1, 6)),
    holidays=(Holiday(HOLIDAY, "Public holiday"),),
    source=SOURCE,
)
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
    end=date(2026, 12, 31),
    source=SOURCE,
)
PERSON = Employee(
    id=id_of("em"),
    number="E1",
    name="Ana Ruiz",
    work_email="ana@firm.example",
    legal_entity="US",
    employment_type=EmploymentType.EMPLOYEE,
    status=EmployeeStatus.ACTIVE,
    hire_date=date(2025, 1, 1),
    role="Principal",
    weekly_hours=Decimal(40),
    fte=Decimal(1),
    source=SOURCE,
)


def hours(number: str = "T-1", lasting: str = "8", on: date = TUESDAY, **more: object) -> EntryWish:
    """Return hours as a person hands them in."""
    told = {"number": number, "employee": "E1", "project_number": "P-1", "work_date": on} | more
    return EntryWish(hours=Decimal(lasting), **told)  # type: ignore[arg-type]  # as a test says


def handed_in(wish: Wish, status: RowStatus = RowStatus.SUBMITTED) -> HandedIn:
    """Return something that was judged and is not written down yet."""
    return HandedIn(
        id=row_id(wish),
        version=wish.follows + 1,
        wish=wish,
        legal_entity="US",
        project_number="P-1",
        status=status,
        findings=(),
        terms_version=0,
        roles=("project_manager",),
        role="Principal",
        handed_in_by="E1",
        handed_in_at=datetime(2026, 10, 20, 20, tzinfo=UTC),
    )


def working(wish: EntryWish, company: LegalEntity = US, **more: object) -> EntryCase:
    """Return the case of hours that are handed in on the evening of their day."""
    at = datetime.combine(wish.work_date, time(20), UTC)
    case = EntryCase(
        entry=as_entry(wish, "Principal"),
        company=company,
        handed_in_at=at,
        employee=PERSON,
        calendar=CALENDAR,
        project=PROJECT,
        contract=contract(),
        is_assigned=True,
        booked=Decimal(100),
        has_rate=True,
    )
    return replace(case, **more)


def other(number: str, lasting: str, on: date = TUESDAY, **more: object) -> TimeEntry:
    """Return hours that stand beside others."""
    entry = as_entry(hours(number, lasting, on, **more), "Principal")
    return replace(entry, id=id_of("te", int(number.rpartition("-")[2])))


def spent(
    number: str = "X-1", amount: str = "50.00", currency: str = "USD", **more: object
) -> ExpenseWish:
    """Return an expense as a person hands it in."""
    told = {
        "number": number,
        "employee": "E1",
        "project_number": "P-1",
        "date": TUESDAY,
        "category": "taxi",
        "merchant": "City Cab",
        "receipt_hash": f"sha256:{number}",
    }
    return ExpenseWish(amount=Money(amount, currency), **(told | more))  # type: ignore[arg-type]  # as a test says


def spending(wish: ExpenseWish, company: LegalEntity = US, **more: object) -> ExpenseCase:
    """Return the case of an expense that is handed in on the evening of its day."""
    case = ExpenseCase(
        wish=wish,
        line=as_line(wish),
        company=company,
        handed_in_at=datetime.combine(wish.date, time(20), UTC) + timedelta(days=1),
        calendar=CALENDAR,
        project_currency="USD",
        rate=Decimal(1),
        project_is_open=True,
    )
    return replace(case, **more)

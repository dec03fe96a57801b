"""A good record of every kind that refuses something, to be spoilt one field at a time."""

from datetime import UTC, date, datetime
from decimal import Decimal

from system_apis.canonical.changes import ChangeDeltas, MilestoneChange, RoleHours
from system_apis.canonical.contracts import ClientOrderDraft, Evidence
from system_apis.canonical.delivery import ProgressReport
from system_apis.canonical.disputes import (
    Dispute,
    DisputeReason,
    TaxCategory,
    TaxTotal,
    TaxTotals,
)
from system_apis.canonical.documents import Document
from system_apis.canonical.fx import FxRate, FxRates, RateType
from system_apis.canonical.money import Money, Price
from system_apis.canonical.organisation import (
    BusinessUnit,
    BusinessUnits,
    ClientMaster,
    Contact,
    ContactRole,
    Contacts,
    MasterStatus,
    TaxId,
    TaxProfile,
    TaxScheme,
)
from system_apis.canonical.party import Address
from system_apis.canonical.plans import (
    Milestone,
    MilestoneStatus,
    TaskPlan,
    TemplateMilestone,
    TemplatePlan,
    TemplateTask,
)
from system_apis.canonical.record import Source
from system_apis.canonical.revenue import (
    RevenueBasis,
    RevenueLine,
    RevenueMethod,
    RevenueSchedule,
    ScheduleStatus,
)
from system_apis.canonical.sales import OpportunityLine
from system_apis.canonical.team import (
    Booking,
    BookingDraft,
    BookingKind,
    Candidate,
    DayAllocation,
    StaffingRequestDraft,
    Task,
    TaskStatus,
)
from system_apis.canonical.time import ExpenseReport, ReportLine, ReportStatus

FIRST, LAST = date(2027, 1, 1), date(2027, 1, 31)
NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
ADDRESS = Address(street="1 Way", city="Town", postal_code="1", country="DE")


def record_id(prefix: str, number: int = 0) -> str:
    """Return an id of ours."""
    return f"{prefix}_{number:026d}"


def eur(amount: str) -> Money:
    """Return euros."""
    return Money(amount, "EUR")


DELTAS = ChangeDeltas(price=eur("10.00"))
MILESTONE_CHANGE = MilestoneChange(number="M1", amount=eur("1.00"))
ROLE_HOURS = RoleHours("Lead", Decimal(1))
ORDER = ClientOrderDraft(number="PO-1", amount=eur("1.00"), valid_to=LAST)
DOCUMENT = Document(
    id=record_id("doc"),
    contract_id=record_id("ct"),
    contract_number="C-1",
    legal_entity="X",
    document_hash="sha256:00",
    title="Agreement",
    content_held=True,
    length=1,
    filed_at=NOON,
    source=Source("contracts", "contracts", "document", "1"),
)
FX_RATE = FxRate(
    base="EUR", quote="USD", rate=Decimal("1.10"), rate_type=RateType.CLOSING, date=FIRST
)
FX_RATES = FxRates((FX_RATE,))
UNIT = BusinessUnit(code="U1", name="Tax", legal_entity="X")
UNITS = BusinessUnits((UNIT, BusinessUnit(code="U2", name="VAT", legal_entity="X")))
CONTACT = Contact(
    client_id=record_id("cl"), name="Ann", email="ann@client.example", role=ContactRole.BUYER
)
CONTACTS = Contacts((CONTACT,))
TAX_ID = TaxId(scheme=TaxScheme.VAT, value="DE1", valid=True, checked_at=NOON)
CLIENT = ClientMaster(
    id=record_id("cl"),
    legal_name="Client",
    country="DE",
    status=MasterStatus.ACTIVE,
    default_currency="EUR",
    tax_ids=(TAX_ID,),
    payment_terms_days=30,
    credit_limit=eur("1.00"),
    billing_address=ADDRESS,
    tax_profile=TaxProfile.REVERSE_CHARGE,
)
TEMPLATE_TASK = TemplateTask(name="Plan", role="Lead", estimated_hours=Decimal(8))
TEMPLATE = TemplatePlan(
    template_code="T",
    template_version=1,
    tasks=(TEMPLATE_TASK,),
    milestones=(
        TemplateMilestone(name="Half", share=Decimal("0.5"), offset_days=10),
        TemplateMilestone(name="Whole", share=Decimal("0.5"), offset_days=20),
    ),
)
TASK = Task(
    id=record_id("tk", 1),
    project_number="P",
    legal_entity="X",
    name="Work",
    owner="E1",
    due=LAST,
    is_mandatory=True,
    status=TaskStatus.OPEN,
    start=FIRST,
    source=Source("psa", "psa", "task", "1"),
)
TASKS = TaskPlan((TASK,))
MILESTONE = Milestone(
    id=record_id("ms"),
    project_number="P",
    number="M1",
    name="First",
    sequence=1,
    status=MilestoneStatus.BILLED,
    planned_date=FIRST,
    actual_date=FIRST,
    share=Decimal("0.5"),
    evidence=(Evidence("certificate", "sha256:00"),),
)
PROGRESS = ProgressReport(reported_on=FIRST, percent_complete=Decimal("0.5"))
CANDIDATE = Candidate(resource="E1", score=Decimal("0.8"), reasons=("knows tax",))
WISH = StaffingRequestDraft(
    project_number="P",
    legal_entity="X",
    role="Lead",
    start=FIRST,
    end=LAST,
    hours=Decimal(40),
)
WANTED = BookingDraft(
    project_number="P",
    legal_entity="X",
    employee="E1",
    role="Lead",
    percent=Decimal(50),
    kind=BookingKind.HARD,
    start=FIRST,
    end=LAST,
)
BOOKING = Booking(
    id=record_id("bk"),
    project_number="P",
    legal_entity="X",
    employee="E1",
    role="Lead",
    percent=Decimal(50),
    kind=BookingKind.HARD,
    start=FIRST,
    end=LAST,
    source=Source("psa", "psa", "booking", "1"),
    allocation=(DayAllocation(FIRST, 480), DayAllocation(LAST, 90)),
)
BASIS = RevenueBasis(
    cost_incurred=eur("5.00"), estimate_at_completion=eur("10.00"), share=Decimal("0.5")
)
REVENUE_LINE = RevenueLine(
    period="2027-01", planned=eur("60.00"), recognized=eur("50.00"), cumulative=eur("50.00")
)
SCHEDULE = RevenueSchedule(
    id=record_id("rs"),
    contract_id=record_id("ct"),
    legal_entity="X",
    performance_obligation="1",
    method=RevenueMethod.INPUT_COST,
    transaction_price=eur("100.00"),
    lines=(REVENUE_LINE,),
    billed=eur("36.00"),
    contract_asset=eur("14.00"),
    contract_liability=eur("0.00"),
    status=ScheduleStatus.OPEN,
)
TAX_TOTAL = TaxTotal(
    category=TaxCategory.STANDARD, rate=Decimal("0.19"), net=eur("100.00"), tax=eur("19.00")
)
TAX_TOTALS = TaxTotals(
    totals=(TAX_TOTAL,), net=eur("100.00"), tax=eur("19.00"), gross=eur("119.00")
)
DISPUTE = Dispute(
    id=record_id("dp"),
    invoice_number="I-1",
    contract_number="C-1",
    legal_entity="X",
    amount=eur("10.00"),
    reason=DisputeReason.QUANTITY,
    told="Two hours too many",
    opened_at=NOON,
)
OPPORTUNITY_LINE = OpportunityLine(
    description="Advice", quantity=Decimal(10), unit="hour", unit_price=Price("99.99", "EUR")
)
REPORT_LINE = ReportLine(expense_id=record_id("ex"), claimed=eur("10.00"), approved=eur("9.00"))
REPORT = ExpenseReport(
    id=record_id("er"),
    number="ER-1",
    employee="E1",
    legal_entity="X",
    currency="EUR",
    status=ReportStatus.APPROVED,
    lines=(REPORT_LINE,),
    advance_applied=eur("5.00"),
)

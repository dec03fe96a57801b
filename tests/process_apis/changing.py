"""A fixed price of 120,000 with three milestones, as changes find it; each test alters a part."""

from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec.structs import replace

from process_apis.change_requests.consequences.facts import (
    Asked,
    Billed,
    ChangeFacts,
    Judged,
    MilestoneFacts,
    Ordered,
)
from process_apis.change_requests.consequences.work import work
from process_apis.change_requests.terms import ChangeTerms
from process_apis.project_to_cash.records import EventStatus
from process_apis.revenue.figures.facts import Dated, RevenueFacts, Worked
from process_apis.revenue.terms import RevenueTerms
from system_apis.canonical.billing import FiscalPeriod, PostingTerms
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequest,
    ChangeStatus,
    ModificationAccounting,
)
from system_apis.canonical.contracts import BillingModel, Contract, MilestoneTerms, TaxTerms
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.procurement import OrderLine, OrderUnit
from system_apis.canonical.revenue import RevenueMethod
from system_apis.canonical.team import Booking, BookingKind
from tests.process_apis.billing_facts import SOURCE, contract, id_of

TODAY = date(2026, 10, 31)
PLANNED = date(2026, 11, 30)
JUDGED = Judged(terms=ChangeTerms(), terms_version=0, as_of=TODAY, ground="0")
COMPANY = LegalEntity(
    code="DE",
    name="Advisory GmbH",
    country="DE",
    currency="EUR",
    timezone="Europe/Berlin",
    hours_per_day=Decimal(8),
)


def eur(amount: str) -> Money:
    """Return an amount in euros."""
    return Money.of(amount, "EUR")


def fixed_price() -> Contract:
    """Return a signed contract over 120,000 in three milestones."""
    planned = [("M1", "36000", date(2026, 10, 30)), ("M2", "48000", PLANNED)]
    planned.append(("M3", "36000", date(2027, 1, 29)))
    return replace(
        contract(cap=None),
        legal_entity="DE",
        currency="EUR",
        billing_model=BillingModel.FIXED_FEE,
        nte_cap=None,
        billed_to_date=None,
        total_value=eur("120000"),
        effective_from=date(2026, 10, 1),
        effective_to=date(2027, 1, 31),
        payment_terms_days=30,
        purchase_order_required=False,
        purchase_orders=(),
        tax=TaxTerms("S", Decimal("0.19")),
        milestones=tuple(MilestoneTerms(number, eur(amount), on) for number, amount, on in planned),
        revenue_method=RevenueMethod.INPUT_COST,
        notice_business_days=5,
    )


def period(day: date) -> FiscalPeriod:
    """Return the month of a day in the books."""
    start = day.replace(day=1)
    return FiscalPeriod("DE", start, day, is_open=True)


def moved_to(day: date, *, hours: str | None = None) -> MilestoneFacts:
    """Return the facts of the second milestone, which is to be on another day."""
    agreed = fixed_price()
    return MilestoneFacts(
        contract=agreed,
        milestone=agreed.milestones[1],
        event=Billed(id="be_M2", milestone="M2", status=EventStatus.PLANNED, planned_date=PLANNED),
        asked=Asked(planned_date=day, contractor_hours=Decimal(hours) if hours else None),
        method=RevenueMethod.INPUT_COST,
        company=COMPANY,
        fiscal_year_start="01-01",
        posting=PostingTerms(Rounding.HALF_UP),
        period_before=period(PLANNED),
        period_after=period(day),
        bookings=(),
        orders=(),
    )


def booked(
    employee: str, percent: str, start: date, end: date, *, project: str = "", ends_with: str = ""
) -> Booking:
    """Return a booking, of the project of the contract unless another is named."""
    return Booking(
        id=f"bk_{employee}_{project}",
        project_number=project or fixed_price().project_number,
        legal_entity="DE",
        employee=employee,
        role="Consultant",
        percent=Decimal(percent),
        kind=BookingKind.HARD,
        start=start,
        end=end,
        ends_with=ends_with or None,
        source=SOURCE,
    )


def ordered(*, worked: str = "80", quantity: str = "100", rate: str = "70") -> Ordered:
    """Return an order of a contractor's hours that ends with the second milestone."""
    price = Price(rate, "EUR")
    amount = price.times(Decimal(quantity), Rounding.HALF_UP)
    line = OrderLine(
        project_number=fixed_price().project_number,
        role="Specialist",
        contractor="C901",
        unit=OrderUnit.HOURS,
        quantity=Decimal(quantity),
        rate=price,
        start=date(2026, 10, 1),
        end=PLANNED,
        number=1,
        amount=amount,
        received=Decimal(0),
    )
    return Ordered(
        purchase_order_id=id_of("po"),
        number="PO-5501",
        revision=1,
        total=amount,
        line=line,
        worked=Decimal(worked),
        rate_of_currency=Decimal("1.10"),
    )


def changed(
    deltas: ChangeDeltas,
    *,
    treatment: ModificationAccounting | None = ModificationAccounting.CUMULATIVE_CATCH_UP,
) -> ChangeFacts:
    """Return the facts of a change to the contract, a fifth of whose cost is worked."""
    agreed = fixed_price()
    request = ChangeRequest(
        id=id_of("cr"),
        contract_id=agreed.id,
        contract_number=agreed.number,
        project_number=agreed.project_number,
        legal_entity=agreed.legal_entity,
        number="CR-1",
        reason=ChangeReason.SCOPE,
        requested_by="client",
        requested_at=datetime(2026, 10, 30, tzinfo=UTC),
        deltas=deltas,
        status=ChangeStatus.CLIENT_APPROVED,
        modification_accounting=treatment,
        source=SOURCE,
    )
    return ChangeFacts(
        request=request,
        contract=agreed,
        method=RevenueMethod.INPUT_COST,
        company=COMPANY,
        work=work(earning(agreed), TODAY, RevenueTerms(), request),
        bills=(
            Billed(
                id="be_M1",
                milestone="M1",
                status=EventStatus.INVOICED,
                planned_date=date(2026, 10, 30),
            ),
        ),
    )


def earning(agreed: Contract) -> RevenueFacts:
    """Return what a contract's revenue follows from: a fifth of its cost is worked."""
    cost = Worked(
        employee="E1",
        day=TODAY,
        hours=Decimal(100),
        billable=True,
        cost=Decimal(15650),
        listed=None,
        agreed=None,
    )
    return RevenueFacts(
        contract=agreed,
        method=RevenueMethod.INPUT_COST,
        price=agreed.total_value,
        planned=None,
        estimate=Decimal(78250),
        hours_left=None,
        rounding=Rounding.HALF_UP,
        worked=(cost,),
        billed=(Dated(TODAY, eur("36000")),),
        opening=eur("0"),
    )

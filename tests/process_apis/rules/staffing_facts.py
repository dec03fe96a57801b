"""A small firm's people, for the rules of staffing."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from process_apis.resource_to_revenue.rules.matching import Need
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.rules.weeks import days_between
from system_apis.canonical.contracts import BillingModel, Contract
from system_apis.canonical.money import Money, Price
from system_apis.canonical.people import Employee, EmployeeStatus, EmploymentType
from system_apis.canonical.record import Source
from system_apis.canonical.sales import RoleRate
from system_apis.canonical.team import (
    Booking,
    BookingKind,
    SkillNeed,
    StaffingRequest,
    StaffingStatus,
)

SOURCE = Source("psa", "psa", "booking", "1")
MONDAY, FRIDAY = date(2026, 12, 7), date(2026, 12, 18)
FIRST, LAST = date(2026, 10, 5), date(2027, 4, 30)
EIGHT = Decimal(8)


def person(
    number: str = "A1",
    *,
    role: str = "Engineer",
    country: str = "DE",
    zone: str = "Europe/Berlin",
    target: str | None = "0.8",
    employment: EmploymentType = EmploymentType.EMPLOYEE,
    hired: date = date(2020, 1, 1),
    left: date | None = None,
    skills: Mapping[str, int] | None = None,
    region: str | None = None,
    off: tuple[date, ...] = (),
    bookings: tuple[Booking, ...] = (),
    clients: frozenset[str] = frozenset(),
) -> Staff:
    """Return somebody who works eight hours on weekdays."""
    days = [d for d in days_between(FIRST, LAST) if d.isoweekday() <= 5]
    return Staff(
        employee=Employee(
            id="em_00000000000000000000000001",
            number=number,
            name=f"{number} by name",
            work_email=f"{number}@firm.example",
            legal_entity="ONE",
            employment_type=employment,
            status=EmployeeStatus.ACTIVE,
            hire_date=hired,
            termination_date=left,
            role=role,
            weekly_hours=Decimal(40),
            fte=Decimal(1),
            utilization_target=None if target is None else Decimal(target),
            source=SOURCE,
        ),
        country=country,
        zone=zone,
        region=region,
        skills=skills or {},
        available={d: Decimal(0) if d in off else EIGHT for d in days},
        leave=dict.fromkeys(off, EIGHT),
        bookings=bookings,
        clients=clients,
    )


def booked(
    percent: str,
    *,
    kind: BookingKind = BookingKind.HARD,
    project: str = "P-1",
    start: date = MONDAY,
    end: date = FRIDAY,
    employee: str = "A1",
    role: str = "Engineer",
) -> Booking:
    """Return a booking of somebody."""
    return Booking(
        id="bk_00000000000000000000000001",
        project_number=project,
        legal_entity="ONE",
        employee=employee,
        role=role,
        percent=Decimal(percent),
        kind=kind,
        start=start,
        end=end,
        source=SOURCE,
    )


def wanted(
    *,
    role: str = "Engineer",
    percent: str | None = "50",
    hours: str | None = None,
    status: StaffingStatus = StaffingStatus.OPEN,
    skills: tuple[SkillNeed, ...] = (),
    region: str | None = None,
    remote: bool | None = None,
    named: str | None = None,
) -> StaffingRequest:
    """Return a request for ten working days of somebody."""
    return StaffingRequest(
        id="sr_00000000000000000000000001",
        project_number="P-9",
        legal_entity="ONE",
        role=role,
        start=MONDAY,
        end=FRIDAY,
        hours=None if hours is None else Decimal(hours),
        percent=None if percent is None else Decimal(percent),
        person=named,
        status=status,
        source=SOURCE,
        skills=skills,
        region=region,
        remote=remote,
    )


def need(request: StaffingRequest | None = None, rate: str = "200") -> Need:
    """Return a request of a client in Germany."""
    return Need(
        request=request or wanted(),
        client="CL-1",
        country="DE",
        zone="Europe/Berlin",
        rate=Price(rate, "EUR"),
        conflicting=frozenset({"CL-2"}),
    )


def contract(model: BillingModel = BillingModel.TIME_AND_MATERIALS) -> Contract:
    """Return what the project is done for."""
    return Contract(
        id="ct_00000000000000000000000001",
        number="CT-1",
        opportunity_number=None,
        client_id="cl_00000000000000000000000001",
        legal_entity="ONE",
        project_number="P-1",
        project_manager=None,
        currency="EUR",
        billing_model=model,
        signed_at=None,
        document_hash=None,
        effective_from=FIRST,
        effective_to=LAST,
        total_value=Money.of("10000", "EUR"),
        rates=(RoleRate("Engineer", Price("100", "EUR")),),
        source=SOURCE,
    )

"""People, hours and documents in small, for the key figures."""

from datetime import UTC, date, datetime
from decimal import Decimal

from experience_apis.executive.figures.people import Capacity
from process_apis.read_models.documents.records import PostedSum
from system_apis.canonical.forecasts import ForecastGrain, HoursForecast
from system_apis.canonical.money import Money
from system_apis.canonical.people import EmploymentType
from system_apis.canonical.record import Source
from system_apis.canonical.time import EntryStatus, TimeEntry, Timesheet

SOURCE = Source("psa", "psa", "any", "1")
AS_OF = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)


def person(
    number: str,
    available: str = "160",
    *,
    target: str | None = "0.8",
    entity: str = "NWA-US",
    unit: str | None = None,
    contractor: bool = False,
    weeks: tuple[str, ...] = (),
) -> Capacity:
    """Return somebody who could work some hours."""
    return Capacity(
        id=f"em_{number}",
        number=number,
        legal_entity=entity,
        business_unit=unit,
        employment=EmploymentType.CONTRACTOR if contractor else EmploymentType.EMPLOYEE,
        target=None if target is None else Decimal(target),
        available=Decimal(available),
        weeks=weeks,
    )


def entry(
    number: str, hours: str, *, billable: bool = True, project: str = "P-1", day: str = "2026-10-05"
) -> TimeEntry:
    """Return approved hours."""
    return TimeEntry(
        id=f"te_{number}_{hours}_{project}",
        number="TE-1",
        employee=number,
        role="Consultant",
        project_number=project,
        work_date=date.fromisoformat(day),
        hours=Decimal(hours),
        billable=billable,
        status=EntryStatus.APPROVED,
        source=SOURCE,
    )


def sheet(number: str, week: str, at: str | None, due: str | None = None) -> Timesheet:
    """Return a week, handed in at a moment or not."""
    return Timesheet(
        employee=number,
        week_start=date.fromisoformat(week),
        submitted=at is not None,
        due_at=None if due is None else datetime.fromisoformat(due),
        submitted_at=None if at is None else datetime.fromisoformat(at),
    )


def foreseen(
    number: str,
    hours: str,
    frozen_at: str = "2026-09-30T18:00:00+00:00",
    *,
    days: tuple[str, str] = ("2026-10-01", "2026-10-31"),
    grain: ForecastGrain = ForecastGrain.PERSON_MONTH,
) -> HoursForecast:
    """Return the hours that somebody was foreseen to work."""
    return HoursForecast(
        id=f"hf_{number}",
        employee=number,
        legal_entity="NWA-US",
        start=date.fromisoformat(days[0]),
        end=date.fromisoformat(days[1]),
        hours=Decimal(hours),
        grain=grain,
        frozen_at=datetime.fromisoformat(frozen_at),
        source=SOURCE,
    )


def document(
    amount: str,
    day: str,
    *,
    currency: str = "USD",
    entity: str = "NWA-US",
    paid: bool = False,
) -> PostedSum:
    """Return an invoice, a credit note below nothing, or what was paid."""
    return PostedSum(
        legal_entity=entity,
        day=date.fromisoformat(day),
        amount=Money(amount, currency),
        is_billing=not paid,
    )

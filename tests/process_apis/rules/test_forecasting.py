"""What booked people will work and earn, and what has people plan again."""

from datetime import UTC, date, datetime
from decimal import Decimal

from process_apis.due.forecasts import forecast_day
from process_apis.resource_to_revenue.records import ReplanCause
from process_apis.resource_to_revenue.rules.forecasting import Earning, Frozen, forecast
from process_apis.resource_to_revenue.rules.replanning import of_people, off_plan
from process_apis.resource_to_revenue.terms import StaffingTerms
from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.money import Money
from system_apis.canonical.team import BookingKind
from system_apis.canonical.time import EntryStatus, TimeEntry
from tests.process_apis.rules.staffing_facts import FRIDAY, MONDAY, SOURCE, booked, contract, person

AT = datetime(2026, 12, 4, 18, tzinfo=UTC)
NEXT = date(2026, 12, 14)
FROZEN = Frozen(on=date(2026, 12, 4), at=AT, start=MONDAY, end=FRIDAY, terms_version=3)
TERMS = StaffingTerms()


def test_hours_at_rates_earn_until_the_cap_is_used_up() -> None:
    """40 h at 100 in the first week, and what is left of 5,000 in the second."""
    rows = forecast(
        [person(bookings=(booked("100"),))],
        {"P-1": Earning(contract=contract(), room=Decimal(5000))},
        FROZEN,
    )

    assert [(each.week, each.hours, each.revenue) for each in rows] == [
        (MONDAY, Decimal(40), Money.of("4000", "EUR")),
        (NEXT, Decimal(40), Money.of("1000", "EUR")),
    ]
    assert {(each.frozen_on, each.terms_version) for each in rows} == {(FROZEN.on, 3)}


def test_a_fixed_price_earns_by_its_planned_cost() -> None:
    """40 h of 50 of a cost of 8,000 are a quarter of the price, and no more than what is left."""
    earning = Earning(
        contract=contract(BillingModel.FIXED_FEE),
        price=Decimal(10000),
        estimate=Decimal(8000),
        spent=Decimal(5600),
        costs={"A1": Decimal(50)},
    )
    rows = forecast([person(bookings=(booked("100"),))], {"P-1": earning}, FROZEN)

    assert [each.revenue_by_cost for each in rows] == [
        Money.of("2500", "EUR"),
        Money.of("500", "EUR"),
    ]
    assert [each.revenue for each in rows] == [None, None]


def test_a_project_that_is_estimated_below_its_cost_earns_nothing_foreseeable() -> None:
    """Its hours are foreseen all the same."""
    earning = Earning(contract=contract(BillingModel.FIXED_FEE), refused_by="DQ-P5")
    rows = forecast([person(bookings=(booked("50"),))], {"P-1": earning}, FROZEN)

    assert {(e.hours, e.revenue_by_cost, e.refused_by) for e in rows} == {
        (Decimal(20), None, "DQ-P5")
    }


def test_what_is_only_promised_is_not_foreseen() -> None:
    """Nor are the days somebody is away."""
    soft = person(bookings=(booked("100", kind=BookingKind.SOFT),))
    away = person(off=(MONDAY,), bookings=(booked("100", end=MONDAY),))

    assert forecast([soft, away], {}, FROZEN) == []


def test_leave_and_leaving_have_a_project_planned_again() -> None:
    """Who is away while they are booked, and who is gone before it ends."""
    staff = person(off=(NEXT,), left=date(2026, 12, 16), bookings=(booked("50"),))
    found = list(of_people([staff], MONDAY, FRIDAY, AT))

    assert [(each.cause, each.project_number) for each in found] == [
        (ReplanCause.TIME_OFF, "P-1"),
        (ReplanCause.LEAVER, "P-1"),
    ]
    assert list(of_people([person(bookings=(booked("50"),))], MONDAY, FRIDAY, AT)) == []


def test_more_than_15_percent_off_the_plan_has_it_planned_again() -> None:
    """40 h are planned: 34 are within, 33 are not, nor is what was worked beyond 46."""
    staff = [person(bookings=(booked("50"),))]

    def told(hours: str) -> list[str]:
        found = off_plan(staff, [_worked(hours)], (MONDAY, FRIDAY), TERMS, AT)
        return [each.reason for each in found]

    assert (told("34"), told("46")) == ([], [])
    assert told("33") == ["33.00 h worked, 40.00 h planned (-18 %)"]
    assert told("47") == ["47.00 h worked, 40.00 h planned (+18 %)"]


def test_a_week_is_frozen_on_its_friday_or_until_its_end() -> None:
    """Not before, and not in the next week."""
    days = {day: forecast_day(date(2026, 10, day), 5) for day in (8, 9, 11, 12)}

    assert days == {8: None, 9: date(2026, 10, 9), 11: date(2026, 10, 9), 12: None}


def _worked(hours: str) -> TimeEntry:
    return TimeEntry(
        id="te_00000000000000000000000001",
        number="TE-1",
        employee="A1",
        role="Engineer",
        project_number="P-1",
        work_date=MONDAY,
        hours=Decimal(hours),
        billable=True,
        status=EntryStatus.APPROVED,
        source=SOURCE,
    )

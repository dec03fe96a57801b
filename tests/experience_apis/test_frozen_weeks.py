"""Our own frozen weeks, among the forecasts that the key figures are held against."""

from datetime import UTC, date, datetime
from decimal import Decimal

from experience_apis.executive.figures.forecast import finest
from experience_apis.executive.readings import weekly
from experience_apis.staffing.views import by_role
from process_apis.resource_to_revenue.records import ForecastRow, WeekOfPerson, WeekOfRole
from system_apis.canonical.forecasts import ForecastGrain
from tests.experience_apis.leading_facts import foreseen

MONDAY = date(2026, 11, 2)


def test_of_weeks_and_a_month_the_weeks_are_held_against_what_was_worked() -> None:
    """So that no hour is foreseen twice; a month alone is as good."""
    month = foreseen("A", "100", "2026-09-30T18:00:00+00:00")
    week = foreseen("A", "40", days=("2026-10-05", "2026-10-11"), grain=ForecastGrain.PERSON_WEEK)

    assert list(finest([month, week])) == [week]
    assert list(finest([month])) == [month]


def test_a_frozen_week_of_a_person_is_what_they_work_on_all_projects() -> None:
    """But not what is not billable; each freeze is told by itself."""
    rows = [_row("P-1", "20"), _row("P-2", "12"), _row("P-3", "8", billable=False)]
    later = _row("P-1", "16", day=9)
    found = weekly([*rows, later])

    assert [(each.hours, each.frozen_at.day) for each in found] == [
        (Decimal(32), 2),
        (Decimal(16), 9),
    ]
    assert {(each.start, each.end) for each in found} == {(date(2026, 11, 2), date(2026, 11, 8))}


def _row(project: str, hours: str, *, billable: bool = True, day: int = 2) -> ForecastRow:
    return ForecastRow(
        frozen_on=date(2026, 10, day),
        frozen_at=datetime(2026, 10, day, 18, tzinfo=UTC),
        legal_entity="NWA-US",
        employee="A",
        project_number=project,
        week=date(2026, 11, 2),
        hours=Decimal(hours),
        billable=billable,
    )


def test_a_role_is_short_of_what_is_needed_beyond_what_is_free() -> None:
    """By company, role and week; who is free where nobody is needed is told as well."""
    needed = WeekOfRole(
        legal_entity="NWA-US",
        subject="P-1",
        role="Lead",
        week=MONDAY,
        hours=Decimal(60),
        probability=Decimal(1),
    )
    free = WeekOfPerson(
        employee="A",
        legal_entity="NWA-US",
        business_unit=None,
        role="Lead",
        region=None,
        skills=(),
        week=MONDAY,
        available=Decimal(40),
        hard=Decimal(0),
        soft=Decimal(0),
        free=Decimal(40),
    )
    [short] = by_role([free], [needed])
    [spare] = by_role([free], [])

    assert (short.needed, short.free, short.short) == (Decimal(60), Decimal(40), Decimal(20))
    assert (spare.needed, spare.short) == (Decimal(0), Decimal(0))

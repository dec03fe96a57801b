"""A month is over on the first working day after it, by the calendar of the company."""

from datetime import date

import pytest
from msgspec.structs import replace

from process_apis.due.months import month_over
from tests.process_apis.working_facts import US


@pytest.mark.parametrize(
    ("today", "holidays", "month"),
    [
        (date(2026, 10, 31), (), "2026-09"),
        (date(2026, 11, 1), (), None),
        (date(2026, 11, 2), (), "2026-10"),
        (date(2026, 11, 2), (date(2026, 11, 2),), None),
        (date(2026, 11, 3), (date(2026, 11, 2),), "2026-10"),
        (date(2027, 1, 4), (date(2027, 1, 1),), "2026-12"),
    ],
)
def test_a_weekend_or_a_holiday_is_no_day_to_draft_on(
    today: date, holidays: tuple[date, ...], month: str | None
) -> None:
    """The 1st of November 2026 is a Sunday."""
    assert month_over(replace(US, holidays=holidays), today) == month

"""The companies of the firm: each has a day of its own."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from system_apis.canonical.party import LegalEntity


@pytest.mark.parametrize(
    ("timezone", "day"),
    [
        ("Pacific/Auckland", date(2026, 11, 1)),
        ("Europe/Berlin", date(2026, 11, 1)),
        ("Europe/London", date(2026, 10, 31)),
        ("America/New_York", date(2026, 10, 31)),
    ],
)
def test_a_month_ends_where_the_company_is(timezone: str, day: date) -> None:
    """Half an hour before midnight in London the next month has begun further east."""
    entity = LegalEntity(
        code="X",
        name="X",
        country="XX",
        currency="EUR",
        timezone=timezone,
        hours_per_day=Decimal(8),
    )

    assert entity.day_of(datetime(2026, 10, 31, 23, 30, tzinfo=UTC)) == day

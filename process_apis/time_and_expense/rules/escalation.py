"""When a question that nobody answers goes on: by hours of business, which a weekend has none of.

At half of the time the person is reminded, at the end of it their manager's manager is asked, and
at twice the time finance operations.
"""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum
from zoneinfo import ZoneInfo

from process_apis.time_and_expense.rules.terms import RoutingTerms
from system_apis.canonical.party import LegalEntity

_OPENS = time(9)
_SATURDAY = 6
_HOUR = Decimal(3600)


class Level(IntEnum):
    """How far a question has gone on."""

    ASKED = 0
    REMINDED = 1
    ESCALATED = 2
    FINANCE = 3


def business_hours(since: datetime, now: datetime, company: LegalEntity) -> Decimal:
    """Return how many hours of business went by where a company is.

    A day of business begins at nine, and has the company's hours; weekends and holidays have none.
    """
    zone = ZoneInfo(company.timezone)
    begun, ended = since.astimezone(zone), now.astimezone(zone)
    length = timedelta(hours=float(company.hours_per_day))
    total, day = timedelta(), begun.date()
    while day <= ended.date():
        if day.isoweekday() < _SATURDAY and day not in company.holidays:
            opens = datetime.combine(day, _OPENS, zone)
            spent = min(ended, opens + length) - max(begun, opens)
            total += max(spent, timedelta())
        day += timedelta(days=1)
    return Decimal(int(total.total_seconds())) / _HOUR


def level_of(waited: Decimal, within: Decimal, terms: RoutingTerms) -> Level:
    """Return how far a question has gone on that waited so many hours of business."""
    share = waited / within
    reached = [
        level
        for level, at in (
            (Level.REMINDED, terms.reminded_at),
            (Level.ESCALATED, terms.escalated_at),
            (Level.FINANCE, terms.to_finance_at),
        )
        if share >= at
    ]
    return max(reached, default=Level.ASKED)


def managers_manager(
    asked: str | None, managers: dict[str, str], concerned: Collection[str]
) -> str | None:
    """Return who is two steps above whoever is asked, and is not concerned; nobody otherwise."""
    above = managers.get(managers.get(asked or "", ""))
    return None if above in concerned else above

"""When a question that nobody answers goes on: by hours of business, which a weekend has none of.

At half of the time the person is reminded, at the end of it their manager's manager is asked, and
at twice the time finance operations.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum
from zoneinfo import ZoneInfo

from process_apis.time_and_expense.rules.terms import RoutingTerms
from system_apis.canonical.party import LegalEntity

_OPENS = time(9)
_SATURDAY = 6
_HOUR = Decimal(3600)
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


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
    begun, ended = since.astimezone(_zone(company)), now.astimezone(_zone(company))
    total, day = timedelta(), begun.date()
    while day <= ended.date():
        if _is_open(day, company):
            opens, closes = _hours(day, company)
            total += max(min(ended, closes) - max(begun, opens), timedelta())
        day += _DAY
    return Decimal(total // _SECOND) / _HOUR


def due_at(since: datetime, within: Decimal, company: LegalEntity) -> datetime:
    """Return when so many hours of business have gone by."""
    left, day = _length(within), since.astimezone(_zone(company)).date()
    while True:
        if _is_open(day, company):
            opens, closes = _hours(day, company)
            begins = max(since.astimezone(_zone(company)), opens)
            if closes - begins >= left:
                return (begins + left).astimezone(UTC)
            left -= max(closes - begins, timedelta())
        day += _DAY


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
    employee: str, managers: Mapping[str, str], concerned: Collection[str]
) -> str | None:
    """Return who leads the one who leads a person, and is not concerned; nobody otherwise."""
    above = managers.get(managers.get(employee, ""))
    return None if above in concerned else above


def _is_open(day: date, company: LegalEntity) -> bool:
    return day.isoweekday() < _SATURDAY and day not in company.holidays


def _hours(day: date, company: LegalEntity) -> tuple[datetime, datetime]:
    opens = datetime.combine(day, _OPENS, _zone(company))
    return opens, opens + _length(company.hours_per_day)


def _length(hours: Decimal) -> timedelta:
    return timedelta(seconds=int(hours * _HOUR))


def _zone(company: LegalEntity) -> ZoneInfo:
    return ZoneInfo(company.timezone)

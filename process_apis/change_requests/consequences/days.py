"""Working days and fiscal years of a company. Pure decisions."""

from collections.abc import Iterator
from datetime import date, timedelta

from system_apis.canonical.party import LegalEntity

_DAY = timedelta(days=1)
_SATURDAY = 5


def working_days(company: LegalEntity, after: date, until: date) -> Iterator[date]:
    """Yield the working days of a company after one day, until another and with it."""
    day = after + _DAY
    while day <= until:
        if day.weekday() < _SATURDAY and day not in company.holidays:
            yield day
        day += _DAY


def working_days_between(company: LegalEntity, before: date, after: date) -> int:
    """Return how many working days a date moves by, less than none when it moves forward."""
    if after < before:
        return -sum(1 for _ in working_days(company, after, before))
    return sum(1 for _ in working_days(company, before, after))


def working_days_before(company: LegalEntity, day: date, count: int) -> date:
    """Return the working day that is so many of them before another day."""
    found = day
    while count > 0:
        found -= _DAY
        count -= found.weekday() < _SATURDAY and found not in company.holidays
    return found


def fiscal_year(day: date, starts: str) -> date:
    """Return the first day of the fiscal year that a day is in; `starts` is written 04-01."""
    first = date.fromisoformat(f"{day.year}-{starts}")
    return first if first <= day else first.replace(year=day.year - 1)


def fiscal_quarter(day: date, starts: str) -> tuple[date, int]:
    """Return the fiscal year of a day and the quarter of it that the day is in, from 0 to 3."""
    year = fiscal_year(day, starts)
    months = (day.year - year.year) * 12 + day.month - year.month - (day.day < year.day)
    return year, months // 3

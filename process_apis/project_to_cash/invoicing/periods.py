"""The months of a contract: each period ends with its month. Pure decisions."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from system_apis.canonical.contracts import Contract

HUNDREDTH = Decimal("0.01")


def months(contract: Contract) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of each month that Strata bills of a contract."""
    start = contract.effective_from
    if contract.billed_until and contract.billed_until >= start:
        start = contract.billed_until + timedelta(days=1)
    while start <= contract.effective_to:
        end = min(month_end(start), contract.effective_to)
        yield start, end
        start = end + timedelta(days=1)


def month_end(day: date) -> date:
    """Return the last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def share_of(amount: Decimal, start: date, end: date) -> Decimal:
    """Return a month's amount, or of a part of a month its share of the month's days, exact."""
    days = (end - start).days + 1
    return amount * days / monthrange(start.year, start.month)[1]


def hours_of(hours: Decimal, start: date, end: date) -> Decimal:
    """Return a month's hours, or a part's share of them in hundredths of an hour."""
    if start.day == 1 and end == month_end(start):
        return hours
    return share_of(hours, start, end).quantize(HUNDREDTH, ROUND_HALF_UP)

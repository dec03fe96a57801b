"""Weeks, which begin on Mondays, and how hours fall into them."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from system_apis.canonical.team import Booking

_HUNDREDTH = Decimal("0.01")
DAY = timedelta(days=1)


def monday_of(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.isoweekday() - 1)


def weeks_after(day: date, weeks: int) -> date:
    """Return the day some weeks after another; the calendar's last is the last there is."""
    return day + min(timedelta(weeks=weeks), date.max - day)


def days_between(start: date, end: date) -> list[date]:
    """Return the days from one to another, both included; none where there are none."""
    return [start + timedelta(days=each) for each in range((end - start).days + 1)]


def hundredths(hours: Decimal) -> Decimal:
    """Return hours as they are told."""
    return hours.quantize(_HUNDREDTH, ROUND_HALF_UP)


def booked_on(booking: Booking, day: date, available: Mapping[date, Decimal]) -> Decimal:
    """Return the hours that a booking takes of a day; those that it names go before its percent."""
    if not booking.start <= day <= booking.end:
        return Decimal(0)
    if booking.allocation:
        named = [each.minutes for each in booking.allocation if each.day == day]
        return Decimal(sum(named)) / 60
    return available.get(day, Decimal(0)) * booking.percent / 100


def by_week(hours: Iterable[tuple[date, Decimal]]) -> dict[date, Decimal]:
    """Return the hours of days added up by week."""
    found: dict[date, Decimal] = {}
    for day, of_day in hours:
        week = monday_of(day)
        found[week] = found.get(week, Decimal(0)) + of_day
    return found

"""A person as staffing knows them: what they can, when they can, and what they are booked on."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.resource_to_revenue.rules.weeks import DAY, booked_on, days_between
from system_apis.canonical.people import Employee
from system_apis.canonical.team import Booking, BookingKind

_NOTHING = Decimal(0)


class Staff(Struct, frozen=True, kw_only=True):
    """A person with their hours by day; `available` is what holidays and leave have left.

    `clients` are those whom they work or worked for, `zone` is their company's.
    """

    employee: Employee
    country: str
    zone: str
    region: str | None
    skills: Mapping[str, int]
    available: Mapping[date, Decimal]
    leave: Mapping[date, Decimal]
    bookings: tuple[Booking, ...]
    clients: frozenset[str] = frozenset()

    def hours(self, start: date, end: date) -> Decimal:
        """Return what the person can work from one day to another."""
        return sum((self.available.get(day, _NOTHING) for day in _days(start, end)), _NOTHING)

    def booked(self, start: date, end: date, kind: BookingKind) -> Decimal:
        """Return what of that is booked in one of the two ways."""
        return sum(
            (
                booked_on(each, day, self.available)
                for each in self.bookings
                if each.kind is kind
                for day in _days(max(start, each.start), min(end, each.end))
            ),
            _NOTHING,
        )

    def free(self, start: date, end: date, soft_weight: Decimal) -> Decimal:
        """Return what is left, where a soft booking takes a part of its hours; 0 at least."""
        hard = self.booked(start, end, BookingKind.HARD)
        soft = self.booked(start, end, BookingKind.SOFT)
        return max(self.hours(start, end) - hard - soft * soft_weight, _NOTHING)


def _days(start: date, end: date) -> list[date]:
    return days_between(start, max(end, start - DAY))

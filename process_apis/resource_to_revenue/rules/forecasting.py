"""What people who are booked will work, and what that will earn (domain handbook, 3b.7). Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from process_apis.resource_to_revenue.records import ForecastRow
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.rules.weeks import (
    booked_on,
    by_week,
    days_between,
    hundredths,
)
from system_apis.canonical.contracts import BillingModel, Contract
from system_apis.canonical.money import Money
from system_apis.canonical.team import Booking, BookingKind

_NOTHING = Decimal(0)


class Earning(Struct, frozen=True, kw_only=True):
    """What a project's work is worth: by the hour up to what a cap leaves, or by what it costs.

    `room` is what may still be billed; without a cap there is no end to it. `price`, `estimate`
    and `spent` are a fixed price, what it will have cost and what it has cost, `costs` what an
    hour of each person costs, all of one currency. `refused_by` names the rule that keeps it
    from being foreseen.
    """

    contract: Contract
    room: Decimal | None = None
    price: Decimal | None = None
    estimate: Decimal | None = None
    spent: Decimal = _NOTHING
    costs: Mapping[str, Decimal] = {}
    refused_by: str | None = None


class Frozen(Struct, frozen=True, kw_only=True):
    """When a forecast is frozen, for which days, by which terms."""

    on: date
    at: datetime
    start: date
    end: date
    terms_version: int


def forecast(
    people: Iterable[Staff], earnings: Mapping[str, Earning], frozen: Frozen
) -> list[ForecastRow]:
    """Return what each person who is booked for good will work and earn, by project and week.

    The cap of a contract and the price of a project are used up week after week.
    """
    rows = sorted(
        (row for each in people for row in _hours(each, frozen)),
        key=lambda row: (row.project_number, row.week, row.employee),
    )
    roles = {
        (each.employee, each.project_number): each
        for staff in people
        for each in staff.bookings
        if each.kind is BookingKind.HARD
    }
    used: dict[str, Decimal] = {}
    return [
        _earned(
            row, earnings.get(row.project_number), roles[row.employee, row.project_number], used
        )
        for row in rows
    ]


def _hours(staff: Staff, frozen: Frozen) -> Iterator[ForecastRow]:
    hard = [each for each in staff.bookings if each.kind is BookingKind.HARD]
    for number in sorted({each.project_number for each in hard}):
        ours = [each for each in hard if each.project_number == number]
        days = days_between(frozen.start, frozen.end)
        worked = by_week(
            (day, booked_on(each, day, staff.available)) for each in ours for day in days
        )
        for week, hours in sorted(worked.items()):
            if hours:
                yield ForecastRow(
                    frozen_on=frozen.on,
                    frozen_at=frozen.at,
                    legal_entity=staff.employee.legal_entity,
                    business_unit=staff.employee.business_unit,
                    employee=staff.employee.number,
                    project_number=number,
                    week=week,
                    hours=hundredths(hours),
                    billable=any(each.billable for each in ours),
                    terms_version=frozen.terms_version,
                )


def _earned(
    row: ForecastRow, earning: Earning | None, booking: Booking, used: dict[str, Decimal]
) -> ForecastRow:
    if earning is None or not row.billable:
        return row
    if earning.refused_by is not None:
        return replace(row, refused_by=earning.refused_by)
    contract = earning.contract
    before = used.get(row.project_number, _NOTHING)
    match contract.billing_model:
        case BillingModel.TIME_AND_MATERIALS:
            rate = _rate(booking, contract)
            if rate is None:
                return row
            worth = rate * row.hours
            if earning.room is not None:
                worth = min(worth, max(earning.room - before, _NOTHING))
            used[row.project_number] = before + worth
            return replace(row, revenue=Money.of(worth, contract.currency))
        case BillingModel.FIXED_FEE:
            by_cost = _by_cost(row, earning, before)
            if by_cost is None:
                return row
            used[row.project_number] = before + by_cost
            return replace(row, revenue_by_cost=Money.of(by_cost, contract.currency))
    return row


def _by_cost(row: ForecastRow, earning: Earning, before: Decimal) -> Decimal | None:
    """Return the part of a fixed price that a week's planned cost is of the whole cost."""
    cost = earning.costs.get(row.employee)
    if cost is None or not earning.estimate or earning.price is None:
        return None
    left = max(earning.price * (1 - earning.spent / earning.estimate) - before, _NOTHING)
    return min(earning.price * row.hours * cost / earning.estimate, left)


def _rate(booking: Booking, contract: Contract) -> Decimal | None:
    """Return what an hour is billed at: the booking's own rate, else the contract's of its role."""
    own = booking.bill_rate_override
    if own is not None and own.currency == contract.currency:
        return own.value
    return next((each.rate.value for each in contract.rates if each.role == booking.role), None)

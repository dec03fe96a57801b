"""What roles are needed, week by week: for projects that ask, and for deals that may be won.

Pure decisions. Hours are spread evenly over the working days of their window.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from process_apis.resource_to_revenue.records import WeekOfRole
from process_apis.resource_to_revenue.rules.weeks import by_week, days_between, hundredths
from system_apis.canonical.sales import Opportunity, Stage
from system_apis.canonical.team import StaffingRequest, StaffingStatus

# A request stands until it is filled: what is filled is supply that is booked.
STANDING = frozenset(
    {
        StaffingStatus.OPEN,
        StaffingStatus.PROPOSED,
        StaffingStatus.SOFT_BOOKED,
        StaffingStatus.CONFIRMED,
    }
)
_FRIDAY = 5


def of_requests(
    requests: Iterable[StaffingRequest], hours_per_day: dict[str, Decimal]
) -> list[WeekOfRole]:
    """Return what the requests that stand need, by week."""
    found = list[WeekOfRole]()
    for each in requests:
        if each.status not in STANDING:
            continue
        days = working(each.start, each.end)
        full = hours_per_day.get(each.legal_entity, Decimal(8)) * len(days)
        hours = each.hours if each.hours is not None else full * (each.percent or 0) / 100
        found += _weeks(
            (each.legal_entity, each.project_number, each.role), days, hours, Decimal(1)
        )
    return found


def of_deals(
    deals: Iterable[Opportunity], usual: Decimal, names: frozenset[str]
) -> list[WeekOfRole]:
    """Return what the open deals of some companies would need, weighted by their probability.

    A deal is planned as its project would be: each role equally long, for what is paid (3a.10).
    One that names no roles, no dates or no company cannot be planned yet.
    """
    found = list[WeekOfRole]()
    for deal in deals:
        entity, start, end = deal.legal_entity, deal.expected_start, deal.expected_end
        paid = sum((each.rate.value for each in deal.rates), start=Decimal(0))
        if deal.stage is not Stage.OPEN or not paid or start is None or end is None:
            continue
        if entity is None or entity not in names:
            continue
        probability = usual if deal.probability is None else deal.probability
        hours = deal.amount.value / paid
        for each in deal.rates:
            key = (entity, deal.number, each.role)
            found += _weeks(key, working(start, end), hours, probability)
    return found


def working(start: date, end: date) -> list[date]:
    """Return the weekdays between two days; who works on other days is the calendar's to say."""
    return [day for day in days_between(start, end) if day.isoweekday() <= _FRIDAY]


def _weeks(
    key: tuple[str, str, str], days: list[date], hours: Decimal, probability: Decimal
) -> Iterator[WeekOfRole]:
    entity, subject, role = key
    if not days:
        return
    each_day = hours * probability / len(days)
    for week, of_week in sorted(by_week((day, each_day) for day in days).items()):
        yield WeekOfRole(
            legal_entity=entity,
            subject=subject,
            role=role,
            week=week,
            hours=hundredths(of_week),
            probability=probability,
        )

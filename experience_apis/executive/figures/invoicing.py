"""On-time invoicing: what was posted by its planned date, or a few business days after it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from experience_apis.executive.figures.measures import share
from experience_apis.executive.figures.readiness import due
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice
from system_apis.canonical.party import LegalEntity

_FRIDAY = 5


class OnTimeInvoicing(Struct, frozen=True, kw_only=True):
    """How many of the events that fell due were invoiced in time; `still_in_time` still may be."""

    events_due: int
    posted_on_time: int
    posted_late: int
    not_posted: int
    still_in_time: int
    rate: Decimal | None


class Companies(Struct, frozen=True, kw_only=True):
    """The companies by code, and as of when it is asked."""

    entities: Mapping[str, LegalEntity]
    as_of: datetime
    grace_business_days: int


def on_time_invoicing(
    events: Sequence[BillingEvent], invoices: Sequence[ClientInvoice], companies: Companies
) -> OnTimeInvoicing:
    """Return the figure of the events that fell due.

    An event that may still be invoiced in time counts neither way yet.
    """
    fallen = due(events)
    posted: dict[str, datetime] = {}
    for each in invoices:
        if each.posted_at is not None and each.posted_at <= companies.as_of:
            first = posted.get(each.billing_event_id, each.posted_at)
            posted[each.billing_event_id] = min(first, each.posted_at)
    on_time = late = still_in_time = 0
    for event in fallen:
        company = companies.entities[event.legal_entity]
        last = _after(event.planned_date, companies.grace_business_days, company)
        at = posted.get(event.id)
        if at is not None and company.day_of(at) <= last:
            on_time += 1
        elif at is not None:
            late += 1
        elif company.day_of(companies.as_of) <= last:
            still_in_time += 1
    return OnTimeInvoicing(
        events_due=len(fallen),
        posted_on_time=on_time,
        posted_late=late,
        not_posted=len(fallen) - on_time - late - still_in_time,
        still_in_time=still_in_time,
        rate=share(on_time, len(fallen) - still_in_time),
    )


def _after(day: date, business_days: int, company: LegalEntity) -> date:
    """Return the day that is so many business days of a company after another."""
    left = business_days
    while left:
        day += timedelta(days=1)
        if day.isoweekday() <= _FRIDAY and day not in company.holidays:
            left -= 1
    return day

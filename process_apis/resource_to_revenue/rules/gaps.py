"""What can be done where nobody fits a request (domain handbook, 3b.5). Pure decisions."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal

from process_apis.resource_to_revenue.records import Bar, GapOption, Way
from process_apis.resource_to_revenue.rules.matching import Need, ruled_out
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.terms import StaffingTerms
from system_apis.canonical.money import Money, minor_unit
from system_apis.canonical.people import EmploymentType

_DAY = timedelta(days=1)
_BUSY = {Bar.UNAVAILABLE, Bar.OVER_ALLOCATED}


def ways_out(need: Need, people: Sequence[Staff], terms: StaffingTerms) -> Iterator[GapOption]:
    """Yield what can be done: begin later, train somebody, buy it, or decline, which can always."""
    for each in people:
        out = ruled_out(need, each, terms)
        person = each.employee
        if out is None or person.employment_type is EmploymentType.CONTRACTOR:
            continue
        if out.bar in _BUSY and (
            ends := [one.end for one in each.bookings if one.end < need.request.end]
        ):
            yield GapOption(
                way=Way.SHIFT_DATE,
                reason=f"{person.name} is booked until {max(ends)}",
                employee=person.number,
                start=max(ends) + _DAY,
            )
        if out.bar is Bar.SKILL:
            yield GapOption(
                way=Way.CROSS_TRAIN,
                reason=f"{person.name}: {out.reason}",
                employee=person.number,
            )
    if need.rate is not None:
        most = highest_rate(need.rate.value, terms.margin_floor, need.rate.currency)
        yield GapOption(
            way=Way.CONTRACTOR,
            reason=f"the margin stays at {terms.margin_floor * 100:f} % up to {most} an hour",
            highest_rate=most,
        )
    yield GapOption(way=Way.DECLINE, reason="the request is declined")


def highest_rate(bill_rate: Decimal, floor: Decimal, currency: str) -> Money:
    """Return what an hour may cost at most, so that the margin is not below the floor."""
    most = (bill_rate * (1 - floor)).quantize(minor_unit(currency), ROUND_DOWN)
    return Money.of(most, currency)

"""Who fits a request for people, and how well (domain handbook, 3b.3). Pure decisions.

Nothing else of a person than what is named here counts; a language is a skill.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from process_apis.resource_to_revenue.records import Bar, Fitting, RuledOut, ScorePart
from process_apis.resource_to_revenue.rules.allocation import is_blocked
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.terms import StaffingTerms
from system_apis.canonical.money import Price
from system_apis.canonical.people import EmployeeStatus
from system_apis.canonical.record import Source
from system_apis.canonical.team import Booking, BookingKind, StaffingRequest

_ONE, _NONE = Decimal(1), Decimal(0)
_SCORE = Decimal("0.0001")
_NEAR = 3
_WHOLE = Decimal(100)
_OURS = Source("strata", "strata", "booking", "")


class Need(Struct, frozen=True, kw_only=True):
    """A request with what is known around it: its client, its rate, and where it is done.

    `conflicting` are the clients that nobody may work for beside this one.
    """

    request: StaffingRequest
    client: str
    country: str
    zone: str
    rate: Price | None
    conflicting: frozenset[str] = frozenset()


def ruled_out(need: Need, staff: Staff, terms: StaffingTerms) -> RuledOut | None:
    """Return what stands against a person first, if anything does."""
    told = next(_bars(need, staff, terms), None)
    if told is None:
        return None
    bar, reason = told
    person = staff.employee
    return RuledOut(
        employee=person.number, legal_entity=person.legal_entity, bar=bar, reason=reason
    )


def matches(
    need: Need,
    people: Sequence[Staff],
    terms: StaffingTerms,
    costs: Mapping[str, Decimal] | None,
) -> list[Fitting]:
    """Return those who fit best; the margin counts where the caller may know what people cost.

    `costs` are what an hour of a person costs, in the currency of the request's rate.
    """
    fitting = [each for each in people if ruled_out(need, each, terms) is None]
    found = [_match(need, each, terms, costs) for each in fitting]
    return sorted(found, key=lambda each: (-each.score, each.employee))[: terms.best]


def percent_of(need: Need, staff: Staff) -> Decimal:
    """Return for how many percent a person would be booked to do what is asked for."""
    request = need.request
    if request.percent is not None:
        return request.percent
    hours = staff.hours(request.start, request.end)
    if request.hours is None or not hours:
        return _WHOLE
    part = (request.hours / hours * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return max(min(part, _WHOLE), Decimal("0.01"))


def hours_of(need: Need, staff: Staff) -> Decimal:
    """Return the hours that a person would work to do what is asked for."""
    request = need.request
    if request.hours is not None:
        return request.hours
    return staff.hours(request.start, request.end) * (request.percent or _WHOLE) / 100


def as_booked(need: Need, staff: Staff) -> Booking:
    """Return the booking that a person would have."""
    request, person = need.request, staff.employee
    return Booking(
        id=request.id,
        project_number=request.project_number,
        legal_entity=person.legal_entity,
        employee=person.number,
        role=request.role,
        percent=percent_of(need, staff),
        kind=BookingKind.HARD,
        start=request.start,
        end=request.end,
        source=_OURS,
    )


def _bars(need: Need, staff: Staff, terms: StaffingTerms) -> Iterator[tuple[Bar, str]]:
    request, person = need.request, staff.employee
    if person.status is not EmployeeStatus.ACTIVE or not person.works_on(request.start):
        yield Bar.NOT_EMPLOYED, f"is not with the firm on {request.start}"
    yield from _unable(request, staff)
    if request.region is not None and not request.remote and staff.region != request.region:
        yield Bar.REGION, f"works in {staff.region or staff.country}"
    if clash := need.conflicting & staff.clients:
        yield Bar.CONFLICT, f"works for {min(clash)}"
    share = _available(need, _others(need, staff), terms)
    if share < terms.least_available:
        yield Bar.UNAVAILABLE, f"has {_percent(share)} of the hours free"
    if most := is_blocked(_others(need, staff), as_booked(need, staff), terms):
        yield Bar.OVER_ALLOCATED, f"would be booked for {most:f} %"


def _unable(request: StaffingRequest, staff: Staff) -> Iterator[tuple[Bar, str]]:
    """Yield what a person is not, and cannot; skills that are asked for say more than a role."""
    required, person = [each for each in request.skills if each.required], staff.employee
    if request.person is not None and request.person != person.number:
        yield Bar.ROLE, f"{request.person} is asked for by name"
    if request.person is None and not required and person.role != request.role:
        yield Bar.ROLE, f"is {person.role}"
    for each in required:
        level = staff.skills.get(each.skill, 0)
        if level < each.min_level:
            yield Bar.SKILL, f"{each.skill} at {level} of {each.min_level}"


def _match(
    need: Need, staff: Staff, terms: StaffingTerms, costs: Mapping[str, Decimal] | None
) -> Fitting:
    person, weights, others = staff.employee, terms.weights, _others(need, staff)
    margin = _margin(need, person.number, costs)
    skill, available = _skill(need, staff), _available(need, others, terms)
    continuity = _ONE if need.client in staff.clients else _NONE
    parts = [
        ScorePart("skill", skill, weights.skill),
        ScorePart("availability", available, weights.availability),
        ScorePart("continuity", continuity, weights.continuity),
        ScorePart("below_target", _below_target(need, others), weights.below_target),
        ScorePart("travel", _travel(need, staff), weights.travel),
    ]
    counted = parts if margin is None else [*parts, ScorePart("margin", margin, weights.margin)]
    whole = sum((each.weight for each in counted), _NONE)
    score = sum((each.value * each.weight for each in counted), _NONE) / whole
    return Fitting(
        employee=person.number,
        name=person.name,
        legal_entity=person.legal_entity,
        role=person.role,
        percent=percent_of(need, staff),
        free_hours=_free(need, others, terms).quantize(Decimal("0.01"), ROUND_HALF_UP),
        score=score.quantize(_SCORE, ROUND_HALF_UP),
        parts=tuple(
            ScorePart(each.name, each.value.quantize(_SCORE, ROUND_HALF_UP), each.weight)
            for each in parts
        ),
        margin=None if margin is None else margin.quantize(_SCORE, ROUND_HALF_UP),
        reasons=tuple(_reasons(need, staff, available, continuity)),
    )


def _reasons(need: Need, staff: Staff, available: Decimal, continuity: Decimal) -> Iterator[str]:
    yield f"is {staff.employee.role}"
    for each in need.request.skills:
        if level := staff.skills.get(each.skill):
            yield f"{each.skill} at {level} of {each.min_level}"
    yield f"has {_percent(available)} of the hours free"
    if continuity:
        yield "knows the client"
    if staff.employee.utilization_target is not None:
        yield f"target {_percent(staff.employee.utilization_target)}"
    if staff.country == need.country:
        yield f"works in {staff.country}"


def _others(need: Need, staff: Staff) -> Staff:
    """Return a person without the soft bookings that would be replaced."""
    request = need.request
    span = (request.start, request.end)
    kept = tuple(e for e in staff.bookings if not replaces(request.project_number, span, e))
    return replace(staff, bookings=kept)


def replaces(project_number: str, span: tuple[date, date], booking: Booking) -> bool:
    """Whether a booking for good of some days of a project takes the place of a soft one."""
    start, end = span
    there = booking.start <= end and start <= booking.end
    return there and booking.kind is BookingKind.SOFT and booking.project_number == project_number


def _skill(need: Need, staff: Staff) -> Decimal:
    """Return how much of the levels that are asked for is there; the role alone where none are."""
    asked = need.request.skills
    if not asked:
        return _ONE
    got = sum((min(staff.skills.get(each.skill, 0), each.min_level) for each in asked), 0)
    return Decimal(got) / sum(each.min_level for each in asked)


def _free(need: Need, staff: Staff, terms: StaffingTerms) -> Decimal:
    request = need.request
    return staff.free(request.start, request.end, terms.soft_weight)


def _available(need: Need, staff: Staff, terms: StaffingTerms) -> Decimal:
    needed = hours_of(need, staff)
    if not needed:
        return _NONE
    return min(_free(need, staff, terms) / needed, _ONE)


def _margin(need: Need, employee: str, costs: Mapping[str, Decimal] | None) -> Decimal | None:
    """Return what is left of the rate when a person is paid, where both are known."""
    cost = None if costs is None else costs.get(employee)
    if cost is None or need.rate is None or need.rate.value <= 0:
        return None
    return max(min((need.rate.value - cost) / need.rate.value, _ONE), _NONE)


def _below_target(need: Need, staff: Staff) -> Decimal:
    """Return how far a person is below their own target in the window, as a share of it."""
    target, request = staff.employee.utilization_target, need.request
    hours = staff.hours(request.start, request.end)
    if not target or not hours:
        return _NONE
    booked = staff.booked(request.start, request.end, BookingKind.HARD) / hours
    return max(min((target - booked) / target, _ONE), _NONE)


def _travel(need: Need, staff: Staff) -> Decimal:
    """Return 1 for somebody of the country, half for one of a near time zone, else nothing."""
    if staff.country == need.country:
        return _ONE
    noon = datetime(
        need.request.start.year, need.request.start.month, 1, 12, tzinfo=ZoneInfo("UTC")
    )
    offsets = [noon.astimezone(ZoneInfo(each)).utcoffset() for each in (need.zone, staff.zone)]
    hours = [each.total_seconds() / 3600 for each in offsets if each is not None]
    return Decimal("0.5") if abs(hours[0] - hours[1]) <= _NEAR else _NONE


def _percent(share: Decimal) -> str:
    return f"{(share * 100).quantize(_ONE, ROUND_HALF_UP):f} %"

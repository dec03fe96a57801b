"""Who is needed, who is free, who fits, and who is booked too much."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.resource_to_revenue.records import Bar, Caution, Way
from process_apis.resource_to_revenue.rules import demand, gaps, matching
from process_apis.resource_to_revenue.rules.allocation import cautions, is_blocked, over_allocated
from process_apis.resource_to_revenue.rules.capacity import capacity
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.terms import StaffingTerms, TenureLimit
from system_apis.canonical.money import Money, Price
from system_apis.canonical.people import EmploymentType
from system_apis.canonical.sales import Opportunity, RoleRate, Stage
from system_apis.canonical.team import BookingKind, SkillNeed, StaffingStatus
from tests.process_apis.rules.staffing_facts import (
    FRIDAY,
    MONDAY,
    SOURCE,
    booked,
    need,
    person,
    wanted,
)

TERMS = StaffingTerms()
SOFT = BookingKind.SOFT


def test_a_soft_booking_takes_half_of_its_hours() -> None:
    """And a hard one all of them; what is free is never less than nothing."""
    staff = person(bookings=(booked("50"), booked("50", kind=SOFT), booked("90", project="P-2")))
    [week] = capacity([staff], MONDAY, date(2026, 12, 13), TERMS.soft_weight)
    [lone] = capacity([person(bookings=(booked("50", kind=SOFT),))], MONDAY, MONDAY, Decimal("0.5"))

    assert (week.available, week.hard, week.soft) == (Decimal(40), Decimal(56), Decimal(20))
    assert week.free == 0
    assert lone.free == Decimal(30)


def test_time_off_takes_capacity_and_the_booking_of_that_day() -> None:
    """Half of four days is booked in a week with a day off."""
    [week, _] = capacity(
        [person(off=(MONDAY,), bookings=(booked("50"),))], MONDAY, FRIDAY, TERMS.soft_weight
    )

    assert (week.available, week.hard) == (Decimal(32), Decimal(16))


def test_what_a_request_needs_is_spread_over_its_working_days() -> None:
    """A request that is filled needs nobody any more."""
    hours = {"ONE": Decimal(8)}
    asked = demand.of_requests([wanted(percent=None, hours="60")], hours)
    part = demand.of_requests([wanted(percent="50")], hours)
    filled = demand.of_requests([wanted(status=StaffingStatus.FILLED)], hours)

    assert [(each.week, each.hours) for each in asked] == [
        (MONDAY, Decimal(30)),
        (date(2026, 12, 14), Decimal(30)),
    ]
    assert [each.hours for each in part] == [Decimal(20), Decimal(20)]
    assert filled == []


def _deal(stage: Stage = Stage.OPEN, probability: str | None = "0.4") -> Opportunity:
    return Opportunity(
        id="op_00000000000000000000000001",
        number="OPP-9",
        name="Deal",
        client_id="cl_00000000000000000000000001",
        stage=stage,
        amount=Money.of("30000", "EUR"),
        discount_percent=Decimal(0),
        rates=(RoleRate("Engineer", Price("100", "EUR")), RoleRate("Lead", Price("200", "EUR"))),
        legal_entity="ONE",
        expected_start=MONDAY,
        expected_end=FRIDAY,
        probability=None if probability is None else Decimal(probability),
        source=SOURCE,
    )


def test_an_open_deal_needs_its_roles_as_far_as_it_is_probable() -> None:
    """100 h of each role at 40 %, half of them a week; without a probability the usual one."""
    ours = frozenset({"ONE"})
    found = demand.of_deals([_deal()], TERMS.open_probability, ours)
    usual = demand.of_deals([_deal(probability=None)], TERMS.open_probability, ours)
    others = [_deal(Stage.CLOSED_WON), _deal(Stage.CLOSED_LOST)]

    assert sorted((e.role, e.hours) for e in found) == [
        ("Engineer", Decimal(20)),
        ("Engineer", Decimal(20)),
        ("Lead", Decimal(20)),
        ("Lead", Decimal(20)),
    ]
    assert {each.hours for each in usual} == {Decimal(25)}
    assert demand.of_deals(others, TERMS.open_probability, ours) == []
    assert demand.of_deals([_deal()], TERMS.open_probability, frozenset({"TWO"})) == []


SKILLED = wanted(skills=(SkillNeed(skill="GIS", min_level=3),))


@pytest.mark.parametrize(
    ("staff", "request_", "bar"),
    [
        (person(left=date(2026, 11, 30)), wanted(), Bar.NOT_EMPLOYED),
        (person(role="Lead"), wanted(), Bar.ROLE),
        (person(), wanted(named="A2"), Bar.ROLE),
        (person(skills={"GIS": 2}), SKILLED, Bar.SKILL),
        (person(region="NORTH"), wanted(region="SOUTH"), Bar.REGION),
        (person(clients=frozenset({"CL-2"})), wanted(), Bar.CONFLICT),
        (person(bookings=(booked("61"),)), wanted(), Bar.UNAVAILABLE),
        (person(bookings=(booked("100", project="P-9"),)), wanted(), Bar.UNAVAILABLE),
        (person(bookings=(booked("60"),)), wanted(), None),
        (person(region="NORTH"), wanted(region="SOUTH", remote=True), None),
        (person(role="Lead", skills={"GIS": 3}), SKILLED, None),
        (person(bookings=(booked("100", kind=SOFT, project="P-9"),)), wanted(), None),
    ],
)
def test_a_hard_filter_rules_a_person_out(staff: Staff, request_: object, bar: Bar | None) -> None:
    """80 % of the hours must be free; what is promised on the project itself is no bar."""
    found = matching.ruled_out(need(request_), staff, TERMS)  # type: ignore[arg-type]  # of a table

    assert (found.bar if found else None) == bar


def test_the_best_five_are_told_by_their_score() -> None:
    """Who knows the client goes before who does not, and the sixth is left out."""
    people = [person(f"A{n}") for n in range(1, 6)]
    known = person("A9", clients=frozenset({"CL-1"}))
    found = matching.matches(need(), [*people, known], TERMS, None)

    assert [each.employee for each in found] == ["A9", "A1", "A2", "A3", "A4"]
    assert found[0].score == Decimal(1)
    assert "knows the client" in found[0].reasons


def test_the_margin_counts_only_where_costs_may_be_seen() -> None:
    """0.85 of a whole score without it, and a dear person behind a cheap one with it."""
    dear, cheap = person("A1"), person("A2")
    blind = matching.matches(need(), [dear, cheap], TERMS, None)
    seen = matching.matches(need(), [dear, cheap], TERMS, {"A1": Decimal(180), "A2": Decimal(40)})

    assert [each.employee for each in blind] == ["A1", "A2"]
    assert blind[0].score == blind[1].score
    assert all(each.margin is None for each in blind)
    assert [(each.employee, each.margin) for each in seen] == [
        ("A2", Decimal("0.8")),
        ("A1", Decimal("0.1")),
    ]
    assert seen[0].score - seen[1].score == Decimal("0.105")


@pytest.mark.parametrize(
    ("percent", "blocked", "warned"), [("40", False, True), ("41", True, True)]
)
def test_more_than_all_is_warned_of_and_more_than_120_percent_blocked(
    percent: str, blocked: bool, warned: bool
) -> None:
    """Beside 80 % that are booked for good."""
    staff = person(bookings=(booked("80"),))
    added = booked(percent, project="P-9")

    assert (is_blocked(staff, added, TERMS) is not None) is blocked
    assert (Caution.OVER_ALLOCATED in {e.code for e in cautions(staff, added, TERMS)}) is warned


def test_only_what_is_booked_for_good_blocks() -> None:
    """A soft booking of 80 % is warned of beside 60 %."""
    staff, added = person(bookings=(booked("80", kind=SOFT),)), booked("60", project="P-9")

    assert is_blocked(staff, added, TERMS) is None
    assert [each.code for each in cautions(staff, added, TERMS)] == [Caution.OVER_ALLOCATED]


def test_who_is_booked_too_much_is_told_with_the_days_and_projects() -> None:
    """80 % for good and 50 % softly on the last five of ten days."""
    late = booked("50", kind=SOFT, project="P-2", start=date(2026, 12, 14))
    [found] = over_allocated(person(bookings=(booked("80"), late)), MONDAY, FRIDAY, TERMS)

    assert (found.percent, found.hard_percent, found.blocked) == (Decimal(130), Decimal(80), False)
    assert (found.start, found.end) == (date(2026, 12, 14), FRIDAY)
    assert found.projects == ("P-1", "P-2")


def test_working_time_of_the_union_is_averaged_and_leaves_rest() -> None:
    """49 h a week for four months are too many in Germany, in two weeks they are not."""
    long = booked("122.5", start=MONDAY, end=date(2027, 4, 30))
    day = booked("170", start=MONDAY, end=MONDAY)
    terms = replace(TERMS, block_percent=Decimal(200))
    german, american = person(), person(country="US")

    assert Caution.WEEKLY_HOURS in {e.code for e in cautions(german, long, terms)}
    assert Caution.WEEKLY_HOURS not in {e.code for e in cautions(german, booked("122.5"), terms)}
    assert Caution.DAILY_REST in {e.code for e in cautions(german, day, terms)}
    assert {e.code for e in cautions(american, long, terms)} == {Caution.OVER_ALLOCATED}


def test_a_contractor_is_looked_at_after_eighteen_months_and_in_britain() -> None:
    """An employee never is."""
    terms = replace(TERMS, tenure=(TenureLimit("DE", 18),))
    hired = date(2025, 6, 30)
    lent = person(employment=EmploymentType.CONTRACTOR, hired=hired)
    fresh = person(employment=EmploymentType.CONTRACTOR, hired=date(2026, 9, 1))
    british = person(employment=EmploymentType.CONTRACTOR, country="GB")
    short = booked("50", end=date(2026, 12, 18))
    long = booked("50", end=date(2026, 12, 31))

    assert cautions(lent, short, terms) == ()
    assert [e.code for e in cautions(lent, long, terms)] == [Caution.TENURE]
    assert cautions(fresh, long, terms) == ()
    assert [e.code for e in cautions(british, short, terms)] == [Caution.WORKER_STATUS]
    assert cautions(person(hired=hired), long, terms) == ()


def test_a_gap_has_ways_out_and_a_contractor_costs_what_the_floor_leaves() -> None:
    """Begin when somebody is free, train somebody, buy it at 140 of 200 at most, or decline."""
    busy = person("A1", bookings=(booked("100", end=date(2026, 12, 11)),))
    found = list(gaps.ways_out(need(), [busy], TERMS))
    untrained = list(gaps.ways_out(need(SKILLED), [person()], TERMS))

    assert [each.way for each in found] == [Way.SHIFT_DATE, Way.CONTRACTOR, Way.DECLINE]
    assert found[0].start == date(2026, 12, 12)
    assert found[1].highest_rate == Money.of("140", "EUR")
    assert untrained[0].way is Way.CROSS_TRAIN

"""Billable utilization: of hours that people could work, those that clients pay for."""

from datetime import date
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from experience_apis.executive.figures import utilization as figure
from experience_apis.executive.figures.people import PERSONAL, Capacity
from experience_apis.executive.figures.utilization import Utilization, Utilized, YearShare
from process_apis.read_models.hours import Span, summed
from system_apis.canonical.time import TimeEntry
from system_apis.restricted import shown_with
from tests.experience_apis.leading_facts import entry, person

OCTOBER = YearShare(31, 365)
CLIENTS = frozenset({"P-1"})
DAYS = Span(date(2026, 10, 1), date(2026, 10, 31))


def _of(people: list[Capacity], *entries: TimeEntry, whole: int | None = None) -> Utilization:
    hours = figure.worked(
        summed(entries, [DAYS], {each.number for each in people}).lines[DAYS], CLIENTS
    )
    own = sum(1 for each in people if each.is_own)
    told = figure.utilization(people, hours, OCTOBER, own if whole is None else whole)
    assert told is not None
    return told


def _firm(told: Utilization) -> Utilized:
    assert isinstance(told.firm, Utilized)
    return told.firm


def test_each_target_weighs_as_much_as_the_hours_of_the_person() -> None:
    """Who is away for half the month counts half."""
    told = _firm(_of([person("A", "160", target="0.5"), person("B", "40", target="1")]))

    assert told.target_hours == Decimal(120)
    assert told.target == Decimal("0.6000")


def test_contractors_have_no_part_in_it() -> None:
    """Neither their hours nor what they could work."""
    people = [person("A", "100"), person("C", "100", contractor=True)]
    told = _of(people, entry("A", "50"), entry("C", "90"))

    assert _firm(told).utilization == Decimal("0.5000")
    assert _firm(told).billable_hours == Decimal(50)


def test_who_could_work_no_hours_has_no_share_of_them() -> None:
    """Of nothing there is no share, and it is not 0."""
    told = _firm(_of([person("A", "0")], entry("A", "8")))

    assert told.utilization is None
    assert told.target is None
    assert told.billable_hours == Decimal(8)


def test_hours_that_a_client_does_not_pay_stand_apart_from_those_of_the_firm() -> None:
    """Rework for a client is told; what is done for the firm itself is not."""
    told = _firm(
        _of(
            [person("A", "100")],
            entry("A", "40"),
            entry("A", "8", billable=False),
            entry("A", "30", billable=False, project="INT"),
        )
    )

    assert told.billable_hours == Decimal(40)
    assert told.nonbillable_client_hours == Decimal(8)
    assert told.of_full_time == Decimal("0.2264")


def test_where_nobodys_capacity_is_told_there_is_no_figure() -> None:
    """It is absent, and not a share of nothing."""
    assert figure.utilization([], figure.worked([], CLIENTS), OCTOBER, 0) is None


def _shown(people: list[Capacity], whole: int | None = None) -> Utilization:
    told: Utilization = shown_with(frozenset(), _of(people, whole=whole))
    return told


def test_az_24_a_figure_about_fewer_than_five_people_is_for_who_may_see_personal_ones() -> None:
    """Four are too few, five are not; each person's own always asks for the scope."""
    four, five = [person(str(each)) for each in range(4)], [person(str(each)) for each in range(5)]

    assert _shown(four).firm is UNSET
    assert _shown(five).firm is not UNSET
    assert _shown(five).by_employee is UNSET
    held = shown_with(frozenset({PERSONAL}), _of(four))
    assert held.firm is not UNSET
    assert held.by_employee is not UNSET


def test_az_24_nobodys_figure_follows_from_the_difference_of_two() -> None:
    """One small company beside a large one hides both; two that are enough together do not."""
    large = [person(f"L{each}", entity="L") for each in range(9)]
    small = [person(f"S{each}", entity="S") for each in range(2)]
    other = [person(f"T{each}", entity="T") for each in range(3)]

    def shown(people: list[Capacity]) -> set[str]:
        return {each.key for each in _shown(people).by_entity if each.utilized is not UNSET}

    assert shown([*large, *small]) == set()
    assert shown([*large, *small, *other]) == {"L"}


def test_az_24_asking_for_a_part_tells_no_more_of_those_who_are_left_out() -> None:
    """Of nine among eleven the other two would follow."""
    nine = [person(f"L{each}") for each in range(9)]

    assert _shown(nine, whole=11).firm is UNSET
    assert _shown(nine, whole=9).firm is not UNSET
    assert _shown(nine, whole=14).firm is not UNSET


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=12))
def test_the_firms_hours_are_those_of_its_people(rows: list[tuple[int, int]]) -> None:
    """However they are divided, nothing is lost or counted twice."""
    people = [
        person(str(count), str(free), entity=f"E{count % 3}", unit=f"U{count % 2}")
        for count, (free, _) in enumerate(rows)
    ]
    told = _of(people, *(entry(str(count), str(done)) for count, (_, done) in enumerate(rows)))

    for parts in (told.by_entity, told.by_business_unit):
        found = [each.utilized for each in parts if isinstance(each.utilized, Utilized)]
        assert sum(each.billable_hours for each in found) == _firm(told).billable_hours
        assert sum(each.available_hours for each in found) == _firm(told).available_hours
    assert b'"cost' not in msgspec.json.encode(told)

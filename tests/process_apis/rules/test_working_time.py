"""Hours are judged when they are handed in: every rule, at its edge."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from process_apis.time_and_expense.records import RowStatus, Severity, status_of
from process_apis.time_and_expense.rules.periods import PeriodState, state_of, takes
from process_apis.time_and_expense.rules.terms import Exemption, LockTerms
from process_apis.time_and_expense.rules.time import CapUse, EntryCase, judge
from process_apis.time_and_expense.rules.weeks import missing
from system_apis.canonical.delivery import ProjectStatus
from system_apis.canonical.money import Money
from system_apis.canonical.time import Timesheet
from tests.process_apis.working_facts import (
    DE,
    HOLIDAY,
    PERSON,
    PROJECT,
    SUNDAY,
    TUESDAY,
    US,
    USUAL,
    handed_in,
    hours,
    other,
    working,
)

Found = list[tuple[str, Severity]]
WARN, HOLD, BLOCK = Severity.WARN, Severity.HOLD, Severity.BLOCK
AT_NOON = datetime(2026, 10, 26, 16, tzinfo=UTC)  # a Monday's noon in New York
MORNING = datetime(2026, 10, 26, 9, tzinfo=UTC)
LATER = datetime(2026, 10, 26, 16, 0, 1, tzinfo=UTC)
NOTES = replace(USUAL, time=replace(USUAL.time, notes_for_contracts=frozenset({"CT-1"})))
EXEMPT = replace(
    USUAL,
    time=replace(
        USUAL.time,
        exemptions=(
            Exemption(employee="E1", codes=("T02", "T04"), start=SUNDAY, end=date(2026, 10, 30)),
        ),
    ),
)


def found(case: EntryCase, terms: object = USUAL) -> Found:
    """Return the codes that hours are found with, and how grave each is."""
    return [(each.code, each.severity) for each in judge(case, terms)]  # type: ignore[arg-type]  # terms


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (working(hours()), []),
        (working(hours(lasting="0")), [("T01", BLOCK)]),
        (working(hours(lasting="-1")), [("T01", BLOCK)]),
        (working(hours(lasting="12.25"), others=(other("T-2", "11.75"),)), [("T02", HOLD)]),
        (working(hours(lasting="12.5"), others=(other("T-2", "11.75"),)),
         [("T01", BLOCK), ("T02", HOLD)]),
        (working(hours(lasting="12")), []),
        (working(hours(lasting="12.25")), [("T02", HOLD)]),
        (working(hours(lasting="10"), DE), []),
        (working(hours(lasting="10.25"), DE), [("T02", BLOCK)]),
        (working(hours(on=SUNDAY)), [("T04", WARN)]),
        (working(hours(on=HOLIDAY)), [("T04", WARN)]),
        (working(hours(on=SUNDAY), DE), [("T04", BLOCK)]),
        (working(hours(on=HOLIDAY), DE), [("T04", BLOCK)]),
        (working(hours(on=HOLIDAY), calendar=None), []),
        (working(hours(), handed_in_at=AT_NOON), []),
        (working(hours(), handed_in_at=LATER), [("T05", WARN)]),
        (working(hours(on=date(2026, 10, 6)), handed_in_at=working(hours()).handed_in_at),
         [("T05", WARN)]),
        (working(hours(on=date(2026, 10, 5)), handed_in_at=working(hours()).handed_in_at),
         [("T05", HOLD)]),
        (working(hours(on=date(2026, 9, 30)), handed_in_at=datetime(2026, 10, 5, tzinfo=UTC)),
         [("T05", BLOCK)]),
        (working(hours(on=date(2026, 10, 21)), handed_in_at=working(hours()).handed_in_at),
         [("T06", BLOCK)]),
        (working(hours(lasting="4"), others=(other("T-2", "4"),)), [("T07", BLOCK)]),
        (working(hours(lasting="4"), others=(other("T-2", "4", notes="a call"),)), []),
        (working(hours(lasting="4.25"), others=(other("T-2", "4.25", notes="a call"),)),
         [("T07", HOLD)]),
        (working(hours(lasting="4.25"), others=(other("T-2", "4.25", task="T9"),)), []),
        (working(hours(), is_assigned=False), [("T08", HOLD)]),
        (working(hours(), worked=Decimal("102")), []),
        (working(hours(), worked=Decimal("102.25")), [("T09", WARN)]),
        (working(hours(), worked=Decimal("112.25")), [("T09", HOLD)]),
        (working(hours(), project=None), [("T10", BLOCK)]),
        (working(hours(), project=replace(PROJECT, status=ProjectStatus.ON_HOLD)),
         [("T10", BLOCK)]),
        (working(hours(), project=replace(PROJECT, end=date(2026, 10, 19))), [("T10", BLOCK)]),
        (working(hours(project_number="INT"), project=None), [("T11", HOLD)]),
        (working(hours(project_number="INT", billable=False), project=None), []),
        (working(hours(), hours_off=Decimal(8)), [("T13", HOLD)]),
        (working(hours(), employee=replace(PERSON, termination_date=date(2026, 10, 19))),
         [("T14", BLOCK)]),
        (working(hours(), employee=replace(PERSON, termination_date=TUESDAY)), []),
        (working(hours(), has_rate=False), [("T16", WARN)]),
        (working(hours(billable=False), has_rate=False), []),
        (working(hours(lasting="8.10")), [("DQ-E9", WARN)]),
    ],
)  # fmt: skip
def test_hours_are_found_with_what_is_wrong_and_nothing_else(
    case: EntryCase, expected: Found
) -> None:
    """On both sides of each limit; what is not known is not held against anybody."""
    assert found(case) == expected


def test_a_week_of_more_than_48_hours_is_told_in_the_eu_and_nowhere_else() -> None:
    """All hours from Monday on count, whatever they were for."""
    days = [date(2026, 10, 19 + count) for count in range(5)]
    week = tuple(
        other(f"T-{n}", "9.75", day) for n, day in enumerate(days, start=2) if day != TUESDAY
    )
    full, over = (
        working(hours(lasting=each), DE, others=week, handed_in_at=MORNING)
        for each in ("9", "9.25")
    )

    assert found(full) == []
    assert found(over) == [("T03", WARN)]
    assert found(replace(over, company=US)) == []


@pytest.mark.parametrize(
    "case", [working(hours(lasting="10.25"), DE), working(hours(on=SUNDAY), DE)]
)
def test_an_exemption_lifts_what_a_law_forbids(case: EntryCase) -> None:
    """For its person and its days; a day of rest is still told, as it is elsewhere."""
    stranger = replace(case, entry=replace(case.entry, employee="E2"))

    assert [severity for _, severity in found(case, EXEMPT)] in ([], [WARN])
    assert [severity for _, severity in found(stranger, EXEMPT)] == [BLOCK]


def test_a_contract_may_ask_what_was_done() -> None:
    """Ten letters are enough, blanks do not count twice."""
    assert found(working(hours(notes="short")), NOTES) == [("T12", HOLD)]
    assert found(working(hours(notes="a    b   c")), NOTES) == [("T12", HOLD)]
    assert found(working(hours(notes="long enough")), NOTES) == []


@pytest.mark.parametrize(
    ("used", "expected"),
    [("699.99", None), ("700", "80%"), ("800", "90%"), ("900", "100%"), ("901", "100%")],
)
def test_a_cap_is_told_at_eighty_ninety_and_a_hundred_percent(
    used: str, expected: str | None
) -> None:
    """The hours that are handed in count already."""
    use = CapUse(Money("1000.00", "USD"), Money.of(used, "USD"), Money("100.00", "USD"))

    told = judge(working(hours(), cap=use), USUAL)

    assert [each.code for each in told] == (["T15"] if expected else [])
    assert expected is None or expected in told[0].reason


def test_hours_neither_go_from_a_closed_month_nor_move_out_of_it() -> None:
    """What is struck out is asked nothing else: on a Sunday, too."""
    september = date(2026, 9, 15)
    stood = handed_in(hours(on=september), RowStatus.APPROVED)
    moved, struck = hours(follows=1), hours(lasting="0", on=SUNDAY, follows=1)
    of_sunday = handed_in(hours(on=SUNDAY), RowStatus.APPROVED)

    assert found(working(moved, stood=stood)) == [("T05", BLOCK)]
    assert found(working(struck, stood=stood, strikes_out=True)) == [("T05", BLOCK)]
    assert found(working(struck, stood=of_sunday, strikes_out=True)) == []


def test_hours_that_were_taken_back_are_no_double() -> None:
    """As much work may be handed in anew."""
    wrong = other("T-2", "8")
    back = replace(other("T-3", "-8"), adjusts=wrong.id)

    assert found(working(hours(), others=(wrong,))) == [("T07", BLOCK), ("T02", HOLD)]
    assert found(working(hours(), others=(wrong, back))) == []


def test_all_findings_are_listed_and_the_gravest_of_the_lowest_code_comes_first() -> None:
    """A block before a hold before a warning; it is known by the first."""
    case = working(
        hours(lasting="25", on=SUNDAY), project=None, hours_off=Decimal(1), is_assigned=False
    )

    told = found(case)

    assert told == [
        ("T01", BLOCK), ("T10", BLOCK), ("T02", HOLD), ("T08", HOLD), ("T13", HOLD), ("T04", WARN),
    ]  # fmt: skip
    assert status_of(judge(case, USUAL)) is RowStatus.BLOCKED


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2026-10-31", PeriodState.OPEN),
        ("2026-11-03", PeriodState.OPEN),
        ("2026-11-04", PeriodState.GRACE),
        ("2026-11-05", PeriodState.GRACE),
        ("2026-11-06", PeriodState.LOCKED),
        ("2026-12-01", PeriodState.LOCKED),
    ],
)
def test_a_month_is_locked_on_day_three_and_for_finance_on_day_five(
    today: str, state: PeriodState
) -> None:
    """After that only an adjustment in an open month puts it right."""
    day, terms = date.fromisoformat(today), LockTerms()

    assert state_of(TUESDAY, day, terms) is state
    assert takes(TUESDAY, day, {"employee"}, terms) is (state is PeriodState.OPEN)
    assert takes(TUESDAY, day, {"finance"}, terms) is (state is not PeriodState.LOCKED)


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.integers(0, 400))
def test_a_month_never_opens_again(day: date, later: int) -> None:
    """Whatever day it is: once it is locked, it is locked on every day after."""
    order = [PeriodState.OPEN, PeriodState.GRACE, PeriodState.LOCKED]
    after = date.fromordinal(day.toordinal() + later)
    states = [state_of(day, each, LockTerms()) for each in (after, date(2030, 1, 1))]
    earlier = state_of(day, day, LockTerms())

    assert order.index(earlier) <= order.index(states[0]) <= order.index(states[1])
    assert states[1] is PeriodState.LOCKED


def test_a_week_that_nobody_handed_in_is_told_once_it_is_late() -> None:
    """T17: from Monday noon on where the company is, and not of weeks that were handed in."""
    weeks = [
        Timesheet(employee="E1", week_start=date(2026, 10, 19), submitted=False),
        Timesheet(employee="E2", week_start=date(2026, 10, 19), submitted=True),
    ]

    assert missing(weeks, US, AT_NOON, USUAL.time) == []
    assert [each.code for each in missing(weeks, US, LATER, USUAL.time)] == ["T17"]

"""Weeks handed in, answers given, and hours foreseen: what counts, and what counts against it."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from experience_apis.executive.figures.forecast import (
    Foreseen,
    Span,
    accuracy,
    frozen_before,
)
from experience_apis.executive.figures.latency import Answer, Latency, approval_latency
from experience_apis.executive.figures.timeliness import (
    Compliance,
    HandedIn,
    Moment,
    TimeEntryCompliance,
    compliance,
)
from experience_apis.executive.terms import KeyFigureTerms
from system_apis.canonical.forecasts import ForecastGrain
from system_apis.canonical.time import Timesheet
from tests.experience_apis.leading_facts import AS_OF, foreseen, person, sheet

WEEK = "2026-10-05"
TERMS = KeyFigureTerms()
MOMENT = Moment(as_of=AS_OF, zones={"NWA-US": ZoneInfo("America/New_York")}, terms=TERMS)
OCTOBER = ("2026-10-01", "2026-10-31")


def _weeks(*sheets: Timesheet, weeks: tuple[str, ...] = (WEEK,)) -> Compliance:
    told = _told(*sheets, weeks=weeks)
    assert isinstance(told.firm, Compliance)
    return told.firm


def _told(*sheets: Timesheet, weeks: tuple[str, ...]) -> TimeEntryCompliance:
    told = compliance([person("A", weeks=weeks)], sheets, MOMENT, 1)
    assert told is not None
    return told


def test_a_week_is_due_when_its_system_says_or_on_monday_noon_where_the_company_is() -> None:
    """12:00 in New York is 16:00 UTC in October."""
    noon = "2026-10-12T16:00:00+00:00"

    assert _weeks(sheet("A", WEEK, noon)).on_time == 1
    assert _weeks(sheet("A", WEEK, "2026-10-12T16:00:01+00:00")).late == 1
    assert _weeks(sheet("A", WEEK, noon, "2026-10-12T15:00:00+00:00")).late == 1


def test_what_is_not_handed_in_yet_is_missing_though_it_is_not_due() -> None:
    """So is a week that no system tells of, and one that comes in after the moment asked for."""
    weeks = (WEEK, "2026-10-19", "2026-10-26")
    told = _told(
        sheet("A", "2026-10-19", "2026-11-02T10:00:00+00:00"),
        sheet("A", "2026-10-26", None, "2026-11-02T16:00:00+00:00"),
        weeks=weeks,
    )

    assert isinstance(told.firm, Compliance)
    assert (told.firm.expected, told.firm.missing, told.firm.late) == (3, 3, 0)
    assert told.firm.on_time_rate == Decimal("0.0000")
    assert isinstance(told.not_on_time, tuple)
    assert {each.handed_in for each in told.not_on_time} == {HandedIn.MISSING}


def test_a_week_that_nobody_expects_counts_for_nothing() -> None:
    """Handing in a week of leave makes nobody more timely."""
    told = _weeks(sheet("A", "2026-10-19", "2026-10-20T10:00:00+00:00"), sheet("B", WEEK, None))

    assert (told.expected, told.on_time) == (1, 0)


def test_where_nobody_owes_a_week_there_is_no_figure() -> None:
    """A share of nothing is not 0."""
    assert compliance([person("A")], [], MOMENT, 1) is None


def _answer(hours: str | None, *, source: str = "strata") -> Answer:
    asked = AS_OF - timedelta(days=20)
    took = None if hours is None else timedelta(hours=float(hours))
    return Answer(
        id=f"apr_{hours}_{source}",
        source=source,
        kind="invoice",
        legal_entity=None,
        asked_at=asked,
        answered_at=None if took is None else asked + took,
    )


def _latency(*answers: Answer) -> Latency:
    told = approval_latency(answers, AS_OF, Decimal(24))
    assert told is not None
    return told.all


def test_the_ninetieth_percentile_is_one_of_the_answers() -> None:
    """Nearest rank: the ninth of ten, the last of six, and the only one of one."""
    ten = [_answer(each) for each in ["1.5", "2", "3", "3.5", "4", "6", "8", "20", "26", "50"]]
    told = _latency(*ten)

    assert (told.median, told.p90_nearest_rank, told.mean, told.within) == (
        Decimal("5.00"),
        Decimal("26.00"),
        Decimal("12.40"),
        Decimal("0.8000"),
    )
    assert _latency(*ten[:6]).p90_nearest_rank == Decimal("6.00")
    assert _latency(_answer("7")).p90_nearest_rank == Decimal("7.00")


def test_a_question_that_is_open_for_too_long_counts_against_the_share_in_time() -> None:
    """It has no part in the median: nobody knows yet how long it takes."""
    told = _latency(_answer("2"), _answer(None))

    assert (told.answered, told.open, told.overdue) == (1, 1, 1)
    assert told.within == Decimal("0.5000")
    assert told.median == Decimal("2.00")


def test_each_system_that_asks_is_told_by_itself() -> None:
    """What people are asked elsewhere is not mixed up with what we ask them."""
    told = approval_latency([_answer("2"), _answer("8", source="psa")], AS_OF, Decimal(24))

    assert told is not None
    assert {each.key: each.latency.median for each in told.by_source} == {
        "psa": Decimal("8.00"),
        "strata": Decimal("2.00"),
    }
    assert approval_latency([], AS_OF, Decimal(24)) is None


def _accuracy(told: dict[str, str], done: dict[str, str]) -> Foreseen:
    people = [person(each) for each in {*told, *done}]
    forecasts = [foreseen(number, hours) for number, hours in told.items()]
    worked = {Span(number, *OCTOBER): Decimal(hours) for number, hours in done.items()}
    found = accuracy(people, forecasts, worked, len(people))
    assert found is not None
    assert isinstance(found.firm, Foreseen)
    return found.firm


def test_too_much_for_one_and_too_little_for_another_do_not_even_out() -> None:
    """The bias is nothing, and the error is not."""
    told = _accuracy({"A": "90", "B": "110"}, {"A": "100", "B": "100"})

    assert (told.absolute_error, told.wape, told.bias) == (20, Decimal("0.1000"), Decimal(0))
    assert told.variance_pp == Decimal("0.00")


def test_whoever_did_not_work_or_was_not_foreseen_is_an_error_too() -> None:
    """Both count in full."""
    assert _accuracy({"A": "10"}, {"B": "40"}).absolute_error == 50
    assert _accuracy({"A": "10"}, {}).wape is None


def test_the_newest_forecast_counts_that_was_frozen_early_enough() -> None:
    """Four weeks before a week, before the month for a month; what came later knew too much."""
    week = ForecastGrain.PERSON_WEEK
    days = ("2026-10-05", "2026-10-11")
    early, late = "2026-09-06T23:00:00+00:00", "2026-09-07T01:00:00+00:00"
    found = frozen_before(
        [
            foreseen("A", "30", "2026-08-01T00:00:00+00:00", days=days, grain=week),
            foreseen("A", "35", early, days=days, grain=week),
            foreseen("A", "38", late, days=days, grain=week),
            foreseen("B", "150"),
            foreseen("B", "160", "2026-10-02T00:00:00+00:00"),
        ],
        TERMS,
    )

    assert sorted(each.hours for each in found) == [35, 150]


@given(st.dictionaries(st.sampled_from("ABCDEF"), st.integers(1, 200), min_size=1))
def test_a_forecast_that_came_true_is_wholly_accurate(hours: dict[str, int]) -> None:
    """Whoever it was about."""
    told = {each: str(count) for each, count in hours.items()}
    found = _accuracy(told, told)

    assert (found.accuracy, found.bias, found.absolute_error) == (1, 0, 0)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=30))
def test_latencies_are_in_order(hours: list[int]) -> None:
    """The median is not above the ninetieth percentile, and that not above the slowest."""
    told = _latency(*(_answer(str(each)) for each in hours))

    assert told.median is not None
    assert told.p90_nearest_rank is not None
    assert told.median <= told.p90_nearest_rank <= max(hours)

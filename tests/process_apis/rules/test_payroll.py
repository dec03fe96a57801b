"""Approved hours are told to payroll once, and a correction as its difference."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from process_apis.time_and_expense.rules.payroll import pay_lines, payable
from process_apis.time_and_expense.rules.terms import PayTerms
from system_apis.canonical.payroll import PayLine
from system_apis.canonical.time import EntryStatus, TimeEntry
from tests.process_apis.billing_facts import entry, id_of
from tests.process_apis.working_facts import CALENDAR, HOLIDAY, SUNDAY, TUESDAY


def row(number: int, lasting: str, on: date = TUESDAY) -> TimeEntry:
    """Return an approved row of a day."""
    return replace(entry(lasting, number=number), work_date=on)


def told(rows: list[TimeEntry], before: list[TimeEntry] | None = None) -> dict[str, str]:
    """Return what is told of one person, by pay code."""
    lines = pay_lines(rows, before or [], CALENDAR, PayTerms())
    return {each.pay_code: str(each.hours) for each in lines}


def test_only_approved_rows_that_nobody_told_are_told() -> None:
    """Neither what waits or was rejected, nor what an earlier run has told."""
    rows = [
        row(1, "8"),
        row(2, "8"),
        replace(row(3, "8"), status=EntryStatus.HELD),
        replace(row(4, "8"), status=EntryStatus.REJECTED),
    ]

    assert [each.number for each in payable(rows, [id_of("te", 2)])] == ["TE-1"]


def test_long_days_are_overtime_and_days_of_rest_are_their_own() -> None:
    """A day is reckoned with all of its rows."""
    rows = [row(1, "6"), row(2, "4"), row(3, "3", SUNDAY), row(4, "9", HOLIDAY)]

    assert told(rows) == {"REGULAR": "8", "OVERTIME": "2", "REST_DAY": "12"}


def test_a_correction_is_told_as_its_difference() -> None:
    """Ten hours that should have been seven take two of overtime and one other back."""
    wrong = row(1, "10")
    reversal = replace(row(2, "-10"), adjusts=wrong.id)
    right = replace(row(3, "7"), adjusts=wrong.id)

    assert told([reversal, right], [wrong]) == {"REGULAR": "-1", "OVERTIME": "-2"}


@given(
    st.lists(st.tuples(st.integers(1, 28), st.decimals("0.25", "12", places=2)), max_size=12),
    st.integers(0, 12),
)
def test_in_however_many_runs_the_same_hours_are_told(
    days: list[tuple[int, Decimal]], cut: int
) -> None:
    """What two runs tell together is what one would have told."""
    rows = [
        row(n, str(lasting), date(2026, 10, day)) for n, (day, lasting) in enumerate(days, start=1)
    ]
    first, second = rows[:cut], rows[cut:]
    terms = PayTerms()

    once = pay_lines(rows, [], CALENDAR, terms)
    twice = [*pay_lines(first, [], CALENDAR, terms), *pay_lines(second, first, CALENDAR, terms)]

    assert _summed(once) == _summed(twice)
    assert sum(_summed(once).values()) == sum((each.hours for each in rows), Decimal(0))


def _summed(lines: list[PayLine]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for each in lines:
        found[each.pay_code] = found.get(each.pay_code, Decimal(0)) + each.hours
    return {code: lasting for code, lasting in found.items() if lasting}

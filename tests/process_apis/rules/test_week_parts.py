"""What keeps a week from being taken is named by its place, and what is only held is not."""

from datetime import date

import pytest
from msgspec import ValidationError, convert

from process_apis.time_and_expense.identifiers import row_id
from process_apis.time_and_expense.records import HandedIn, PolicyFinding, Severity, status_of
from process_apis.time_and_expense.rules.parts import wrong_parts
from process_apis.time_and_expense.rules.time import CHECKS
from process_apis.time_and_expense.week_records import WeekRow, WeekWish
from store.clock import wall_clock
from tests.process_apis.working_facts import hours


def judged(*found: tuple[str, Severity]) -> HandedIn:
    """Return hours that were found like this."""
    findings = tuple(
        PolicyFinding(code=code, name="SO", severity=severity, reason="it is", remedy="mend it")
        for code, severity in found
    )
    wish = hours()
    return HandedIn(
        id=row_id(wish),
        version=1,
        wish=wish,
        legal_entity="US",
        project_number="P-1",
        status=status_of(findings),
        findings=findings,
        terms_version=0,
        role="Principal",
        handed_in_by="E1",
        handed_in_at=wall_clock(),
    )


@pytest.mark.parametrize("place", range(len(CHECKS)))
def test_every_code_of_hours_has_its_place_in_a_row(place: int) -> None:
    """T01 to T16 and the grid, in the order of the checks; of a twin it is the whole row."""
    code = "DQ-E9" if place == len(CHECKS) - 1 else f"T{place + 1:02}"
    [part] = wrong_parts([judged((code, Severity.BLOCK))])
    member = part.pointer.removeprefix("/rows/0").removeprefix("/")

    assert part.detail == f"{code} SO: it is"
    assert member in WeekRow.__struct_fields__ or code == "T07"


def test_only_what_blocks_is_wrong_and_all_of_it_is_told() -> None:
    """In the order of the rows."""
    rows = [
        judged(("T02", Severity.HOLD), ("T15", Severity.WARN)),
        judged(("T06", Severity.BLOCK), ("T10", Severity.BLOCK), ("T13", Severity.HOLD)),
    ]

    assert [each.pointer for each in wrong_parts(rows)] == [
        "/rows/1/work_date",
        "/rows/1/project_number",
    ]


@pytest.mark.parametrize(
    ("week", "days", "why"),
    [
        ("2026-10-13", ["2026-10-13"], "Monday"),
        ("2026-10-12", ["2026-10-19"], "day of the week"),
        ("2026-10-12", ["2026-10-12", "2026-10-13"], "of its own"),
        ("0001-01-01", ["0001-01-01"], "a day from 2000"),
        ("9999-12-27", ["9999-12-27"], "a day from 2000"),
    ],
)
def test_a_week_is_seven_days_from_a_monday_of_rows_with_numbers(
    week: str, days: list[str], why: str
) -> None:
    """Whatever else is no week."""
    rows = [
        {"number": "T", "project_number": "P-1", "work_date": date.fromisoformat(day), "hours": 1}
        for day in days
    ]
    with pytest.raises(ValidationError, match=why):
        convert({"week_start": week, "rows": rows}, WeekWish)

"""What every PSA connector promises of hours and expenses that people hand in."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.canonical.money import Money
from system_apis.canonical.time import EntryDraft, EntryStatus, ExpenseDraft, Trip
from system_apis.errors import NotFound, Refused
from system_apis.psa.interface import Psa

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
MONDAY = date(2026, 10, 5)
HOURS = EntryDraft(
    number="T-1",
    employee="E101",
    role="Principal",
    project_number="P-1001",
    work_date=date(2026, 10, 14),
    hours=Decimal("1.25"),
    billable=True,
    task="Design",
    notes="a call",
)
SPENT = ExpenseDraft(
    number="X-1",
    employee="E101",
    project_number="P-1001",
    date=date(2026, 10, 14),
    category="per_diem",
    amount=Money("60.00", "USD"),
    billable=True,
    held=True,
    receipt_hash="sha256:x1",
    trip=Trip(date(2026, 10, 14), date(2026, 10, 14)),
)


async def test_hours_are_entered_once_under_their_number(psa: Psa) -> None:
    """They wait for an approval, and are among the person's hours with all that was said."""
    first = await psa.enter_time(HOURS, key="1")
    again = await psa.enter_time(HOURS, key="2")
    found = await psa.entries_of(employee_number="E101", start=FIRST, end=LAST)
    own = [each for each in found if each.number == "T-1"]
    with pytest.raises(Refused) as told:
        await psa.enter_time(replace(HOURS, hours=Decimal(2)), key="3")

    assert own == [first] == [again]
    assert (first.status, first.hours) == (EntryStatus.SUBMITTED, Decimal("1.25"))
    assert (first.task, first.notes) == ("Design", "a call")
    assert {each.employee for each in found} == {"E101"}
    assert told.value.code == "NUMBER_TAKEN"


async def test_an_expense_is_entered_once_and_found_by_its_receipt(psa: Psa) -> None:
    """With the days that it pays for."""
    first = await psa.enter_expense(SPENT, key="1")
    again = await psa.enter_expense(SPENT, key="2")
    of_person = await psa.expenses_of(employee_number="E101", start=FIRST, end=LAST)
    with pytest.raises(Refused) as told:
        await psa.enter_expense(replace(SPENT, amount=Money("61.00", "USD")), key="3")

    assert of_person == [first] == [again]
    assert await psa.expenses_with(receipt_hash="sha256:x1") == [first]
    assert (first.status, first.amount, first.trip) == (EntryStatus.HELD, SPENT.amount, SPENT.trip)
    assert told.value.code == "NUMBER_TAKEN"


async def test_a_week_is_submitted_once(psa: Psa) -> None:
    """It keeps the moment at which it was; a week that nobody asked for is one all the same."""
    told = [
        await psa.submit_week(employee_number="E101", week_start=week, key="1")
        for week in (MONDAY, MONDAY, date(2027, 3, 1))
    ]
    weeks = await psa.weeks(legal_entity="NWA-US", start=MONDAY, end=MONDAY)

    assert told[0] == told[1]
    assert [each for each in weeks if each.employee == "E101"] == told[:1]
    assert all(each.submitted and each.submitted_at for each in told)


async def test_what_is_decided_stays_decided(psa: Psa) -> None:
    """Said again it is the same; otherwise it is refused, and corrected by new entries."""
    hours, spent = await psa.enter_time(HOURS, key="1"), await psa.enter_expense(SPENT, key="2")
    approved = [await psa.decide_time(hours.id, approved=True, key=each) for each in "34"]
    rejected = [await psa.decide_expense(spent.id, approved=False, key=each) for each in "56"]
    with pytest.raises(Refused) as told:
        await psa.decide_time(hours.id, approved=False, key="7")
    with pytest.raises(NotFound):
        await psa.decide_expense("ex_00000000000000000000000000", approved=True, key="8")

    assert [each.status for each in approved] == [EntryStatus.APPROVED] * 2
    assert [each.status for each in rejected] == [EntryStatus.REJECTED] * 2
    assert told.value.code == "DECIDED"

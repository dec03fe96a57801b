"""The sandbox's HR system: what it knows when, and the ways that it has."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from system_apis.canonical.attendance import HoursOff
from system_apis.canonical.money import Price
from system_apis.canonical.people import CostRate, EmployeeStatus
from system_apis.errors import Refused, TryAgain
from tests.system_apis.sandbox.house import House, house_of
from tests.system_apis.sandbox.staffed_firm import write_staffed_firm

FIRST, LAST = date(2027, 2, 1), date(2027, 2, 28)


@pytest.fixture
async def staffed(tmp_path: Path) -> AsyncIterator[House]:
    """Run the HR system of a firm at the beginning of its February; a page has two people."""
    firm = write_staffed_firm(tmp_path / "firm")
    async with house_of(firm, tmp_path, page_size=2) as opened:
        await opened.at("2027-02-01T00:00:00Z")
        yield opened


async def _raw(house: House, path: str) -> tuple[int, str]:
    async with house.session.get(f"{house.address.of('folk')}{path}") as reply:
        return reply.status, await reply.text()


async def test_it_knows_the_people_of_the_companies_that_it_serves(staffed: House) -> None:
    """And no other's."""
    hr = staffed.hr("folk")
    page = await hr.employees()
    rest = await hr.employees(cursor=page.next_cursor)

    assert [each.number for each in page.items + rest.items] == ["K1", "K2", "K4"]
    assert rest.next_cursor is None


async def test_everybody_has_an_address_of_their_own(staffed: House) -> None:
    """By name, or by number where the name is taken or has no letters of ours."""
    hr = staffed.hr("folk")
    found = [(await hr.employees(number=each)).items[0].work_email for each in ("K1", "K2", "K4")]

    assert found == ["aki.mori@kazebahr.example", "k2@kazebahr.example", "k4@kazebahr.example"]


async def test_a_manager_is_a_person_by_our_id(staffed: House) -> None:
    """Whom one can ask for."""
    hr = staffed.hr("folk")
    [surveyor] = (await hr.employees(number="K2")).items
    manager = await hr.employee(str(surveyor.manager_id))

    assert (manager.number, manager.manager_id) == ("K1", None)


async def test_who_leaves_does_so_on_the_day_and_keeps_the_role_they_had(staffed: House) -> None:
    """The system lists them as `Other` from then on; the role is in the table of their jobs."""
    hr = staffed.hr("folk")
    [before] = (await hr.employees(number="K2")).items
    seen = (await hr.changes(after=0)).items[-1].sequence
    await staffed.at("2027-02-16T00:00:00Z")
    gone = await hr.employee(before.id)
    status, listed = await _raw(staffed, "/api/v1/employees?employeeNumber=K2")
    [change] = (await hr.changes(after=seen)).items

    assert (before.status, before.termination_date) == (EmployeeStatus.ACTIVE, None)
    assert gone.status is EmployeeStatus.TERMINATED
    assert gone.termination_date == date(2027, 2, 15)
    assert gone.role == before.role == "Surveyor"
    assert (status, '"jobTitle":"Other"' in listed) == (200, True)
    assert (change.record_type, change.id, change.version) == ("employee", before.id, 2)
    assert (await hr.employees(role="Surveyor")).items == []


async def test_leave_counts_once_it_is_approved(staffed: House) -> None:
    """A request is made a month ahead and decided a week later."""
    hr = staffed.hr("folk")
    leave = await hr.time_off(legal_entity="KB-JP", start=FIRST, end=LAST)

    assert [each.employee for each in leave] == ["K1", "K1"]
    assert leave[0].days == (
        HoursOff(date(2027, 2, 17), Decimal("4.2")),
        HoursOff(date(2027, 2, 18), Decimal("4.2")),
    )
    assert leave[1].days == (HoursOff(date(2027, 2, 23), Decimal("1.6")),)


async def test_leave_that_waits_for_a_decision_is_not_leave_yet(tmp_path: Path) -> None:
    """In January the second request has been made and not been decided."""
    firm = write_staffed_firm(tmp_path / "firm")
    async with house_of(firm, tmp_path) as opened:
        await opened.at("2027-01-26T00:00:00Z")
        leave = await opened.hr("folk").time_off(legal_entity="KB-JP", start=FIRST, end=LAST)
        _, listed = await _raw(opened, "/api/v1/time_off/requests?start=2027-02-01&end=2027-02-28")

    assert [each.days[0].date for each in leave] == [date(2027, 2, 17)]
    assert listed.count('"status":"requested"') == 1


@pytest.mark.parametrize(
    "query", ["", "?start=2027-02-01", "?end=2027-02-01", "?start=x&end=2027-02-01"]
)
async def test_leave_is_listed_for_a_window_only(staffed: House, query: str) -> None:
    """As the product that it is like asks for it."""
    status, said = await _raw(staffed, f"/api/v1/time_off/requests{query}")

    assert status == 400
    assert "start and end" in said


async def test_a_raise_ends_the_rate_before_it(staffed: House) -> None:
    """The system says from when; we say until when too. Dinars have three decimals."""
    [cost] = await staffed.hr("folk").cost_rates(legal_entity="KB-KW", employee_number="K2")

    assert cost.cost_rates == (
        CostRate(Price("12.345", "KWD"), date(2026, 1, 1), FIRST),
        CostRate(Price("13.005", "KWD"), FIRST),
    )


async def test_two_rates_from_one_day_need_a_person(staffed: House) -> None:
    """Nobody guesses which of them an hour costs."""
    with pytest.raises(Refused) as refused:
        await staffed.hr("folk").cost_rates(legal_entity="KB-KW")

    assert refused.value.code == "COST_RATES_UNCLEAR"


async def test_skills_are_of_those_who_have_some(staffed: House) -> None:
    """With the dates that there are."""
    [skill] = await staffed.hr("folk").skills(legal_entity="KB-JP")

    assert (skill.employee, skill.skill.code, skill.skill.name) == ("K1", "GIS", "Maps")
    assert (skill.level, skill.certified_until) == (4, date(2028, 1, 31))
    assert skill.last_used is None
    assert await staffed.hr("folk").skills(legal_entity="KB-KW") == []


async def test_part_time_is_part_of_the_companys_own_week(staffed: House) -> None:
    """Three fifths of seven hours a day."""
    [aki] = (await staffed.hr("folk").employees(number="K1")).items

    assert (aki.fte, aki.weekly_hours, aki.work_location) == (Decimal("0.6"), 21, "Tokyo")


async def test_another_persons_record_is_not_taken_for_the_one_asked_for(staffed: House) -> None:
    """An answer that names another id is asked for again."""
    hr = staffed.hr("folk")
    [aki] = (await hr.employees(number="K1")).items
    await staffed.fail("wrong-id-echoed", "employee")

    with pytest.raises(TryAgain):
        await hr.employee(aki.id)

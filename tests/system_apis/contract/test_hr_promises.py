"""What every HR connector promises, on the people of the Northwind firm."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.canonical.attendance import HoursOff, Weekday
from system_apis.canonical.money import Price
from system_apis.canonical.payroll import PayLine, PayRun
from system_apis.canonical.people import CostRate, EmployeeStatus, EmploymentType
from system_apis.errors import NotFound, Refused
from system_apis.hr.interface import Hr
from tests.system_apis.contract.walking import every

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


async def test_pages_lead_through_every_person_once_in_order(hr: Hr) -> None:
    """Of every company, contractors too."""
    found = await every(lambda cursor: hr.employees(cursor=cursor))

    assert [each.number for each in found] == [
        "E101",
        "E102",
        "E103",
        "E201",
        "E202",
        "E301",
        "E302",
        "C901",
    ]
    assert len({each.id for each in found}) == len({each.work_email for each in found}) == 8


async def test_a_person_is_the_same_by_number_by_company_by_role_and_by_id(hr: Hr) -> None:
    """All ways lead to the same person."""
    [person] = (await hr.employees(number="E103")).items

    assert (await hr.employees(role="Consultant US")).items == [person]
    assert (await hr.employees(legal_entity="NWA-US", number="E103")).items == [person]
    assert (await hr.employees(legal_entity="NWA-DE", number="E103")).items == []
    assert await hr.employee(person.id) == person


async def test_a_person_says_whose_they_are_and_how_much_they_work(hr: Hr) -> None:
    """The share of the week is of their own company's week."""
    people = {each.number: each for each in await every(lambda at: hr.employees(cursor=at))}
    cara, finn = people["E103"], people["E301"]

    assert (cara.name, cara.legal_entity, cara.role) == ("Cara Diaz", "NWA-US", "Consultant US")
    assert cara.employment_type is EmploymentType.EMPLOYEE
    assert cara.status is EmployeeStatus.ACTIVE
    assert cara.utilization_target == Decimal("0.80")
    assert (cara.fte, cara.weekly_hours, finn.weekly_hours) == (1, 40, Decimal("37.5"))
    assert cara.hire_date < FIRST
    assert cara.termination_date is None


async def test_a_contractor_names_the_vendor_and_has_no_target(hr: Hr) -> None:
    """Whoever is a vendor's is not to be utilized, but paid."""
    [iris] = (await hr.employees(number="C901")).items

    assert iris.employment_type is EmploymentType.CONTRACTOR
    assert iris.vendor_number == "VN-1"
    assert iris.utilization_target is None


async def test_what_people_cost_is_told_by_interval_in_their_own_currency(hr: Hr) -> None:
    """Of a company, on however many pages, or of one person of it."""
    costs = {each.employee: each for each in await hr.cost_rates(legal_entity="NWA-US")}
    [finn] = await hr.cost_rates(legal_entity="HAL-UK", employee_number="E301")
    [hired] = [each.hire_date for each in (await hr.employees(number="E101")).items]

    assert set(costs) == {"E101", "E102", "E103"}
    assert costs["E101"].cost_rates == (CostRate(Price("110", "USD"), hired),)
    assert finn.on(LAST) == Price("50", "GBP")
    assert await hr.cost_rates(legal_entity="NWA-DE", employee_number="E301") == []


async def test_approved_leave_is_listed_by_day(hr: Hr) -> None:
    """As many hours as the person was away, on days that they worked nothing."""
    leave = await hr.time_off(legal_entity="NWA-US", start=FIRST, end=LAST)
    one = await hr.time_off(legal_entity="NWA-US", start=FIRST, end=LAST, employee_number="E103")

    assert [each.employee for each in leave] == ["E103"]
    assert leave == one
    assert leave[0].days == (
        HoursOff(date(2026, 10, 1), Decimal(8)),
        HoursOff(date(2026, 10, 2), Decimal(8)),
    )
    assert await hr.time_off(legal_entity="HAL-UK", start=FIRST, end=LAST) == []


async def test_leave_is_found_by_any_day_that_it_touches(hr: Hr) -> None:
    """The window asks for overlap, not for the beginning."""
    second = date(2026, 10, 2)
    touched = await hr.time_off(legal_entity="NWA-US", start=second, end=second)
    before = await hr.time_off(legal_entity="NWA-US", start=date(2026, 9, 1), end=date(2026, 9, 30))
    after = await hr.time_off(legal_entity="NWA-US", start=date(2026, 10, 3), end=LAST)

    assert [each.employee for each in touched] == ["E103"]
    assert (before, after) == ([], [])


async def test_a_company_has_its_own_week_and_holidays(hr: Hr) -> None:
    """The holidays are those of the period that is asked for."""
    us = await hr.work_calendar(legal_entity="NWA-US", start=FIRST, end=LAST)
    uk = await hr.work_calendar(legal_entity="HAL-UK", start=FIRST, end=LAST)
    november = await hr.work_calendar(
        legal_entity="NWA-US", start=date(2026, 11, 1), end=date(2026, 11, 30)
    )

    assert (us.hours_per_day, uk.hours_per_day) == (8, Decimal("7.5"))
    assert us.working_days == tuple(Weekday)[:5]
    assert [each.date for each in us.holidays] == [date(2026, 10, 12)]
    assert (november.id, november.holidays) == (us.id, ())
    with pytest.raises(NotFound):
        await hr.work_calendar(legal_entity="NOBODY", start=FIRST, end=LAST)


async def test_the_change_feed_ends(hr: Hr) -> None:
    """After the last sequence number there is nothing more."""
    seen = (await hr.changes(after=0)).items

    assert {each.record_type for each in seen} == {"employee", "time_off", "work_calendar"}
    assert [each.sequence for each in seen] == sorted({each.sequence for each in seen})
    assert (await hr.changes(after=seen[-1].sequence)).items == []


async def test_an_unknown_id_is_not_found(hr: Hr) -> None:
    """An id nobody was given leads nowhere."""
    with pytest.raises(NotFound):
        await hr.employee("em_00000000000000000000000000")


async def test_a_pay_run_is_recorded_once_under_its_number(hr: Hr) -> None:
    """With hours that are taken back; other hours do not get its number."""
    run = PayRun(
        number="NWA-US-2026-10-1",
        legal_entity="NWA-US",
        period_start=FIRST,
        period_end=LAST,
        lines=(PayLine("E101", "REGULAR", Decimal("-1.25")),),
    )

    told = [await hr.record_pay_run(run, key=each) for each in "12"]
    with pytest.raises(Refused) as other:
        await hr.record_pay_run(replace(run, lines=()), key="3")

    assert told == [run, run]
    assert other.value.code == "RUN_TAKEN"

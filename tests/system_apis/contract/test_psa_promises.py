"""What every PSA connector promises, on the PSA of the Northwind firm."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.delivery import (
    Budget,
    BudgetDraft,
    Estimate,
    Project,
    ProjectDraft,
    ProjectStatus,
)
from system_apis.canonical.money import Money, Price
from system_apis.canonical.sales import RoleRate
from system_apis.canonical.team import BookingDraft, BookingKind, StaffingRequestDraft, TaskDraft
from system_apis.canonical.time import TimeCorrection, TimeEntry
from system_apis.errors import NotFound, Refused
from system_apis.psa.interface import Psa
from tests.system_apis.contract.walking import every

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


def _draft(number: str, currency: str = "USD") -> ProjectDraft:
    return ProjectDraft(
        number=number,
        name="Member portal",
        client_number="CL-1",
        client_name="Contoso Health Inc.",
        contract_number="CT-4201",
        legal_entity="NWA-US",
        billing_model=BillingModel.TIME_AND_MATERIALS,
        currency=currency,
        project_manager="U-PM1",
        template_code="TPL-TIME-AND-MATERIALS",
        template_version=1,
        start=date(2026, 12, 7),
        end=date(2027, 2, 26),
    )


async def _made(psa: Psa, number: str = "P-4201") -> Project:
    return await psa.create_project(_draft(number), key=f"key-{number}")


async def test_a_project_that_is_created_again_with_its_key_is_the_first_one(psa: Psa) -> None:
    """One key, one project, in status `provisioning`."""
    before = await psa.project_by_key("key-P-4201")
    first = await _made(psa)
    again = await _made(psa)

    assert before is None
    assert again == first
    assert first.status is ProjectStatus.PROVISIONING
    assert (first.budget, first.rate_card) == (None, ())
    assert await psa.project_by_key("key-P-4201") == first
    assert await psa.project(first.id) == first
    assert (await psa.projects(number="P-4201")).items == [first]


async def test_a_projects_number_is_given_once(psa: Psa) -> None:
    """Another key does not get it."""
    await _made(psa)
    with pytest.raises(Refused) as told:
        await psa.create_project(_draft("P-4201"), key="another")

    assert told.value.code == "NUMBER_TAKEN"


@pytest.mark.parametrize(
    ("currency", "price", "rate"),
    [
        ("USD", "92000.00", "210.1255"),
        ("JPY", "920000", "15000.5"),
        ("KWD", "9200.005", "21.0005"),
    ],
)
async def test_budget_and_rates_come_back_exactly(
    psa: Psa, currency: str, price: str, rate: str
) -> None:
    """Whatever units the PSA keeps money in."""
    project = await psa.create_project(_draft("P-1", currency), key="k")
    money = Money(price, currency)
    budget = BudgetDraft(price=money, cost=money, margin=Decimal("0.3479"))
    rates = (RoleRate("Lead", Price(rate, currency)), RoleRate("Aide", Price("1", currency)))
    await psa.set_budget(project.id, budget, key="b")
    await psa.assign_rate_card(project.id, rates, key="r")
    once = await psa.project(project.id)
    await psa.set_budget(project.id, budget, key="b")
    await psa.assign_rate_card(project.id, rates, key="r")

    assert once.budget == Budget(budget.price, budget.cost, budget.margin)
    assert once.estimate_at_completion == Estimate(cost=money, as_of=project.start)
    assert once.rate_card == rates
    assert await psa.project(project.id) == once


async def test_a_project_is_activated_once_and_then_not_archived(psa: Psa) -> None:
    """Only a project that never became active is taken out of sight."""
    active, dead = await _made(psa, "P-1"), await _made(psa, "P-2")
    first = await psa.activate_project(active.id, key="a")
    again = await psa.activate_project(active.id, key="a")
    archived = await psa.archive_project(dead.id, key="d")
    with pytest.raises(Refused):
        await psa.archive_project(active.id, key="x")
    with pytest.raises(Refused):
        await psa.activate_project(dead.id, key="y")

    assert first.status is ProjectStatus.ACTIVE
    assert again == first
    assert archived.status is ProjectStatus.CANCELLED


async def test_pages_lead_through_every_hour_once(psa: Psa) -> None:
    """Billable and other hours, of each person, in the days asked for."""
    entries = await every(
        lambda cursor: psa.time_entries(
            project_number="P-1001", start=FIRST, end=LAST, cursor=cursor
        )
    )
    approved = [each for each in entries if each.status == "approved"]
    first_week = await every(
        lambda cursor: psa.time_entries(
            project_number="P-1001", start=FIRST, end=date(2026, 10, 2), cursor=cursor
        )
    )

    assert len({each.id for each in entries}) == len(entries)
    assert sum(each.hours for each in approved if each.billable) == 300
    assert sum(each.hours for each in approved if not each.billable) == 8
    assert {each.work_date for each in first_week} == {FIRST, date(2026, 10, 2)}


async def _entry(psa: Psa, number: str) -> TimeEntry:
    entries = await every(
        lambda cursor: psa.time_entries(
            project_number="P-1001", start=FIRST, end=LAST, cursor=cursor
        )
    )
    return next(each for each in entries if each.number == number)


def _right(hours: str, number: str = "TE-0057") -> TimeCorrection:
    return TimeCorrection(entry_number=number, hours=Decimal(hours), reason="recorded twice")


async def test_an_approved_entry_is_corrected_by_two_new_ones(psa: Psa) -> None:
    """One takes the hours back, one has the right ones; the entry itself stays as it was."""
    wrong = await _entry(psa, "TE-0057")
    made = await psa.correct_time(project_number="P-1001", correction=_right("6"), key="1")
    again = await psa.correct_time(project_number="P-1001", correction=_right("6"), key="2")

    assert [each.hours for each in made] == [Decimal(-8), Decimal(6)]
    assert {each.adjusts for each in made} == {wrong.id}
    assert {(each.work_date, each.employee, each.status) for each in made} == {
        (wrong.work_date, wrong.employee, wrong.status)
    }
    assert again == made
    assert await _entry(psa, "TE-0057") == wrong
    assert await _entry(psa, made[1].number) == made[1]


async def test_an_entry_is_corrected_once_and_then_its_correction_is(psa: Psa) -> None:
    """Other hours for the same entry are refused; struck out, nothing is entered anew."""
    made = await psa.correct_time(project_number="P-1001", correction=_right("6"), key="1")
    with pytest.raises(Refused) as told:
        await psa.correct_time(project_number="P-1001", correction=_right("5"), key="2")
    struck = await psa.correct_time(
        project_number="P-1001", correction=_right("0", made[1].number), key="3"
    )

    assert told.value.code == "CORRECTED"
    assert [(each.hours, each.adjusts) for each in struck] == [(Decimal(-6), made[1].id)]


async def test_an_entry_of_another_project_is_not_corrected(psa: Psa) -> None:
    """The entry is looked for in the project that is named."""
    with pytest.raises(NotFound):
        await psa.correct_time(project_number="P-2001", correction=_right("6"), key="1")


async def test_hours_without_a_client_are_kept_under_their_own_number(psa: Psa) -> None:
    """Only those of the people whose companies this PSA serves."""
    entries = await every(
        lambda cursor: psa.time_entries(project_number="INT", start=FIRST, end=LAST, cursor=cursor)
    )

    assert {each.employee for each in entries} == {"E101", "E102", "E103", "E201", "E202"}


async def test_people_have_their_roles_and_rates(psa: Psa) -> None:
    """Every person of the company, on however many pages."""
    people = {each.number: each for each in await psa.resources(legal_entity="NWA-US")}

    assert set(people) == {"E101", "E102", "E103"}
    assert people["E101"].cost_rate == Price("110", "USD")
    assert people["E101"].list_rate == Price("300", "USD")
    assert await psa.resources(legal_entity="HAL-UK") == []


async def test_every_billing_model_has_a_template(psa: Psa) -> None:
    """A published plan, with a version and a checklist."""
    templates = await psa.templates()

    assert {each.billing_model for each in templates} == set(BillingModel)
    assert all(each.version >= 1 and each.phases and each.checklist for each in templates)


async def test_every_week_owed_is_listed_once(psa: Psa) -> None:
    """On however many pages."""
    weeks = await psa.timesheets(project_number="P-1001", start=date(2026, 9, 28), end=LAST)

    assert len(weeks) == 15
    assert len({(each.employee, each.week_start) for each in weeks}) == 15


async def test_the_change_feed_tells_of_a_new_project_after_what_was_seen(psa: Psa) -> None:
    """The last sequence number is where to go on."""
    after = 0
    while seen := (await psa.changes(after=after)).items:
        after = seen[-1].sequence
    project = await _made(psa)
    [fresh] = (await psa.changes(after=after)).items

    assert (fresh.record_type, fresh.id, fresh.version) == ("project", project.id, 1)


async def test_an_unknown_id_is_not_found(psa: Psa) -> None:
    """An id nobody was given leads nowhere."""
    with pytest.raises(NotFound):
        await psa.project("pr_00000000000000000000000000")


def _wanted(person: str | None = None) -> StaffingRequestDraft:
    return StaffingRequestDraft(
        project_number="P-4201",
        legal_entity="NWA-US",
        role="Senior Consultant",
        start=date(2026, 12, 7),
        end=date(2027, 2, 26),
        hours=None if person else Decimal("248.65"),
        percent=Decimal(50) if person else None,
        person=person,
    )


async def test_a_role_is_asked_for_once_under_its_key(psa: Psa) -> None:
    """By hours, or by percent for a person who is named, who is then soft-booked."""
    first = await psa.open_staffing_request(_wanted(), key="role")
    again = await psa.open_staffing_request(_wanted(), key="role")
    named = await psa.open_staffing_request(_wanted("E102"), key="person")
    listed = await every(lambda at: psa.staffing_requests(project_number="P-4201", cursor=at))

    assert again == first
    assert (first.status, first.hours, first.percent) == ("open", Decimal("248.65"), None)
    assert (named.status, named.person, named.percent) == ("soft_booked", "E102", Decimal(50))
    assert [each.id for each in listed] == [first.id, named.id]


async def test_hours_that_are_asked_for_come_back_as_they_were(psa: Psa) -> None:
    """The product keeps whole minutes; nobody is shown the fraction that they make."""
    wish = replace(_wanted(), hours=Decimal("123.07"))
    await psa.open_staffing_request(wish, key="role")
    [listed] = (await psa.staffing_requests(project_number="P-4201")).items

    assert str(listed.hours) == "123.07"


async def test_the_requests_of_a_project_that_is_archived_are_taken_back(psa: Psa) -> None:
    """Nobody is looked for any more."""
    project = await _made(psa)
    await psa.open_staffing_request(_wanted(), key="role")
    await psa.archive_project(project.id, key="a")
    [request] = (await psa.staffing_requests(project_number="P-4201")).items

    assert request.status == "cancelled"


async def test_a_booking_moves_from_the_opportunity_to_its_project_and_back(psa: Psa) -> None:
    """It counts in one place at a time, and moving it again changes nothing."""
    [presold] = (await psa.bookings(project_number="OPP-42")).items
    moved = await psa.move_booking(presold.id, "P-4201", key="m")
    again = await psa.move_booking(presold.id, "P-4201", key="m")
    left = (await psa.bookings(project_number="OPP-42")).items
    await psa.move_booking(presold.id, "OPP-42", key="back")

    assert (presold.employee, presold.kind, presold.percent) == ("E202", "soft", Decimal(50))
    assert (presold.legal_entity, presold.role) == ("NWA-DE", "Consultant DE")
    assert again == moved
    assert left == []
    assert (await psa.booking(presold.id)).project_number == "OPP-42"


def _booked(kind: BookingKind, request_id: str) -> BookingDraft:
    return BookingDraft(
        project_number="P-4201",
        legal_entity="NWA-US",
        employee="E102",
        role="Senior Consultant",
        percent=Decimal(60),
        kind=kind,
        start=date(2026, 12, 7),
        end=date(2027, 2, 26),
        staffing_request_id=request_id,
    )


async def test_a_person_is_booked_once_under_its_key_and_fills_the_request(psa: Psa) -> None:
    """Softly first, then for good."""
    wanted = await psa.open_staffing_request(_wanted(), key="role")
    soft = await psa.book(_booked(BookingKind.SOFT, wanted.id), key="soft")
    [proposed] = (await psa.staffing_requests(project_number="P-4201")).items
    hard = await psa.book(_booked(BookingKind.HARD, wanted.id), key="hard")
    again = await psa.book(_booked(BookingKind.HARD, wanted.id), key="hard")
    [filled] = (await psa.staffing_requests(project_number="P-4201")).items
    found = await every(lambda at: psa.bookings(project_number="P-4201", cursor=at))

    assert again == hard
    assert (hard.kind, hard.percent, hard.employee) == ("hard", Decimal(60), "E102")
    assert [each.id for each in found] == [soft.id, hard.id]
    assert (proposed.status, filled.status) == ("soft_booked", "filled")


async def test_a_booking_that_is_cancelled_opens_its_request_again(psa: Psa) -> None:
    """It is found by its id alone, and taking it back twice changes nothing."""
    wanted = await psa.open_staffing_request(_wanted(), key="role")
    made = await psa.book(_booked(BookingKind.HARD, wanted.id), key="hard")
    gone = await psa.cancel_booking(made.id, key="c")
    again = await psa.cancel_booking(made.id, key="c")
    [request] = (await psa.staffing_requests(project_number="P-4201")).items

    assert gone == again == await psa.booking(made.id)
    assert gone.is_cancelled
    assert (await psa.bookings(project_number="P-4201")).items == []
    assert request.status == "open"


async def test_what_a_person_is_booked_for_is_told_over_all_projects(psa: Psa) -> None:
    """And over the deals that are none yet."""
    found = await every(lambda at: psa.bookings(employee_number="E201", cursor=at))
    here = await psa.bookings(project_number="P-2001", employee_number="E201")

    assert [each.project_number for each in found] == ["P-2001", "P-2002"]
    assert {each.employee for each in found} == {"E201"}
    assert [each.project_number for each in here.items] == ["P-2001"]


async def test_a_task_is_created_once_and_done_once(psa: Psa) -> None:
    """A second completion changes nothing."""
    draft = TaskDraft(
        project_number="P-4201",
        legal_entity="NWA-US",
        name="NDA signed",
        owner="sales_operations",
        due=date(2026, 12, 2),
        is_mandatory=True,
    )
    first = await psa.create_task(draft, key="nda")
    again = await psa.create_task(draft, key="nda")
    done = await psa.complete_task(first.id, key="done")
    still = await psa.complete_task(first.id, key="done")
    [listed] = (await psa.tasks(project_number="P-4201")).items

    assert again == first
    assert (first.status, first.is_mandatory) == ("open", True)
    assert done.status == "done"
    assert still == done == listed == await psa.task(first.id)


async def test_bookings_and_tasks_that_nobody_knows_are_not_found(psa: Psa) -> None:
    """An id nobody was given leads nowhere."""
    with pytest.raises(NotFound):
        await psa.task("tk_00000000000000000000000000")
    with pytest.raises(NotFound):
        await psa.booking("bk_00000000000000000000000000")

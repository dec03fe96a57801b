"""What a contract, a project and a person tell of the work ahead is held against what was done."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.project_to_cash.records import EventStatus
from process_apis.quality.looking import READS
from system_apis.canonical.delivery import Project
from system_apis.canonical.people import EmployeeCost
from system_apis.restricted import restricted_within
from tests.process_apis.billing_facts import billing_event
from tests.process_apis.judged_firm import JudgedFirm

AGREEMENT, PROJECT = "agreement/agr-0001", "workspace/P-1"
HOURS = {
    "id": "2000",
    "user_number": "C9",
    "role_name": "Lead",
    "workspace_number": "P-1",
    "date_performed": "2026-10-06",
    "time_in_minutes": "15",
    "billable": True,
    "reference": "TE-2",
}
BOOKED = {
    "id": "399",
    "user_number": "E2",
    "workspace_number": "P-1",
    "percent": "50",
    "hard": True,
    "start_date": "2026-10-01",
    "end_date": "2026-12-31",
    "role_name": "Lead",
    "legal_entity": "ONE",
}


async def test_a_contract_names_its_method_of_revenue_before_its_first_bill(
    firm: JudgedFirm,
) -> None:
    """Nobody misses it until the day of the bill; by the hour it follows by itself."""
    [contract] = (await firm.systems.contracts.contracts(number="CT-1")).items
    planned = replace(
        billing_event("EUR"),
        contract_id=contract.id,
        legal_entity="ONE",
        status=EventStatus.PLANNED,
        planned_date=firm.now.date().replace(day=3),
    )
    await firm.billing.plan([planned])

    firm.rewrite("paper", AGREEMENT, "commercials.billingModel", "FIXED_FEE")
    await firm.read("paper")
    before = await firm.found()
    await firm.a_day_later()
    due = (await firm.open())["DQ-K10"]
    firm.rewrite("paper", AGREEMENT, "commercials.revenueMethod", "POINT_IN_TIME")
    await firm.read("paper")

    assert before == {}
    assert (due.owner, due.detail) == (
        "finance",
        "revenue_method is absent, and none follows from billing_model",
    )
    assert await firm.found() == {}


async def test_an_estimate_below_what_the_work_has_cost_is_found(firm: JudgedFirm) -> None:
    """Eight approved hours at 40; no finding tells what they cost, or what is estimated."""
    firm.arrive("work", PROJECT, _estimated("319.99"))
    await firm.read("work")
    wrong = await firm.found()

    firm.arrive("work", PROJECT, _estimated("320"))
    await firm.read("work")

    assert wrong == {
        "DQ-P5": "estimate_at_completion of 2026-10-01 is below what the work has cost"
    }
    assert await firm.found() == {}


async def test_hours_that_are_approved_later_are_held_against_the_estimate(
    firm: JudgedFirm,
) -> None:
    """Nobody touches the project; hours that nobody approved cost nothing yet."""
    firm.arrive("work", PROJECT, _estimated("320"))
    firm.arrive("work", "time_entry/2000", HOURS | {"approval": "submitted"})
    await firm.read("work")
    before = await firm.found()

    firm.arrive("work", "time_entry/2000", {"approval": "approved"})
    await firm.a_day_later()

    assert before == {}
    assert set(await firm.found()) == {"DQ-P5"}


async def test_an_estimate_is_held_against_no_cost_that_is_not_known(firm: JudgedFirm) -> None:
    """What was found stays until what the hours cost is known again."""
    firm.arrive("work", PROJECT, _estimated("1"))
    await firm.read("work")

    firm.rewrite("staff", "employee/4003", "compensation.0.rate.currency", "USD")
    firm.arrive("work", PROJECT, _estimated("1000"))
    await firm.read("work")
    left = await firm.found()
    firm.rewrite("staff", "employee/4003", "compensation.0.rate.currency", "EUR")
    await firm.a_day_later()

    assert set(left) == {"DQ-P5"}
    assert await firm.found() == {}


async def test_what_a_company_costs_is_asked_once_for_many_projects(firm: JudgedFirm) -> None:
    """Each time is on record: a batch of changes asks for all of them together."""
    firm.open_project("P-2", "CT-2", external_reference="project:2", **_estimated("1"))
    firm.arrive("work", PROJECT, _estimated("1"))
    again = {"operation": "table", "nth": 2, "kind": "commit-then-garbage"}

    await firm.house.set("faults", {"rules": [again]})
    await firm.read("work")

    assert set(await firm.found()) == {"DQ-P5"}
    assert set((await firm.house.fired()).values()) <= {0}


async def test_an_estimate_is_held_against_no_cost_that_hr_does_not_tell(
    firm: JudgedFirm,
) -> None:
    """The answer makes no sense; the project can be judged all the same."""
    firm.arrive("work", PROJECT, _estimated("1") | {"lead": ""})
    await firm.read("work")

    await firm.house.fail("commit-then-garbage", "table")
    firm.arrive("work", PROJECT, _estimated("1000") | {"lead": "E1"})
    await firm.read("work")

    assert set(await firm.found()) == {"DQ-P5"}


async def test_progress_that_went_back_is_found_until_a_note_says_why(firm: JudgedFirm) -> None:
    """A later report that goes a little further explains nothing."""
    back = _report("2026-10-16", 40)
    firm.arrive("work", PROJECT, {"status_reports": [_report("2026-10-09", 60), back]})
    await firm.read("work")
    wrong = await firm.found()

    later = [_report("2026-10-23", 41), _report("2026-10-09", 60), back]
    firm.arrive("work", PROJECT, {"status_reports": later})
    await firm.read("work")
    further = await firm.found()
    explained = [*later[:2], back | {"note": "the second site begins anew"}]
    firm.arrive("work", PROJECT, {"status_reports": explained})
    await firm.read("work")

    assert wrong == {"DQ-P6": "percent_complete went from 60% to 40%"}
    assert further == {"DQ-P6": "percent_complete went from 60% to 41%"}
    assert await firm.found() == {}


async def test_somebody_who_has_left_and_is_booked_is_found(firm: JudgedFirm) -> None:
    """Until the booking ends with the work."""
    firm.arrive("work", "assignment/399", BOOKED)
    firm.arrive("staff", "employee/4002", _left("2026-10-31"))
    await firm.read("staff")
    wrong = await firm.open()

    firm.arrive("work", "assignment/399", {"end_date": "2026-10-31"})
    await firm.a_day_later()

    assert {rule: (each.owner, each.detail) for rule, each in wrong.items()} == {
        "DQ-E3": (
            "resource_manager",
            "termination_date 2026-10-31 is before an assignment to 2026-12-31",
        )
    }
    assert await firm.found() == {}


async def test_who_is_booked_is_not_known_when_the_psa_does_not_tell_it(firm: JudgedFirm) -> None:
    """What was found stays; the person can be judged all the same."""
    firm.arrive("work", "assignment/399", BOOKED)
    firm.arrive("staff", "employee/4002", _left("2026-10-31"))
    await firm.read("staff")

    await firm.house.fail("commit-then-garbage", "bookings")
    firm.arrive("staff", "employee/4002", {"terminationDate": "2026-12-31"})
    await firm.read("staff")

    assert (await firm.found())["DQ-E3"].startswith("termination_date 2026-10-31")


@pytest.mark.parametrize(("last", "found"), [("2026-08-05", {"DQ-E3"}), ("2026-08-03", set())])
async def test_who_left_lately_and_is_booked_afterwards_is_found_the_next_day(
    firm: JudgedFirm, last: str, found: set[str]
) -> None:
    """For ninety days somebody may not know it yet; who left before is looked at no more."""
    firm.arrive("staff", "employee/4002", _left(last))
    await firm.read("staff")
    before = await firm.found()

    firm.arrive("work", "assignment/399", BOOKED)
    await firm.a_day_later()

    assert before == {}
    assert set(await firm.found()) == found


def test_the_looks_may_read_what_people_and_projects_cost() -> None:
    """A door would withhold it else, and nothing would be held against it."""
    asked = {each.scope for kind in (Project, EmployeeCost) for each in restricted_within(kind)}

    assert asked <= READS


def _estimated(cost: str) -> dict[str, object]:
    """Return a workspace's estimate as its manager writes it."""
    cents = int(Decimal(cost) * 100)
    return {"estimate_at_completion_in_cents": cents, "estimated_as_of": "2026-10-01"}


def _report(day: str, percent: int) -> dict[str, object]:
    return {"reported_on": day, "percentage_complete": percent}


def _left(day: str) -> dict[str, object]:
    return {"status": "Inactive", "terminationDate": day, "jobTitle": "Other"}

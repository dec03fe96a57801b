"""Whichever way a contract is billed, its project opens with people asked for and tasks to do."""

from pathlib import Path

from process_apis.engagements import EngagementStatus
from system_apis.canonical.record import Page
from system_apis.canonical.team import Booking, StaffingRequest, Task
from tests.stories.engagement import Engagement, Scene, scene
from tests.stories.strict_firm import strict_firm

WON = "2026-10-05T09:00:40Z"
PROJECTS = {
    "P-1001": ("NWA-US", {"Principal", "Senior Consultant", "Consultant US"}),
    "P-2001": ("NWA-DE", {"Manager", "Consultant DE", "Contractor Specialist"}),
    "P-2002": ("NWA-DE", {"Manager", "Consultant DE", "Contractor Specialist"}),
    "P-3001": ("HAL-UK", {"Engineer"}),
}
CHECKLIST = {"Client kick-off", "System access", "NDA signed", "Collaboration space"}
ORDER = "Purchase order number for the first invoice"


async def test_every_way_of_billing_opens_a_project_with_roles_and_tasks(tmp_path: Path) -> None:
    """Time and materials, a fixed fee, a retainer and a subscription, each role asked for once."""
    roles, tasks, statuses = {}, {}, {}
    async with scene(tmp_path) as stage:
        for project, (entity, _) in PROJECTS.items():
            opened = await Engagement(stage.people, project).set_up()
            statuses[project] = opened.status
            asked = await _read(stage, "staffing-requests", entity, project, Page[StaffingRequest])
            roles[project] = sorted(each.role for each in asked.items)
            todo = await _read(stage, "tasks", entity, project, Page[Task])
            tasks[project] = {each.name for each in todo.items}

    assert set(statuses.values()) == {EngagementStatus.ACTIVE}
    assert roles == {each: sorted(wanted) for each, (_, wanted) in PROJECTS.items()}
    assert tasks == {
        "P-1001": CHECKLIST | {ORDER},
        "P-2001": CHECKLIST,
        "P-2002": CHECKLIST,
        "P-3001": CHECKLIST,
    }


async def test_a_person_whom_sales_promised_is_booked_on_the_project(tmp_path: Path) -> None:
    """The soft booking of the opportunity becomes the project's, and asks for that person."""
    async with scene(tmp_path, project="P-4201") as stage:
        await stage.engagement.at(WON)
        await stage.engagement.set_up()
        booked = await _read(stage, "bookings", "NWA-US", "P-4201", Page[Booking])
        left = await _read(stage, "bookings", "NWA-US", "OPP-42", Page[Booking])
        asked = await _read(stage, "staffing-requests", "NWA-US", "P-4201", Page[StaffingRequest])

    assert [(each.employee, each.kind) for each in booked.items] == [("E202", "soft")]
    assert left.items == []
    assert sorted((each.role, each.person, each.status) for each in asked.items) == [
        ("Consultant DE", "E202", "soft_booked"),
        ("Consultant US", None, "open"),
        ("Senior Consultant", None, "open"),
    ]


async def test_a_project_stays_closed_until_its_mandatory_tasks_are_done(tmp_path: Path) -> None:
    """The project manager is told what is to be done, and opens the project once it is."""
    async with scene(tmp_path, firm=strict_firm(tmp_path / "firm")) as stage:
        case = await stage.engagement.asked("project_manager", "CHECKLIST_OPEN")
        [space] = (await stage.operator.books()).workspaces("P-1001")
        todo = await _read(stage, "tasks", "NWA-US", "P-1001", Page[Task])
        [nda] = [each for each in todo.items if each.is_mandatory]
        done = await stage.people.call(
            "integrator",
            "POST",
            f"/system/psa/v1/tasks/{nda.id}/completion",
            Idempotency_Key="nda-1",
        )
        said = {"resolution": "retry", "note": "the client signed"}
        resumed = await stage.people.call("project_manager", "POST", case.act_at, said)
        assert resumed.status == 200, resumed.body
        project = await stage.engagement.set_up()

    assert "still to be done: Client signs the NDA" in case.title
    assert space.status == "Provisioning"
    assert done.status == 200, done.body
    assert project.status is EngagementStatus.ACTIVE
    assert project.set_up is not None
    assert project.set_up.human_touches == 1


async def _read(
    stage: Scene, what: str, entity: str, project: str, into: type[Page[object]]
) -> Page[object]:
    path = f"/system/psa/v1/{what}?legal_entity={entity}&project_number={project}&on=2026-12-07"
    return await stage.people.read("integrator", path, into)

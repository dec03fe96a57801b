"""A set-up that stops half-way and is given up leaves nothing behind that anybody could use."""

from pathlib import Path

from experience_apis.delivery.projects import ProjectView
from experience_apis.finance.views import ReadinessPage
from process_apis.engagements import EngagementStatus
from process_apis.project_to_cash.records import EventStatus
from tests.stories.books import done_twice
from tests.stories.engagement import Engagement, Scene, scene
from tests.stories.people import until

UK = "P-3001"
WON = "2026-10-05T09:00:40Z"


async def test_a_set_up_that_is_given_up_is_taken_back_while_another_books_set_up_goes_on(
    tmp_path: Path,
) -> None:
    """One ERP refuses the project's number; the other one's project opens all the same."""
    async with scene(tmp_path, project=UK) as stage:
        await stage.operator.take_project_number("erp-b", "HAL-UK", UK, "C-77")
        await stage.engagement.approve("U-PM3", UK)
        case = await stage.engagement.asked("operator", "NUMBER_TAKEN")
        half = await stage.operator.books()
        other = await Engagement(stage.people, "P-1001").set_up()
        await give_up(stage, "operator", case.act_at)
        project = await given_up(stage, UK)
        books = await stage.operator.books()
        events = await stage.people.read(
            "finance", "/experience/finance/v1/readiness", ReadinessPage
        )
        code, said = await stage.gateway.run("audit", "verify")

    assert [each.status for each in half.workspaces(UK)] == ["Provisioning"]
    assert other.status is EngagementStatus.ACTIVE
    assert project.status is EngagementStatus.CANCELLED
    assert [each.status for each in books.workspaces(UK)] == ["Archived"]
    assert [each.is_inactive for each in books.jobs(UK)] == [False], "it is somebody else's"
    assert books.linked("OPP-41") is None
    assert {each.status for each in events.items if each.project_number == UK} == {
        EventStatus.CANCELLED
    }
    assert [each.status for each in books.workspaces("P-1001")] == ["Active"]
    assert done_twice(books) == []
    assert code == 0, said


async def give_up(stage: Scene, who: str, path: str) -> None:
    """Give the work up that a case stopped."""
    said = {"resolution": "cancel", "note": "the client withdrew"}
    answer = await stage.people.call(who, "POST", path, said)
    assert answer.status == 200, answer.body


async def given_up(stage: Scene, project: str) -> ProjectView:
    """Wait until an engagement is cancelled."""
    path = f"/experience/delivery/v1/projects/{project}/progress"

    async def done() -> ProjectView | None:
        view = await stage.people.read("finance", path, ProjectView)
        return view if view.status is EngagementStatus.CANCELLED else None

    return await until(done, f"the end of {project}")

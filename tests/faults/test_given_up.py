"""A set-up that is given up is taken back whole, though the gateway is killed meanwhile."""

from pathlib import Path

import pytest

from process_apis.engagements import EngagementStatus
from system_apis.canonical.record import Page
from system_apis.canonical.team import Booking, StaffingRequest
from tests.faults.killer import ANY_WRITE, Killer
from tests.stories.books import done_twice
from tests.stories.engagement import scene
from tests.stories.strict_firm import strict_firm
from tests.stories.test_set_up_given_up import WON, give_up, given_up

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 11))]
PROJECT, SALE = "P-4201", "OPP-42"
OF = "legal_entity=NWA-US&on=2026-12-07&project_number="


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_set_up_that_is_given_up_and_killed_twice_is_taken_back_once(
    tmp_path: Path, seed: int
) -> None:
    """All was made but the last step; all of it is undone, each thing once."""
    firm = strict_firm(tmp_path / "firm")
    async with scene(tmp_path, firm=firm, project=PROJECT) as stage:
        killer = Killer(stage, seed)
        await stage.engagement.at(WON)
        await stage.engagement.approve("sales_operations", f"{PROJECT}: set-up")
        await stage.engagement.approve("finance", f"{PROJECT}: set-up")
        case = await stage.engagement.asked("project_manager", "stopped set-up-resumed")
        made = await stage.operator.books()
        await killer.lie_in_wait(ANY_WRITE, 3)
        await give_up(stage, "project_manager", case.act_at)
        await killer.strike()
        await killer.lie_in_wait(ANY_WRITE, 1)
        await stage.gateway.begin()
        await killer.strike()
        await stage.gateway.start()
        project = await given_up(stage, PROJECT)
        books = await stage.operator.books()
        path = "/system/psa/v1/bookings?" + OF
        presold = await stage.people.read("integrator", path + SALE, Page[Booking])
        kept = await stage.people.read("integrator", path + PROJECT, Page[Booking])
        path = "/system/psa/v1/staffing-requests?" + OF
        asked = await stage.people.read("integrator", path + PROJECT, Page[StaffingRequest])
        code, said = await stage.gateway.run("verify")

    assert (made.linked(SALE), books.linked(SALE)) == (PROJECT, None)
    assert [each.status for each in made.workspaces(PROJECT)] == ["Provisioning"]
    assert [each.status for each in books.workspaces(PROJECT)] == ["Archived"]
    assert [each.is_inactive for each in books.jobs(PROJECT)] == [True]
    assert ([each.employee for each in presold.items], kept.items) == (["E202"], [])
    assert {each.status for each in asked.items} == {"cancelled"}
    assert project.status is EngagementStatus.CANCELLED
    assert len(killer.moments) == 2
    assert done_twice(books) == []
    assert code == 0, said

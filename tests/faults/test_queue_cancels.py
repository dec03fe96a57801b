"""Work that a system refuses may be given up over HTTP, and nothing that it began lacks an end."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import Struct

from process_apis.approvals.requests import Decision
from process_apis.commands import CommandStatus
from process_apis.events.changes import ChangeSubmitted
from process_apis.events.event import Event
from process_apis.events.procurement import OrderRequested
from process_apis.events.staffing import BookingAgreed
from process_apis.exceptions.queue import Resolution
from process_apis.giving_up import given_up
from tests.faults import written_off
from tests.faults.bought_services import BoughtServices
from tests.faults.changed_project import ASKS, COMPANY
from tests.faults.cutting import Carried, carrying
from tests.faults.scenes import bought, recorded
from tests.faults.test_booking_kills import Staffed
from tests.faults.test_client_notices import LATER
from tests.faults.test_queue_walks import ANSWERED
from tests.faults.walking import REFUSING, desk_of
from tests.faults.written_off import WrittenOff

Stage = Callable[[], Awaitable[str]]


class Refused(Struct, frozen=True):
    """Work that is refused: its event, and where that stands which it is about."""

    event: Event
    stage: Stage


async def booked(carried: Carried) -> Refused:
    """A person is to be booked."""
    works = carried.works
    assert isinstance(works, Staffed)
    case = await works.asked("one", "50")

    async def stage() -> str:
        return (await works.cases.get(case.id)).stage

    return Refused(BookingAgreed(booking_case_id=case.id, legal_entity=COMPANY), stage)


async def ordered(carried: Carried) -> Refused:
    """A contractor is to be ordered."""
    works = carried.project
    assert isinstance(works, BoughtServices)
    await works.cleared()
    request = await works.asked("once")

    async def stage() -> str:
        return (await works.requests.get(request.id)).stage

    return Refused(OrderRequested(request_id=request.id, legal_entity=COMPANY), stage)


async def changed(carried: Carried) -> Refused:
    """A change is to be put before those who agree to it."""
    project = carried.project
    request_id = await recorded(project, "CR-1")
    plan = await project.surveying.change(request_id, by=ASKS)
    own = await project.asking.submission(request_id, plan.ground, by=ASKS)

    async def stage() -> str:
        there = await project.systems.contracts.change_request(request_id)
        return f"{(await project.applications.get(own)).state}, {there.status}"

    return Refused(ChangeSubmitted(application_id=own, legal_entity=COMPANY), stage)


async def gone(carried: Carried) -> Refused:
    """A milestone is to be written off, as everybody agreed."""
    works = carried.works
    assert isinstance(works, WrittenOff)
    [event] = await works.answered(await works.asked("M1"), Decision.APPROVE)

    async def stage() -> str:
        return f"{(await works.project.event('M1')).status}"

    return Refused(event, stage)


async def planned(carried: Carried) -> Refused:
    """A milestone is to be moved, as everybody agreed."""
    project = carried.project
    event = await project.event("M2")
    plan = await project.surveying.milestone(event.id, LATER, by=ASKS)
    asked = await project.asking.milestone(event.id, LATER, plan.ground, by=ASKS)
    await carried.done(asked)
    [agreed] = await carried.decided(asked.application_id, Decision.APPROVE)

    async def stage() -> str:
        return (await project.applications.get(asked.application_id)).state

    return Refused(agreed, stage)


GIVEN_UP = {
    "a booking": (carrying(Staffed), booked, "declined"),
    "an order": (bought, ordered, "cancelled"),
    "a change": (carrying(lambda _: None), changed, "rejected, withdrawn"),
    "a plan": (carrying(lambda _: None), planned, "rejected"),
    "a write-off": (written_off.given_up, gone, "blocked"),
}


@pytest.mark.parametrize("what", GIVEN_UP)
async def test_work_that_a_system_refuses_is_given_up_and_has_its_end(
    tmp_path: Path, what: str
) -> None:
    """Its owner says so, once and with a reason; what it began is taken back by itself."""
    opened, begun, ends = GIVEN_UP[what]
    (tmp_path / "desk").mkdir()
    async with (
        opened(tmp_path) as carried,
        desk_of(carried.project.workshop, tmp_path / "desk") as desk,
    ):
        refused = await begun(carried)
        event, workshop = refused.event, carried.project.workshop
        failing = {"rules": [{"operation": "*", "kind": REFUSING.kind}]}
        await carried.project.house.set("faults", failing)
        stopped = await carried.done(event)
        await carried.project.house.set("faults", {})
        [case] = await desk.open_of([event.business_key])
        walk = await desk.walk(case, Resolution.CANCEL)
        follows = given_up(event)
        assert follows is not None
        followed = await carried.resumed(follows.business_key)
        command = await workshop.commands.find(event.business_key)
        left, stage = await workshop.exceptions.all_open(), await refused.stage()

    assert (stopped, followed) == (CommandStatus.PARKED, CommandStatus.DONE)
    assert (case.owner_role, REFUSING.says in case.reason) == ("operator", True)
    assert (walk.answers, walk.resolved.note) == (ANSWERED, "it is back")
    assert command is not None
    assert (command.status, command.outcome) == (CommandStatus.CANCELLED, "it is back")
    assert (left, stage) == ([], ends)

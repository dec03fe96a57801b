"""A deal that is won or signed alone is told to sales operations after ten business days."""

import json
from pathlib import Path

import pytest

from experience_apis.worklist.items import Item
from experience_apis.worklist.v1 import Worklist
from process_apis.engagements import EngagementStatus
from process_apis.exceptions.queue import ExceptionStatus, OpenException
from tests.stories.engagement import Scene, scene
from tests.stories.owing_firm import contract, write_firm
from tests.stories.people import until

PROJECT = "W-A"
BEGINS = "2027-01-19T08:00:00Z"
FIRST = "2027-01-20T09:00:00Z"
SECOND = "2027-02-10T09:00:00Z"
# Ten business days after 20 January are over with 3 February, and with the 4th after a holiday.
HOLIDAY = "2027-02-02"
TENTH_DAY = "2027-02-04T23:30:00Z"
DAY_AFTER = "2027-02-05T00:30:00Z"


@pytest.mark.parametrize(
    ("won_at", "signed_at", "code"),
    [(FIRST, SECOND, "CONTRACT_NOT_SIGNED"), (SECOND, FIRST, "OPPORTUNITY_NOT_WON")],
)
async def test_the_other_half_of_a_deal_that_comes_late_is_asked_for_once(
    tmp_path: Path, won_at: str, signed_at: str, code: str
) -> None:
    """Not on the tenth day, though the gateway was away; and the case ends by itself, with why."""
    firm = deal_firm(tmp_path / "firm", won_at, signed_at)
    async with scene(tmp_path, firm=firm, begins=BEGINS, project=PROJECT) as stage:
        await stage.engagement.at("2027-01-21T08:00:00Z")
        await stage.settled()
        await stage.gateway.kill()
        await stage.gateway.start()
        await stage.engagement.at(TENTH_DAY)
        await stage.settled()
        on_the_tenth_day = await _cases(stage)
        await stage.engagement.at(DAY_AFTER)
        case = await stage.engagement.asked("sales_operations", code)
        await stage.engagement.at("2027-02-09T08:00:00Z")
        await stage.settled()
        weeks_later = await _cases(stage)
        await stage.engagement.at(SECOND)
        project = await stage.engagement.set_up()
        closed = await until(lambda: _resolved(stage, case), "the end of the case")
        at_last = await _cases(stage)

    assert on_the_tenth_day == []
    assert [each.id for each in weeks_later] == [case.id]
    assert project.status is EngagementStatus.ACTIVE
    assert closed.note == f"S-{PROJECT} is won, its contract signed"
    assert closed.resolved_by == "process:opportunity-to-project"
    assert at_last == []


async def _cases(stage: Scene) -> list[Item]:
    found = await stage.people.read("sales_operations", "/experience/worklist/v1/", Worklist)
    return [each for each in found.items if each.kind == "exception"]


async def _resolved(stage: Scene, item: Item) -> OpenException | None:
    path = f"/process/exceptions/v1/{item.id}"
    case = await stage.people.read("operator", path, OpenException)
    return case if case.status is ExceptionStatus.RESOLVED else None


def deal_firm(folder: Path, won_at: str, signed_at: str) -> Path:
    """Write a firm that sells once, won and signed at two moments, and return its folder."""
    sold = contract(
        PROJECT,
        "KWD",
        "RETAINER",
        monthly="500",
        included_hours="10",
        overage_rate="33.333",
        signed_at=signed_at,
    )
    firm = write_firm(folder, [sold], currency="KWD")
    path = firm / "fixture.json"
    facts = json.loads(path.read_text())
    facts["opportunities"][0]["closed_won_at"] = won_at
    person = {"id": "U-9", "name": "Sales", "roles": ["sales_operations"], "entities": ["KB-1"]}
    facts["people"].append(person)
    for each in facts["entities"]:
        each["calendar_holidays"] = [HOLIDAY]
    path.write_text(json.dumps(facts))
    return firm

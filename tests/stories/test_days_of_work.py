"""What is handed in is told by its day, and judged beside what is told at the same moment."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio

from process_apis.time_and_expense.records import HandedIn
from tests.stories.engagement import Scene, scene
from tests.stories.people import Answer
from tests.stories.timesheets import LUNCH, WORK, codes, hand_in

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("days")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """The firm on the 14th of October, with one project that takes time."""
    async with scene(tmp_path_factory.mktemp("days")) as found:
        await found.engagement.set_up()
        await found.engagement.at("2026-10-14T20:00:00Z")
        yield found


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_day_that_cannot_be_meant_is_pointed_at(stage: Scene, day: str) -> None:
    """Also where no rule could reckon with it; a trip of thousands of years is none."""
    late = await hand_in(stage, "T-7", work_date=day)
    spent = LUNCH | {"number": "X-7", "date": day}
    paid = await stage.people.call("E101", "POST", f"{WORK}/expenses", spent)
    trip = {"start": "2026-10-14", "end": "9999-12-31"}
    away = LUNCH | {"number": "X-8", "category": "per_diem", "trip": trip}
    endless = await stage.people.call("E101", "POST", f"{WORK}/expenses", away)

    assert [each.status for each in (late, paid, endless)] == [422, 422, 422]
    assert [_pointers(each) for each in (late, paid, endless)] == [
        ["/work_date"],
        ["/date"],
        ["/trip"],
    ]


@pytest.mark.parametrize(("day", "status"), [("2026-10-14", 202), ("2026-10-15", 422)])
async def test_an_expense_is_claimed_once_it_is_spent(stage: Scene, day: str, status: int) -> None:
    """A day that has not come where the company is has no receipt yet."""
    spent = LUNCH | {"number": f"X-{day}", "date": day, "receipt_hash": f"sha256:{day}"}
    told = await stage.people.call("E101", "POST", f"{WORK}/expenses", spent)

    assert told.status == status
    assert status == 202 or _pointers(told) == ["/date"]


async def test_hours_that_are_told_at_once_are_judged_beside_each_other(stage: Scene) -> None:
    """However many rows of a day an app sends at the same moment: it has 24 hours."""
    told = await asyncio.gather(
        *(
            hand_in(stage, f"T-2{each}", who="E103", **_of_e103(hours=f"1{each}"))
            for each in range(3, 6)
        )
    )

    assert sorted(each.status for each in told) == [200, 200, 202]
    assert [codes(each.read(HandedIn))[0] for each in told if each.status == 200] == ["T01"] * 2


def _of_e103(**more: object) -> dict[str, object]:
    return {"employee": "E103", "work_date": "2026-10-13"} | more


def _pointers(answer: Answer) -> list[str]:
    """Return what a problem points at."""
    return [each["pointer"] for each in msgspec.json.decode(answer.body)["errors"]]

"""What gives up while its systems fail comes into one queue, and is carried on over HTTP."""

from pathlib import Path

import pytest

from process_apis.exceptions.queue import DUE_WITHIN, ExceptionStatus
from tests.faults.scenes import SCENES, STARTED
from tests.faults.test_restarts import came_to
from tests.faults.walking import (
    AWAY,
    DRIFTED,
    REFUSING,
    Hindrance,
    Walk,
    Walked,
    desk_of,
)

# What no system's absence stops: of our own records or the firm's mail alone, or asked beside them.
ASKS_NO_SYSTEM = {
    "change-requests": {"ask", "drop", "notice", "tell"},
    "client-pair-decided": {""},
    "intake": {"ask", "drop"},
    "procure-to-pay": {"give-up", "reject", "want", "decline", "drop"},
    "project-to-cash": {
        *("give-up-mail", "no-mail", "no-reminder", "no-write-off"),
        *("propose-credit", "send-back", "send-back-credit", "send-mail"),
    },
    "resource-to-revenue": {"approve", "ask", "decline"},
    "subscriptions": {"disabled", "given-up"},
}
# Begins when the work before it is done: its systems are back by then.
FOLLOWS = {"procure-to-pay.post-bill"}
EXCUSED = FOLLOWS | {
    f"{stream}.{each}" if each else stream for stream, of in ASKS_NO_SYSTEM.items() for each in of
}
# The others are played when there is an hour.
AT_ONCE = [
    ("staffing", AWAY),
    ("sending-back", AWAY),
    ("staffing", REFUSING),
    ("staffing", DRIFTED),
]
ANSWERED = (
    ("a reader", 403),
    ("another role", 404),
    ("whose work it is", 403),
    ("despite it", 409),
    ("despite it", 409),
    ("the owner", 200),
    ("the owner again", 409),
)
PLAYED = [
    pytest.param(
        scene,
        hindrance,
        marks=() if (scene, hindrance) in AT_ONCE else pytest.mark.soak,
        id=f"{scene}-{hindrance.kind}",
    )
    for hindrance in (AWAY, REFUSING, DRIFTED)
    for scene in SCENES
]


async def _walked(folder: Path, scene: str, hindrance: Hindrance) -> tuple[Walked, dict[str, int]]:
    """Play a scene whose systems fail whenever work begins, and carry it on by the queue."""
    opened, play = SCENES[scene]
    async with (
        opened(folder) as carried,
        desk_of(carried.project.workshop, folder / "desk") as desk,
    ):
        walked = Walked(carried, desk, hindrance)
        await play(walked)
        return walked, await came_to(walked)


async def _undisturbed(folder: Path, scene: str) -> dict[str, int]:
    opened, play = SCENES[scene]
    async with opened(folder) as carried:
        await play(carried)
        return await came_to(carried)


@pytest.mark.parametrize(("scene", "hindrance"), PLAYED)
async def test_work_whose_systems_failed_is_carried_on_by_the_queue_to_the_same_end(
    tmp_path: Path, scene: str, hindrance: Hindrance
) -> None:
    """Each case says whose it is, until when and where to look; only its owner decides, once."""
    for each in ("undisturbed", "walked"):
        (tmp_path / each / "desk").mkdir(parents=True)
    meant = await _undisturbed(tmp_path / "undisturbed", scene)
    walked, found = await _walked(tmp_path / "walked", scene, hindrance)

    stopped = {each.case.process for each in walked.walks}
    assert stopped == STARTED[scene] - EXCUSED | stopped & {"change-requests.apply"}
    assert [each for each in walked.walks if not _is_whole(each, hindrance)] == []
    assert [each.answers for each in walked.walks] == [ANSWERED] * len(walked.walks)
    assert _of_work(found) == _of_work(meant)
    decided = sum(found.get(f"told exception.{each}", 0) for each in ("retry", "fix_data"))
    assert decided == len(walked.walks) + meant.get("told exception.retry", 0)


def _is_whole(walk: Walk, hindrance: Hindrance) -> bool:
    """Whether a case says all that a person needs, and its refusal what is offered instead."""
    case, resolved = walk.case, walk.resolved
    return all(
        (
            hindrance.owners.get(case.code) == case.owner_role,
            case.due_at - case.opened_at == DUE_WITHIN,
            case.evidence,
            hindrance.says in case.reason,
            "offers retry, fix_data and cancel" in walk.refusal,
            (resolved.status, resolved.resolved_by) == (ExceptionStatus.RESOLVED, "U-OP1"),
            resolved.note == "it is back",
        )
    )


def _of_work(came_to: dict[str, int]) -> dict[str, int]:
    """Return what a scene came to, but for what the audit tells of the queue itself."""
    return {each: count for each, count in came_to.items() if "exception." not in each}


def test_every_process_that_a_scene_starts_is_walked_or_says_why_not() -> None:
    """And nobody is excused who is not there any more."""
    assert set().union(*STARTED.values()) >= EXCUSED
    assert {scene for scene, _ in AT_ONCE} <= set(SCENES)

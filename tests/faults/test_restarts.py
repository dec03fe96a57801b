"""A program that is cut off after any step, and started again, comes to the same end."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gateway.demo.comparison import Comparison
from governance.audit_chain.streams import Stream, stream_of
from tests.faults.cutting import Carried
from tests.faults.restarting import Cuts, begun, played, told_of
from tests.faults.scenes import SCENES, STARTED
from tests.firms.expecting import expected
from tests.firms.invented import one_project
from tests.forked import ROOT

IN_A_MONTH = {
    "adoption": ("invoice", "project"),
    "handover-of-signature": (),
    "handover-of-win": (),
    "notices": ("tell",),
    "opportunity-to-project": (),
    "procure-to-pay": ("accrue", "look-late", "see-bill", "send-back"),
    "project-to-cash": (
        "",
        "adjust",
        "approve",
        "approve-amount",
        "approve-credit",
        "approve-credit-amount",
        "post",
        "post-credit",
        "release-held",
        "remind",
        "send-reminder",
        "service-credit",
        "service-credit-of-posted",
        "settle",
    ),
    "resource-to-revenue": ("freeze",),
    "revenue": ("", "approve", "draft"),
    "set-up-resumed": (),
    "time-and-expense": ("", "approve", "pay", "reject"),
}
MONTH = {
    f"{stream}.{each}" if each else stream
    for stream, parts in IN_A_MONTH.items()
    for each in parts or ("",)
}
# Cut off by tests of their own: merges after each step, what was given up at random writes.
OF_THEIR_OWN = {
    "client-merge": "tests/faults/test_merge_kills.py",
    "client-merge-decided": "tests/faults/test_merge_kills.py",
    "client-unmerge": "tests/faults/test_merge_kills.py",
    "client-unmerge-decided": "tests/faults/test_merge_kills.py",
    "set-up-given-up": "tests/faults/test_given_up.py",
}
TOLD = "messaging.send_notice"
WRITES = {"create_project", "write", "recognize"}


async def _played(folder: Path, scene: str, after: int | None) -> tuple[Carried, dict[str, int]]:
    """Play a scene, cut off after so many steps or not at all, and return what it came to."""
    opened, play = SCENES[scene]
    async with opened(folder) as carried:
        carried.cuts.left = after
        await play(carried)
        return carried, await came_to(carried)


async def came_to(carried: Carried) -> dict[str, int]:
    """Return what the systems hold, what the audit tells of how often, and what waits."""
    project = carried.project
    systems = msgspec.json.decode(await project.house.ask("ledger"))["instances"]
    held = {
        f"{instance} holds {kind}": len(records)
        for instance, kinds in systems.items()
        for kind, records in kinds.items()
    }
    told = await told_of(project.workshop.store)
    waiting = await project.workshop.exceptions.all_open()
    return (
        held
        | {f"told {each}": count for each, count in told.items()}
        | Counter(f"waits {each.code}" for each in waiting)
        | {f"saw {each}": count for each, count in carried.saw.items()}
    )


def _done(told: dict[str, int]) -> dict[str, int]:
    return {each: count for each, count in told.items() if stream_of(each) is Stream.EFFECTS}


def _made(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


def _first_middle_last(steps: int) -> list[int]:
    return [0, steps // 2, steps - 1] if steps > 8 else [*range(steps)]


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize(
    "chosen", [_first_middle_last, pytest.param(range, marks=pytest.mark.soak, id="every")]
)
async def test_a_scene_that_is_cut_off_after_a_step_comes_to_the_same_end(
    tmp_path: Path, scene: str, chosen: Callable[[int], list[int]]
) -> None:
    """Every record is there as often, every thing is told of as often, and the same waits."""
    undisturbed, meant = await _played(_made(tmp_path, "undisturbed"), scene, None)
    assert begun(undisturbed.cuts.order) | undisturbed.ended >= STARTED[scene]

    for after in chosen(len(undisturbed.cuts.order)):
        cut, found = await _played(_made(tmp_path, f"after-{after}"), scene, after)
        assert cut.cuts.made == [undisturbed.cuts.order[after]]
        assert dict(found.items() - meant.items()) == dict(meant.items() - found.items()), after


async def test_a_month_that_is_cut_off_at_its_writes_comes_to_the_same_figures(
    tmp_path: Path,
) -> None:
    """And every process that the program has is cut off somewhere."""
    firm, cuts = one_project(), Cuts(lambda step: step.rpartition(".")[2] in WRITES)
    firm.write(tmp_path / "firm")
    ended = await played(_made(tmp_path, "played"), tmp_path / "firm", cuts)

    meant = expected(firm.facts)
    elsewhere = set().union(*STARTED.values(), OF_THEIR_OWN)
    assert Comparison(ended.chapter.computed, meant).differences == []
    assert ended.chapter.broken == []
    assert {each.rpartition(".")[2] for each in cuts.made} == WRITES
    assert ended.registered == MONTH | elsewhere
    assert not MONTH & elsewhere
    assert {each for each in OF_THEIR_OWN.values() if not (ROOT / each).exists()} == set()


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_a_month_that_is_cut_off_after_every_step_comes_to_the_same_end(
    tmp_path: Path,
) -> None:
    """Northwind's: what the systems hold, and what was done to them, is as if nothing had happened.

    What is asked of people and told to them depends on how long they take. A message that was
    under way when the program was cut off may come twice, and is told of once.
    """
    northwind = ROOT / "northwind"
    undisturbed = await played(_made(tmp_path, "undisturbed"), northwind, Cuts(lambda _: False))
    cuts = Cuts(lambda _: True)
    ended = await played(_made(tmp_path, "cut"), northwind, cuts)

    assert begun(cuts.made) >= MONTH
    assert ended.chapter.computed == undisturbed.chapter.computed
    assert ended.chapter.broken == []
    assert ended.held == undisturbed.held
    done, meant = _done(ended.told), _done(undisturbed.told)
    assert len(set(ended.messages)) == done.pop(TOLD) > 0
    assert done == {each: count for each, count in meant.items() if each != TOLD}

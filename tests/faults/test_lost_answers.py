"""Whatever becomes of the systems' answers, each thing is done once."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.engagement import EACH_ONCE, scene

WRITES = (
    "create_project",
    "create_ledger_project",
    "create_invoice",
    "post_invoice",
    "record_payment",
)


def _first(*kinds: str) -> list[Mapping[str, object]]:
    """Return rules by which the first calls of every write go wrong, each in another way."""
    return [
        {"operation": write, "nth": count, "kind": kind}
        for write in WRITES
        for count, kind in enumerate(kinds, start=1)
    ]


LOST = {"rules": _first("commit-then-reset")}
UNREADABLE = {"rules": _first("commit-then-500", "commit-then-garbage")}
BUSY = {"rules": _first("503-before", "429-seconds", "reset-before")}
# Nearly a second after the gateway stopped waiting, and within the two that a system may take.
LATE = {"rules": _first("late-commit"), "late_seconds": 1.4}


@pytest.mark.parametrize(
    ("faults", "impatient"),
    [(LOST, ()), (UNREADABLE, ()), (BUSY, ()), (LATE, ("psa", "erp-a"))],
    ids=["lost", "unreadable", "busy", "late"],
)
async def test_every_write_is_done_once_whatever_becomes_of_its_answer(
    tmp_path: Path, faults: Mapping[str, object], impatient: tuple[str, ...]
) -> None:
    """One project, one invoice and one payment, for the amount that was expected."""
    async with scene(tmp_path, faults=faults, impatient=impatient) as stage:
        drafted = await stage.engagement.drafted()
        await stage.engagement.approved_by_all()
        await stage.engagement.paid()
        booked = await stage.posted_once()
        counts = await stage.counts()
        played = {each.operation for each in (await stage.operator.faults()).log}

    assert played == set(WRITES), "a fault that was not played proves nothing"
    assert counts == EACH_ONCE
    assert (booked.total, booked.amount_due) == (drafted.expected.value, Decimal(0))

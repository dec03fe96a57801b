"""Whatever becomes of the systems' answers, each thing is done once."""

from pathlib import Path

import pytest

from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.books import done_twice
from tests.stories.engagement import Scene, scene

WRITES = ("create_project", "create_ledger_project", "create_invoice", "post_invoice", "record_payment")
# The ERP's and the PSA's connectors give up after half a second, and a late commit comes
# 0.9 s later than that: well within the two seconds that they are declared to need at most.
IMPATIENT = """
[systems.{kind}.{instance}]
connector = "sandbox"
config = {{ connection = {{ base_url = "{url}/{instance}", timeout_ms = 500 }} }}
"""


def _each(*kinds: str) -> list[dict[str, object]]:
    """Return rules by which the first calls of every write go wrong, one kind after another."""
    return [
        {"operation": write, "nth": count, "kind": kind}
        for write in WRITES
        for count, kind in enumerate(kinds, start=1)
    ]


@pytest.mark.parametrize(
    ("kinds", "plan"),
    [
        (("commit-then-reset",), {}),
        (("commit-then-500", "commit-then-garbage"), {}),
        (("503-before", "429-seconds", "reset-before"), {}),
        (("late-commit",), {"late_seconds": 1.4}),
    ],
    ids=["lost answers", "answers that say nothing", "busy systems", "late commits"],
)
async def test_every_write_is_done_once_whatever_becomes_of_its_answer(
    tmp_path: Path, kinds: tuple[str, ...], plan: dict[str, object]
) -> None:
    """One project, one invoice and one payment, for the amounts that were expected."""
    async with scene(tmp_path, impatient=True, rules=_each(*kinds), plan=plan) as stage:
        await stage.engagement.drafted()
        await stage.engagement.approved_by_all()
        invoice = await stage.engagement.paid()
        books = await stage.operator.books()
        played = {each.operation for each in (await stage.operator.faults()).log}

    assert played == set(WRITES), "a fault that was not played proves nothing"
    await _once(stage)
    assert invoice.stage is InvoiceStage.PAID
    assert done_twice(books) == []

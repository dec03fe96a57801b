"""A draft that is sent back: its work is unbilled again, and billed once in the end."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from experience_apis.worklist.v1 import Worklist
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from tests.stories.engagement import EACH_ONCE, Scene, scene
from tests.stories.people import until


class Allocated(Struct, frozen=True):
    """What the allocation ledger says of one source: how much of it is billed, and may be."""

    billed: Decimal
    approved: Decimal
    entries: int


async def test_a_rejected_draft_is_drafted_anew_and_billed_once(tmp_path: Path) -> None:
    """Each source is never billed beyond what was approved, and once in the posted invoice."""
    async with scene(tmp_path) as stage:
        engagement = stage.engagement
        first = await engagement.drafted()
        question = await engagement.asked("project_manager", "invoice of")
        answer = await engagement.decide("project_manager", question, "reject")
        await until(lambda: _is_returned(stage), "the event of the rejected draft")
        taken_back = _allocations(stage)
        still_asked = await stage.people.read(
            "project_manager", "/experience/worklist/v1/", Worklist
        )
        await engagement.check_again()
        second = await engagement.invoice(InvoiceStage.PENDING_APPROVAL)
        await engagement.approved_by_all()
        await engagement.paid()
        billed = _allocations(stage)
        booked = await stage.posted_once()
        counts = await stage.counts()

    assert answer.status == 200
    assert taken_back
    assert {each.billed for each in taken_back.values()} == {Decimal(0)}
    assert still_asked.items == []
    assert second.id != first.id
    assert second.lines == first.lines
    assert all(each.billed == each.approved for each in billed.values())
    assert {each.entries for each in billed.values()} == {3}
    assert counts == EACH_ONCE
    assert booked.total == second.expected.value


async def _is_returned(stage: Scene) -> bool:
    return (await stage.engagement.readiness()).status is EventStatus.RETURNED


def _allocations(stage: Scene) -> dict[tuple[str, str], Allocated]:
    """Read the allocation ledger as it stands; on the way it may never have gone astray."""
    with closing(sqlite3.connect(stage.gateway.data_dir / "strata.sqlite")) as store:
        rows = store.execute(
            "SELECT source_type, source_id, sign, quantity, approved"
            " FROM billing_allocations JOIN client_invoices ON client_invoices.id = invoice_id"
            " WHERE project_number = 'P-1001' ORDER BY billing_allocations.id"
        ).fetchall()
    sums: dict[tuple[str, str], Allocated] = defaultdict(
        lambda: Allocated(Decimal(0), Decimal(0), 0)
    )
    for kind, source, sign, quantity, approved in rows:
        before = sums[kind, source]
        billed = before.billed + sign * Decimal(quantity)
        assert 0 <= billed <= Decimal(approved), f"{kind} {source}"
        sums[kind, source] = Allocated(billed, Decimal(approved), before.entries + 1)
    return dict(sums)

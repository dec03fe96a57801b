"""What a system took only half of is taken out again, and written whole once."""

import json
from pathlib import Path

from experience_apis.finance.v1 import CreditNotePage
from experience_apis.finance.views import CreditNoteView
from experience_apis.worklist.v1 import Worklist
from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.engagement import Scene, scene
from tests.stories.people import until
from tests.stories.programs import NORTHWIND

EXPECTED = json.loads((NORTHWIND / "expected.json").read_text())
WRONG = EXPECTED["credit_rebill"]["credits_time_entries"]

HALF = {
    "rules": [
        {"operation": "assign_rate_card", "nth": 1, "kind": "half-apply"},
        {"operation": "create_invoice", "nth": 1, "kind": "half-apply"},
        {"operation": "create_invoice", "nth": 2, "kind": "half-apply"},
    ]
}
HALF_CREDIT = {"rules": [{"operation": "create_credit_note", "nth": 1, "kind": "half-apply"}]}


async def test_an_invoice_that_was_written_in_half_is_posted_whole_and_once(
    tmp_path: Path,
) -> None:
    """Two halves are void, one whole is posted, and nobody is bothered."""
    async with scene(tmp_path, faults=HALF) as stage:
        drafted = await stage.engagement.drafted()
        await stage.engagement.approved_by_all()
        await stage.engagement.invoice(InvoiceStage.POSTED)
        played = {each.operation for each in (await stage.operator.faults()).log}
        books = await stage.operator.books()
        waiting = await stage.people.read("finance", "/experience/worklist/v1/", Worklist)

    assert played == {"assign_rate_card", "create_invoice"}
    assert [each.total for each in books.invoices("P-1001")] == [drafted.expected.value]
    assert len(books.void("P-1001")) == 2
    assert [each for each in waiting.items if each.kind not in {"approval", "quality"}] == []


async def test_a_credit_note_that_was_written_in_half_is_posted_whole_and_once(
    tmp_path: Path,
) -> None:
    """The half is void, the whole takes off what it should, and nobody is bothered."""
    async with scene(tmp_path, faults=HALF_CREDIT) as stage:
        await stage.engagement.drafted()
        await stage.engagement.approved_by_all()
        invoice = await stage.engagement.invoice(InvoiceStage.POSTED)
        address = f"/process/project-to-cash/v1/invoices/{invoice.id}/credits"
        wish = {"sources": WRONG, "reason": "recorded twice"}
        asked = await stage.people.call("finance", "POST", address, wish)
        await stage.engagement.approve("project_manager", "credit of")
        note = await until(lambda: _posted(stage), "the posted credit note")
        memos = (await stage.operator.books()).credits("P-1001")
        waiting = await stage.people.read("finance", "/experience/worklist/v1/", Worklist)

    assert asked.status == 202, asked.body
    assert sorted(memo.status for memo in memos) == ["Fully Applied", "Voided"]
    assert [memo.total for memo in memos if memo.items] == [note.expected.value]
    assert [each for each in waiting.items if each.kind not in {"approval", "quality"}] == []


async def _posted(stage: Scene) -> CreditNoteView | None:
    page = await stage.people.read("finance", "/experience/finance/v1/credit-notes", CreditNotePage)
    return next((each for each in page.items if each.posted), None)

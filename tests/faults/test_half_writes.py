"""What a system took only half of is taken out again, and written whole once."""

from pathlib import Path

from experience_apis.worklist.v1 import Worklist
from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.engagement import scene

HALF = {
    "rules": [
        {"operation": "assign_rate_card", "nth": 1, "kind": "half-apply"},
        {"operation": "create_invoice", "nth": 1, "kind": "half-apply"},
        {"operation": "create_invoice", "nth": 2, "kind": "half-apply"},
    ]
}


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
    assert [each for each in waiting.items if each.kind != "approval"] == []

"""What is approved after its month was billed is billed by one more invoice of the month."""

from pathlib import Path

from process_apis.project_to_cash.records import InvoiceStage
from process_apis.time_and_expense.records import HandedIn, RowStatus
from tests.stories.engagement import EVENING, Scene, scene
from tests.stories.test_down_payment import posted_invoices
from tests.stories.timesheets import LUNCH, WORK, become


async def test_an_expense_that_comes_after_the_invoice_is_billed_once_more(
    tmp_path: Path,
) -> None:
    """October's receipt comes in November; November's own waits for November's invoice."""
    async with scene(tmp_path) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.at(EVENING)
        await engagement.approve("finance", "over the cap")
        await engagement.approved_by_all()
        await engagement.invoice(InvoiceStage.POSTED)
        await engagement.at("2026-11-02T14:00:00Z")
        await _spent(stage, "X-1", "2026-10-29", "20.00")
        await _spent(stage, "X-2", "2026-11-02", "30.00")
        await engagement.approve("U-PM1", "P-1001: invoice of 20.00 USD for 2026-10")
        posted = await posted_invoices(engagement, 2)

    assert [each.expected.amount for each in posted] == ["58640.50", "20.00"]


async def _spent(stage: Scene, number: str, day: str, amount: str) -> None:
    """Hand an expense in, and have it approved."""
    claim = LUNCH | {"number": number, "date": day, "receipt_hash": f"sha256:{number}"}
    claim |= {"amount": {"amount": amount, "currency": "USD"}}
    told = await stage.people.call("E101", "POST", f"{WORK}/expenses", claim)
    await stage.engagement.approve("U-LM1", f"{number}, taxi of {amount} USD")
    await become(stage, told.read(HandedIn), RowStatus.APPROVED)

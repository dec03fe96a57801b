"""The engagement of Northwind's month with a real Tryton as its ERP, read back from its books."""

from decimal import Decimal
from pathlib import Path

import pytest

from process_apis.project_to_cash.records import InvoiceStage
from tests.real.lossy_proxy import Loss
from tests.real.tryton.clerk import clerk_at
from tests.real.tryton.server import Tryton
from tests.real.tryton_scene import invoices_of, tryton_scene
from tests.stories.engagement import EVENING

pytestmark = pytest.mark.real
AMOUNT = Decimal("58640.50")


@pytest.mark.parametrize("loss", [Loss.ANSWER, Loss.LATE_COMMIT])
async def test_a_won_deal_becomes_one_paid_invoice_in_trytons_books(
    own_tryton: Tryton, tmp_path: Path, loss: Loss
) -> None:
    """Though the answer to its writing is lost, the invoice is there once, posted and paid."""
    async with tryton_scene(tmp_path, own_tryton, losses=[loss]) as stage:
        engagement = stage.engagement
        set_up = (await engagement.set_up()).set_up
        blocked = await engagement.first_check()
        await engagement.at(EVENING)
        await engagement.approve("finance", "over the cap")
        await engagement.approved_by_all()
        posted = await engagement.invoice(InvoiceStage.POSTED)
        with clerk_at(own_tryton) as clerk:
            owed = clerk.invoices(f"INV:{posted.id}")
        paid = await engagement.paid()
        code, said = await stage.gateway.run("audit", "verify")
    with clerk_at(own_tryton) as clerk:
        [settled] = clerk.invoices(f"INV:{posted.id}")
        earned = clerk.revenue_of("P-1001")

    assert stage.line.unheard == [200], "an answer that was not lost proves nothing"
    assert f"POST {invoices_of(own_tryton)}" not in stage.line.heard, "it was written again"
    assert set_up is not None
    assert set_up.human_touches == 1, "finance approves a client who is new to the books"
    assert [each.code for each in blocked.first_blockers] == ["B03", "B09"]
    assert posted.posted == posted.expected == paid.paid
    assert posted.expected.value == AMOUNT
    assert [(each.state, each.net, each.tax, each.gross) for each in owed] == [
        ("posted", AMOUNT, Decimal(0), AMOUNT)
    ]
    assert (settled.number, settled.state, settled.gross) == (posted.number, "paid", AMOUNT)
    assert earned == AMOUNT
    assert code == 0, said

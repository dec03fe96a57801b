"""The engagement of Northwind's month with a real Tryton as its ERP, read back from its books."""

from decimal import Decimal
from pathlib import Path

import pytest

from process_apis.project_to_cash.records import InvoiceStage
from tests.real.tryton.clerk import clerk_at
from tests.real.tryton.server import Tryton
from tests.real.tryton_scene import tryton_scene
from tests.stories.engagement import EVENING

pytestmark = pytest.mark.real
AMOUNT = Decimal("58640.50")
INVOICES = "account.invoice"


async def test_a_won_deal_becomes_one_paid_invoice_in_trytons_books(
    own_tryton: Tryton, tmp_path: Path
) -> None:
    """The answer to the invoice's writing is lost, and its total is still there once, and paid."""
    async with tryton_scene(tmp_path, own_tryton, loses={INVOICES: 1}) as stage:
        engagement = stage.engagement
        await engagement.set_up()
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
        [booked] = clerk.invoices(f"INV:{posted.id}")
        earned = clerk.revenue_of("P-1001")

    assert stage.line.lost == [201], "an answer that was not lost proves nothing"
    assert [each.code for each in blocked.first_blockers] == ["B03", "B09"]
    assert posted.posted == posted.expected == paid.paid
    assert [(each.state, each.net, each.tax, each.gross) for each in owed] == [
        ("posted", AMOUNT, Decimal(0), AMOUNT)
    ]
    assert posted.expected.value == AMOUNT
    assert (booked.number, booked.state, booked.gross) == (posted.number, "paid", AMOUNT)
    assert earned == AMOUNT
    assert code == 0, said

"""The gateway is killed while it posts to a real Tryton, whose books show what came of it."""

import asyncio
import random
from decimal import Decimal
from pathlib import Path

import pytest

from process_apis.project_to_cash.records import InvoiceStage
from tests.real.lossy_proxy import Loss
from tests.real.tryton.clerk import clerk_at
from tests.real.tryton.server import Tryton
from tests.real.tryton_scene import tryton_scene

pytestmark = pytest.mark.real
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 6))]


@pytest.mark.parametrize("seed", SEEDS)
async def test_three_kills_and_ten_tellings_post_one_invoice_in_trytons_books(
    own_tryton: Tryton, tmp_path: Path, seed: int
) -> None:
    """Though the line dropped as well, and Tryton wrote the invoice down late, it is there once."""
    chance = random.Random(seed)  # noqa: S311  # must be played again from its seed
    async with tryton_scene(tmp_path, own_tryton, losses=[Loss.LATE_COMMIT]) as stage:
        engagement, gateway = stage.engagement, stage.gateway
        drafted = await engagement.drafted()
        for _ in range(10):
            await engagement.check_again()
        await engagement.approve("project_manager", "invoice of")
        await gateway.kill()
        await gateway.start()
        await engagement.approve("finance", "invoice of")
        for longest in (0.4, 1.2):
            moment = chance.uniform(0, longest)
            print(f"seed {seed}: killed after {moment:.3f} s")  # shown when the test is red
            await asyncio.sleep(moment)
            await gateway.kill()
            await gateway.start()
        posted = await engagement.invoice(InvoiceStage.POSTED)
        await engagement.paid()
        code, said = await gateway.run("audit", "verify")
    with clerk_at(own_tryton) as clerk:
        booked = clerk.invoices(f"INV:{posted.id}")
        earned = clerk.revenue_of("P-1001")

    assert posted.id == drafted.id
    assert [(each.state, each.gross) for each in booked] == [("paid", Decimal("58640.50"))]
    assert earned == Decimal("58640.50")
    assert code == 0, said

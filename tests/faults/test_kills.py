"""The gateway is killed with SIGKILL, starts again, and goes on as if nothing had happened."""

import asyncio
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from process_apis.project_to_cash.records import InvoiceStage
from tests.faults.killer import ANY_CALL, ANY_WRITE, Killer
from tests.stories.engagement import EACH_ONCE, Counts, scene

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 21))]


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_set_up_that_is_killed_three_times_opens_one_project(
    tmp_path: Path, seed: int
) -> None:
    """The project is active in every system, each of its records is there once."""
    async with scene(tmp_path, serving=False) as stage:
        killer = Killer(stage, seed)
        for calls, within in ((ANY_WRITE, 2), (ANY_CALL, 12), (ANY_WRITE, 2)):
            await killer.lie_in_wait(calls, within)
            await stage.gateway.begin()
            await killer.strike()
        await stage.gateway.start()
        project = await stage.engagement.set_up()
        counts = await stage.counts()
        code, said = await stage.gateway.run("verify")

    assert len(killer.moments) == 3
    assert project.set_up is not None
    assert project.set_up.human_touches == 0
    assert counts == Counts(projects=1, ledger_projects=1, invoices=0, payments=0)
    assert code == 0, said


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_posting_that_is_killed_three_times_posts_one_invoice(
    tmp_path: Path, seed: int
) -> None:
    """No decision that was acknowledged is lost, and one invoice has the expected total."""
    async with scene(tmp_path) as stage:
        killer = Killer(stage, seed)
        drafted = await stage.engagement.drafted()
        await stage.engagement.approve("project_manager", "invoice of")
        await killer.strike_now("the project manager's decision")
        await stage.gateway.start()
        await killer.lie_in_wait(ANY_WRITE, 2)
        await stage.engagement.approve("finance", "invoice of")
        await killer.strike()
        await killer.lie_in_wait(ANY_WRITE, 1)
        await stage.gateway.begin()
        await killer.strike()
        await stage.gateway.start()
        await stage.engagement.paid()
        booked = await stage.posted_once()
        counts = await stage.counts()
        code, said = await stage.gateway.run("verify")

    assert len(killer.moments) == 3
    assert counts == EACH_ONCE
    assert booked.total == drafted.expected.value == Decimal("58640.50")
    assert code == 0, said


@pytest.mark.soak
async def test_a_payment_that_is_killed_is_booked_once_when_it_is_repeated(
    tmp_path: Path,
) -> None:
    """The client's command goes through with the key it had, once nobody can be at work."""
    async with scene(tmp_path) as stage:
        killer = Killer(stage, 1)
        await stage.engagement.drafted()
        await stage.engagement.approved_by_all()
        posted = await stage.engagement.invoice(InvoiceStage.POSTED)
        await killer.lie_in_wait("record_payment", 1)
        paying = asyncio.create_task(stage.engagement.pay(posted, "payment-1"))
        await killer.strike()
        with pytest.raises(aiohttp.ClientError):
            await paying
        await stage.gateway.start()
        await stage.engagement.paid("payment-1")
        counts = await stage.counts()

    assert counts == EACH_ONCE

"""The same facts, told ten times, at once and out of order, change nothing twice."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from process_apis.runs import Run
from system_apis.canonical.contracts import Contract
from system_apis.canonical.record import Page
from system_apis.canonical.sales import Opportunity
from tests.stories.books import BookedInvoice
from tests.stories.engagement import EACH_ONCE, EVENING, Scene, scene
from tests.stories.people import Answer, until

TIMES = 10
RUNS = "/process/opportunity-to-project/v1/runs"


async def test_an_engagement_told_ten_times_has_one_project_and_one_invoice(
    tmp_path: Path,
) -> None:
    """Neither ten starts at once, nor ten checks, nor feeds told again do a thing twice."""
    async with scene(tmp_path) as stage:
        engagement = stage.engagement
        told = await _tell_the_agreement(stage)
        await engagement.set_up()
        await engagement.first_check()
        await engagement.at(EVENING)
        question = await engagement.asked("finance", "over the cap")
        checks = [asyncio.create_task(engagement.check_again()) for _ in range(TIMES)]
        decided = await engagement.decide("finance", question)
        await asyncio.gather(*checks)
        await engagement.invoice(InvoiceStage.PENDING_APPROVAL)
        await _tell_the_feeds_again(stage)
        await engagement.approved_by_all()
        await engagement.paid()
        await _tell_the_feeds_again(stage)
        again = await _tell_the_agreement(stage)
        settled = await engagement.invoice(InvoiceStage.PAID)
        event = await engagement.readiness()
        counts = await stage.counts()

    assert {each.status for each in told} == {202}
    assert len({each.read(Run).key for each in [*told, *again]}) == 1
    assert decided.status == 200
    assert counts == EACH_ONCE
    assert settled.paid == settled.expected
    assert event.status is EventStatus.INVOICED


async def test_a_payment_that_is_told_before_its_invoice_is_known_as_posted_is_applied(
    tmp_path: Path,
) -> None:
    """The client pays while every answer to the posting is lost; both are known in the end."""
    async with scene(tmp_path) as stage:
        await stage.engagement.drafted()
        await stage.operator.fail(rules=[{"operation": "post_invoice", "kind": "commit-then-500"}])
        await stage.engagement.approved_by_all()
        invoice = await until(lambda: _posted(stage), "the posting that nobody knows of")
        await stage.operator.key_in_payment("erp-a", "NWA-US", invoice)
        await until(lambda: _payment_was_told(stage), "the payment being told")
        await stage.operator.fail()
        paid = await stage.engagement.invoice(InvoiceStage.PAID)
        counts = await stage.counts()

    assert paid.paid == paid.posted == paid.expected
    assert counts == EACH_ONCE


async def _posted(stage: Scene) -> BookedInvoice | None:
    found = (await stage.operator.books()).invoices(stage.engagement.project)
    return next((each for each in found if each.tran_id), None)


async def _payment_was_told(stage: Scene) -> bool:
    with closing(sqlite3.connect(stage.gateway.data_dir / "strata.sqlite")) as store:
        told = store.execute("SELECT 1 FROM commands WHERE key LIKE 'payment:%'").fetchone()
    return told is not None


async def _tell_the_agreement(stage: Scene) -> list[Answer]:
    """Start the same set-up ten times at once."""
    people, sales = stage.people, "sales_operations"
    opportunities = await people.read(
        sales, "/system/crm/v2/opportunities?number=OPP-38", Page[Opportunity]
    )
    contracts = await people.read(
        sales, "/system/contracts/v1/contracts?number=CT-1001", Page[Contract]
    )
    agreed = {"opportunity_id": opportunities.items[0].id, "contract_id": contracts.items[0].id}
    calls = (people.call(sales, "POST", RUNS, agreed) for _ in range(TIMES))
    return await asyncio.gather(*calls)


async def _tell_the_feeds_again(stage: Scene) -> None:
    """Let the gateway forget how far it has read every feed."""
    await stage.gateway.stop()
    path = stage.gateway.data_dir / "strata.sqlite"
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("UPDATE feed_positions SET sequence = 0")
    await stage.gateway.start()

    async def told() -> bool:
        with closing(sqlite3.connect(path)) as store:
            behind = store.execute("SELECT 1 FROM feed_positions WHERE sequence = 0").fetchone()
        return behind is None

    await until(told, "the feeds being read again")

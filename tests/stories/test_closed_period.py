"""A month of the books that is closed holds an invoice back, and only for as long."""

from pathlib import Path

from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from tests.stories.engagement import EACH_ONCE, EVENING, Scene, scene
from tests.stories.people import Answer

STORY = ("erp-a", "NWA-US", "2026-10-01")


async def test_a_month_that_is_closed_before_the_check_blocks_the_billing_event(
    tmp_path: Path,
) -> None:
    """Finance reads B13; after the month is opened the next check drafts the invoice."""
    async with scene(tmp_path) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await stage.operator.set_period(*STORY, is_open=False)
        await engagement.first_check()
        await engagement.at(EVENING)
        await engagement.approve("finance", "over the cap")
        closed = await engagement.blocked_only_by("B13")
        await stage.operator.set_period(*STORY, is_open=True)
        await engagement.check_again()
        drafted = await engagement.invoice(InvoiceStage.PENDING_APPROVAL)

    [blocker] = closed.blockers
    assert (blocker.reason, blocker.owner) == ("PERIOD_CLOSED", "finance")
    assert closed.status is EventStatus.BLOCKED
    assert closed.amount_at_risk == drafted.expected


async def test_a_month_that_is_closed_before_the_posting_parks_it_for_finance(
    tmp_path: Path,
) -> None:
    """Nothing is posted into a closed month; resolved after it is opened, the posting goes on."""
    async with scene(tmp_path) as stage:
        engagement = stage.engagement
        await engagement.drafted()
        await engagement.approve("project_manager", "invoice of")
        await stage.operator.set_period(*STORY, is_open=False)
        await engagement.approve("finance", "invoice of")
        stopped = await engagement.asked("finance", "PERIOD_CLOSED")
        before = await stage.posted_once()
        await stage.operator.set_period(*STORY, is_open=True)
        resolved = await resolve(stage, "finance", stopped.act_at)
        again = await resolve(stage, "operator", stopped.act_at)
        await engagement.paid()
        after = await stage.posted_once()
        counts = await stage.counts()

    assert stopped.role == "finance"
    assert (before.status, before.tran_id) == ("Draft", None)
    assert (resolved.status, again.status) == (200, 409)
    assert (after.id, after.total) == (before.id, before.total)
    assert counts == EACH_ONCE


async def resolve(stage: Scene, who: str, address: str) -> Answer:
    """Have a case tried again."""
    said = {"resolution": "retry", "note": "the month is open again"}
    return await stage.people.call(who, "POST", address, said)

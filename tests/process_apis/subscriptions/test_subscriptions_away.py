"""A receiver that fails, rests, leads elsewhere or is gone misses nothing and holds nobody up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from msgspec.structs import replace

from process_apis.events.time_and_expense import WorkApproved
from process_apis.subscriptions.records import (
    DeliveryState,
    Outcome,
    Subscription,
    SubscriptionStatus,
)
from process_apis.subscriptions.rules import TRIES, WAITS
from process_apis.subscriptions.sending import Sender
from tests.process_apis.telling import OWNER, POSTED, Receiver, Telling, receiver, told_of


def approved(row_id: str, version: int) -> WorkApproved:
    """Return that a version of something handed in was approved."""
    return WorkApproved(
        row_id=row_id, version=version, approval_id=f"apr_{version}", legal_entity="NWA-US"
    )


async def states(telling: Telling, subscription: Subscription) -> list[DeliveryState]:
    """Return how far the deliveries are, the oldest first."""
    found = await telling.deliveries.listed(subscription.id, state=None, most=1000)
    return [each.state for each in reversed(found)]


@asynccontextmanager
async def first_told(
    telling: Telling, there: Receiver, status: int
) -> AsyncIterator[tuple[Subscription, Sender]]:
    """Tell a subscriber of a first invoice, which it answers in one way, and go on from there."""
    subscription = await telling.subscribe(there)
    there.status = status
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)
        yield subscription, sender


async def test_a_receiver_that_is_down_for_a_day_misses_nothing_and_hears_it_in_order(
    telling: Telling, there: Receiver
) -> None:
    """Three versions of one record come in their order, under the ids that they had."""
    subscription = await telling.subscribe(there, "strata.work.approved.v1", POSTED)
    there.status = 503
    async with telling.sender() as sender:
        for number in (1, 2, 3):
            await telling.post_invoice(number)
        await telling.round(sender)
        for wait in WAITS[:6]:
            await telling.round(sender, later=wait * 1.2)
        failed = {each.event_id for each in there.came}
        there.came.clear()
        there.status = 204
        await telling.round(sender, later=timedelta(days=1))

    assert [each.event_id for each in there.came if each.event_id in failed] == [
        each.event_id for each in there.came
    ]
    assert len(there.came) == 3
    assert set(await states(telling, subscription)) == {DeliveryState.DELIVERED}


async def test_of_one_record_nothing_is_told_before_what_came_before_it(
    telling: Telling, there: Receiver
) -> None:
    """Other records are told of meanwhile."""
    subscription = await telling.subscribe(there, "strata.work.approved.v1")
    there.status = 500
    async with telling.sender() as sender:
        await telling.happen(approved("wt_1", 1))
        await telling.round(sender)
        there.status = 204
        await telling.happen(approved("wt_1", 2))
        await telling.happen(approved("wt_2", 1))
        await telling.round(sender)
        early = await states(telling, subscription)
        for _ in range(2):
            await telling.round(sender, later=timedelta(minutes=1))

    told = [(await told_of(telling, each, subscription)).data for each in there.came[1:]]
    assert early == [DeliveryState.PENDING, DeliveryState.PENDING, DeliveryState.DELIVERED]
    assert [(each.id, each.version) for each in told] == [("wt_2", 1), ("wt_1", 1), ("wt_1", 2)]


async def test_retry_after_is_honoured(telling: Telling, there: Receiver) -> None:
    """Nobody calls before the receiver said, whatever is due."""
    there.headers = {"Retry-After": "600"}
    async with first_told(telling, there, 429) as (_, sender):
        there.status = 204
        await telling.post_invoice(2)
        await telling.round(sender, later=timedelta(minutes=9))
        early = len(there.came)
        await telling.round(sender, later=timedelta(minutes=2))

    assert early == 1
    assert len(there.came) == 3


async def test_a_receiver_that_says_that_it_is_gone_is_told_no_more(
    telling: Telling, there: Receiver
) -> None:
    """410 disables at once; when it is resumed, it is told what it missed."""
    async with first_told(telling, there, 410) as (subscription, sender):
        await telling.post_invoice(2)
        await telling.round(sender, later=timedelta(days=2))
        found = await telling.register.get(subscription.id, OWNER)
        calls = len(there.came)
        there.status = 204
        await telling.register.set_status(
            subscription.id, SubscriptionStatus.ACTIVE, None, by=OWNER
        )
        await telling.round(sender)

    assert found.status is SubscriptionStatus.DISABLED
    assert "410" in (found.reason or "")
    assert calls == 1
    assert len(there.came) == 3


async def test_a_receiver_that_fails_for_days_is_disabled(
    telling: Telling, there: Receiver
) -> None:
    """After as many tries as there are, all in a row."""
    async with first_told(telling, there, 500) as (subscription, sender):
        for wait in WAITS:
            await telling.round(sender, later=wait * 1.2)
        await telling.round(sender, later=timedelta(days=9))

    found = await telling.register.get(subscription.id, OWNER)
    assert found.status is SubscriptionStatus.DISABLED
    assert len(there.came) == TRIES


async def test_a_redirect_is_a_failure_and_is_not_followed(
    telling: Telling, there: Receiver
) -> None:
    """SS-13: wherever it leads."""
    there.headers = {"Location": "http://127.0.0.1:1/inside"}
    async with first_told(telling, there, 307) as (subscription, _):
        pass

    [delivery] = await telling.deliveries.listed(subscription.id, state=None, most=9)
    story = await telling.deliveries.story(delivery.id)
    assert len(there.came) == 1
    assert [each.outcome for each in story.attempts] == [Outcome.REDIRECTED]


async def test_a_slow_subscriber_holds_nobody_else_up(telling: Telling) -> None:
    """Ninety-nine are told while one does not answer."""
    async with AsyncExitStack() as open_parts:
        slow = await open_parts.enter_async_context(receiver())
        fast = await open_parts.enter_async_context(receiver())
        slow.may_answer.clear()
        await telling.subscribe(slow)
        for number in range(99):
            by = replace(OWNER, subject=f"warehouse-{number}")
            await telling.subscribe(fast, by=by)
        async with telling.sender() as sender:
            await telling.post_invoice(1)
            await sender.look()
            async with asyncio.timeout(20):
                while len(fast.came) < 99:
                    await asyncio.sleep(0.01)
            slow.may_answer.set()
            await sender.settled()

    assert len(fast.came) == 99
    assert len(slow.came) == 1


async def test_what_dies_between_sending_and_writing_down_is_sent_again_under_the_same_id(
    telling: Telling, there: Receiver
) -> None:
    """At least once: a receiver tells the repeat by its id."""
    subscription = await telling.subscribe(there)
    await telling.post_invoice(1)
    there.may_answer.clear()
    async with telling.sender() as sender:
        await sender.look()
        while not there.came:
            await asyncio.sleep(0.01)
    there.may_answer.set()
    async with telling.sender() as sender:
        await telling.round(sender)

    first, again = there.came
    assert first.event_id == again.event_id
    assert first.body == again.body
    assert await states(telling, subscription) == [DeliveryState.DELIVERED]

"""What was told is forgotten in time, and what somebody still waits for never."""

import msgspec
import pytest

from process_apis.errors import NoSuchRecord
from process_apis.subscriptions.envelope import CloudEvent
from process_apis.subscriptions.records import (
    Subscription,
    SubscriptionStatus,
)
from process_apis.subscriptions.rules import FORGET_EVERY, KEPT_FOR
from tests.process_apis.telling import OWNER, Receiver, Telling


async def kept(telling: Telling, subscription: Subscription) -> list[str]:
    """Return the ids of the records whose events can be looked up still, the oldest first."""
    found = await telling.deliveries.listed(subscription.id, state=None, most=1000)
    told = [(await telling.deliveries.story(each.id)).event.facts.id for each in found]
    return told[::-1]


async def test_what_was_told_long_ago_is_forgotten_and_what_is_not_told_never(
    telling: Telling, there: Receiver
) -> None:
    """An event and its attempts go together; a repeat of the round forgets nothing more."""
    subscription = await telling.subscribe(there)
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)
        there.status = 500
        await telling.post_invoice(2)
        await telling.round(sender)
        [newest, oldest] = await telling.deliveries.listed(subscription.id, state=None, most=9)
        telling.now += KEPT_FOR
        await telling.forgetting.look()
        on_the_day = await kept(telling, subscription)
        telling.now += FORGET_EVERY
        await telling.post_invoice(3)
        await telling.forgetting.look()
        left = await kept(telling, subscription)
        there.status = 204
        await telling.round(sender)

    assert on_the_day == ["inv_1", "inv_2"]
    assert left == ["inv_2"]
    assert newest.tries == 1
    with pytest.raises(NoSuchRecord):
        await telling.deliveries.story(oldest.id)
    assert [each.event_id for each in there.came].count(newest.event_id) == 2


async def test_what_a_paused_subscriber_missed_is_kept_for_it(
    telling: Telling, there: Receiver
) -> None:
    """However long it is paused; once it is deleted nobody waits for it any more."""
    subscription = await telling.subscribe(there)
    await telling.register.set_status(subscription.id, SubscriptionStatus.PAUSED, None, by=OWNER)
    await telling.post_invoice(1)
    telling.now += KEPT_FOR + FORGET_EVERY
    await telling.forgetting.look()
    async with telling.sender() as sender:
        await telling.register.set_status(
            subscription.id, SubscriptionStatus.ACTIVE, None, by=OWNER
        )
        await telling.round(sender)

    [came] = there.came
    assert msgspec.json.decode(came.body, type=CloudEvent).subject == "inv_1"


async def test_what_nobody_waits_for_is_forgotten(telling: Telling, there: Receiver) -> None:
    """A deleted subscription keeps nothing, and one that comes later is told what comes later."""
    there.status = 500
    gone = await telling.subscribe(there)
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)
        await telling.register.set_status(gone.id, SubscriptionStatus.DELETED, None, by=OWNER)
        telling.now += KEPT_FOR + FORGET_EVERY
        await telling.forgetting.look()
        left = await kept(telling, gone)
        there.status, there.came = 204, []
        await telling.subscribe(there)
        await telling.post_invoice(2)
        await telling.round(sender)

    assert left == []
    assert len(there.came) == 1

"""Who may be told of what, and what of it stands until somebody changes it."""

import pytest
from msgspec.structs import replace

from governance.access import Forbidden, acting_as
from governance.lifecycle import Outdated
from process_apis.errors import Conflict
from process_apis.events.billing import DisputeAccepted
from process_apis.subscriptions.records import (
    SubscriptionStatus,
    SubscriptionWish,
)
from system_apis.canonical.money import Money
from tests.process_apis.telling import OWNER, POSTED, Receiver, Telling, told_of

DISPUTE = DisputeAccepted(
    dispute_id="dsp_1",
    invoice_id="inv_1",
    amount=Money("900.00", "GBP"),
    legal_entity="HAL-UK",
)


async def test_az_11_nobody_is_told_of_another_company(telling: Telling, there: Receiver) -> None:
    """Neither by asking for it, nor by hearing what is not asked for."""
    american = replace(OWNER, entities=frozenset({"NWA-US"}))
    subscription = await telling.subscribe(there, by=american)
    await telling.post_invoice(1, company="HAL-UK")
    await telling.post_invoice(2)
    async with telling.sender() as sender:
        await telling.round(sender)

    assert [(await told_of(telling, each, subscription)).subject for each in there.came] == [
        "inv_2"
    ]
    with pytest.raises(Forbidden, match="HAL-UK"):
        await telling.subscribe(there, entities=("HAL-UK",), by=american)


async def test_an_event_takes_the_scope_of_what_it_tells_of(
    telling: Telling, there: Receiver
) -> None:
    """Who may not read invoices is not told of them."""
    nobody = replace(OWNER, scopes=frozenset({"process:subscriptions:write"}))

    with pytest.raises(Forbidden, match="system:erp:read"):
        await telling.subscribe(there, by=nobody)


@pytest.mark.parametrize(
    ("scopes", "amount"), [((), None), (("process:project-to-cash:read",), "900.00")]
)
async def test_an_amount_is_told_to_those_only_who_may_read_it(
    telling: Telling, there: Receiver, scopes: tuple[str, ...], amount: str | None
) -> None:
    """The rest of the event is told to whoever may hear of it."""
    by = replace(OWNER, scopes=OWNER.scopes | set(scopes))
    subscription = await telling.subscribe(there, "strata.dispute.accepted.v1", by=by)
    await telling.happen(DISPUTE)
    async with telling.sender() as sender:
        await telling.round(sender)

    event = await told_of(telling, there.came[0], subscription)
    assert (event.data.amount and event.data.amount.amount) == amount
    assert (b"900" in there.came[0].body) is bool(scopes)
    with acting_as(by):
        [delivery] = (await telling.desk.listed(subscription.id, None)).items
        shown = (await telling.desk.story(delivery.id)).event.facts.amount
    assert (shown and shown.amount) == amount


async def test_a_paused_subscriber_is_told_later_what_it_missed(
    telling: Telling, there: Receiver
) -> None:
    """Nothing is lost by a pause; what was before the subscription is not told."""
    await telling.post_invoice(1)
    subscription = await telling.subscribe(there)
    await telling.register.set_status(subscription.id, SubscriptionStatus.PAUSED, None, by=OWNER)
    async with telling.sender() as sender:
        await telling.post_invoice(2)
        await telling.round(sender)
        paused = len(there.came)
        await telling.register.set_status(
            subscription.id, SubscriptionStatus.ACTIVE, None, by=OWNER
        )
        await telling.round(sender)

    assert paused == 0
    assert [(await told_of(telling, each, subscription)).subject for each in there.came] == [
        "inv_2"
    ]


async def test_whose_access_is_withdrawn_is_told_no_more(telling: Telling, there: Receiver) -> None:
    """Nothing leaves the house, and the subscription is disabled."""
    subscription = await telling.subscribe(there)
    telling.left[OWNER.subject] = None
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)

    found = await telling.register.get(subscription.id, OWNER)
    assert there.came == []
    assert found.status is SubscriptionStatus.DISABLED


async def test_a_change_of_what_has_changed_since_is_refused(
    telling: Telling, there: Receiver
) -> None:
    """Two people do not undo each other's decisions unseen."""
    subscription = await telling.subscribe(there)
    await telling.register.rotate(subscription.id, 1, by=OWNER)

    with pytest.raises(Outdated):
        await telling.register.set_status(subscription.id, SubscriptionStatus.PAUSED, 1, by=OWNER)


async def test_a_deleted_subscription_is_told_nothing_and_never_again(
    telling: Telling, there: Receiver
) -> None:
    """It can be read, and not be brought back."""
    subscription = await telling.subscribe(there)
    gone = await telling.register.set_status(
        subscription.id, SubscriptionStatus.DELETED, None, by=OWNER
    )
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)

    assert there.came == []
    assert await telling.register.get(gone.id, OWNER) == gone
    with pytest.raises(Conflict, match="deleted"):
        await telling.register.set_status(gone.id, SubscriptionStatus.ACTIVE, None, by=OWNER)


async def test_an_owner_has_one_subscription_at_an_address(
    telling: Telling, there: Receiver
) -> None:
    """A command sent twice without a key does not double what is told."""
    await telling.subscribe(there)

    with pytest.raises(Conflict, match="already"):
        await telling.subscribe(there)


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("https://169.254.169.254/x", "name another"),
        ("https://10.0.0.7/x", "name another"),
        ("https://[fd00::1]/x", "name another"),
        ("https://[::ffff:10.0.0.7]/x", "name another"),
        ("https://localhost/x", "name another"),
        ("https://hooks.localhost/x", "name another"),
        ("https://2130706433/x", "write it out"),
        ("https://hooks.example:22/x", "the ports are 443 and 8443"),
        ("https://me:S3cret@hooks.example/x", "leave out user, password"),
        ("https://hooks.example/x#part", "leave out user, password"),
        ("ftp://hooks.example/x", "begin with https://"),
        ("file:///etc/passwd", "begin with https://"),
        ("nonsense", "begin with https://"),
    ],
)
async def test_an_address_that_is_not_called_is_not_registered(
    telling: Telling, url: str, remedy: str
) -> None:
    """The caller is told which field is wrong and what would be right, and no secret of theirs."""
    with pytest.raises(ValueError, match="url: ") as told:
        await telling.desk.register(SubscriptionWish(url=url, event_types=[POSTED]), by=OWNER)

    assert remedy in str(told.value)
    assert "S3cret" not in str(told.value)

"""What subscribers are promised: signed, of their own companies, in order, and at least once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.api_contracts import Contracts, EventContract, Events, Schema
from gateway.contract_changes import compare, with_consumers
from governance.access import Forbidden, acting_as
from governance.lifecycle import Outdated
from governance.usage import UsageQuestion, every_use
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.events import DisputeAccepted
from process_apis.subscriptions.envelope import CloudEvent
from process_apis.subscriptions.records import (
    DeliveryState,
    Outcome,
    Subscription,
    SubscriptionStatus,
    SubscriptionWish,
)
from process_apis.subscriptions.rules import FORGET_EVERY, KEPT_FOR, TRIES, WAITS
from process_apis.time_events import WorkApproved
from system_apis.canonical.money import Money
from tests.process_apis.telling import OWNER, POSTED, Came, Receiver, Telling, receiver

DISPUTE = DisputeAccepted(
    dispute_id="dsp_1",
    invoice_id="inv_1",
    amount=Money("900.00", "GBP"),
    legal_entity="HAL-UK",
)


def approved(row_id: str, version: int) -> WorkApproved:
    """Return that a version of something handed in was approved."""
    return WorkApproved(
        row_id=row_id, version=version, approval_id=f"apr_{version}", legal_entity="NWA-US"
    )


@pytest.fixture
async def telling(tmp_path: Path) -> AsyncIterator[Telling]:
    telling = Telling(tmp_path)
    yield telling
    telling.store.close()


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    async with receiver() as found:
        yield found


async def told_of(telling: Telling, came: Came, subscription: Subscription) -> CloudEvent:
    """Return what came, verified by the library that receivers use."""
    secret = telling.secrets.shown(subscription.id, subscription.secret_number)
    Webhook(secret).verify(came.body, dict(came.headers))
    return msgspec.json.decode(came.body, type=CloudEvent)


def _bytes_of(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.iterdir() if each.is_file())


async def states(telling: Telling, subscription: Subscription) -> list[DeliveryState]:
    """Return how far the deliveries are, the oldest first."""
    found = await telling.deliveries.listed(subscription.id, state=None, most=1000)
    return [each.state for each in reversed(found)]


async def test_a_subscriber_is_told_signed_what_happened_and_where_to_read_it(
    telling: Telling, there: Receiver
) -> None:
    """The real library verifies it; it is a CloudEvent, and names the record."""
    subscription = await telling.subscribe(there)
    await telling.post_invoice(1)

    async with telling.sender() as sender:
        await telling.round(sender)

    [came] = there.came
    event = await told_of(telling, came, subscription)
    assert (event.specversion, event.type, event.subject) == ("1.0", POSTED, "inv_1")
    assert event.data.read_at == "/system/erp/v1/invoices?number=I-1"
    assert event.dataschema.endswith(f"/process/subscriptions/v1/event-types/{POSTED}")
    assert event.id == came.event_id
    assert came.headers["content-type"] == "application/cloudevents+json"


async def test_a_change_of_an_event_names_the_subscribers_that_took_it(
    telling: Telling, there: Receiver
) -> None:
    """What arrived is counted once for its subscriber; an attempt that failed is not."""
    await telling.subscribe(there)
    await telling.post_invoice(1)
    async with telling.sender() as sender:
        there.status = 500
        await telling.round(sender)
        await telling.round(sender, later=WAITS[0] * 2)
        there.status = 204
        await telling.round(sender, later=WAITS[1] * 2)
        await telling.round(sender)
    with telling.store.engine.connect() as connection:
        rows = every_use(connection, UsageQuestion(since=telling.now.date()))
    told = EventContract(scope="system:erp:read", data=Schema(type="object"))

    gone = compare(Contracts({}, Events({POSTED: told})), Contracts({}), on=telling.now.date())

    [change] = with_consumers(gone, rows)
    assert [(each.name, each.calls) for each in change.consumers] == [(OWNER.client_id, 1)]


async def test_what_is_told_by_a_stranger_is_not_verified(
    telling: Telling, there: Receiver
) -> None:
    """Another subscription's secret does not sign this one's events."""
    await telling.subscribe(there)
    await telling.post_invoice(1)
    async with telling.sender() as sender:
        await telling.round(sender)

    with pytest.raises(WebhookVerificationError):
        Webhook(telling.secrets.shown("sub_other", 1)).verify(
            there.came[0].body, dict(there.came[0].headers)
        )


async def test_a_fact_that_is_accepted_twice_is_told_once(
    telling: Telling, there: Receiver
) -> None:
    """However often it is told to us, and however often the outbox is read."""
    await telling.subscribe(there)
    async with telling.sender() as sender:
        for _ in range(3):
            await telling.post_invoice(1)
            await telling.round(sender)

    assert len(there.came) == 1


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
    await telling.subscribe(there)
    there.status, there.headers = 429, {"Retry-After": "600"}
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)
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
    subscription = await telling.subscribe(there)
    there.status = 410
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)
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
    subscription = await telling.subscribe(there)
    there.status = 500
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)
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
    subscription = await telling.subscribe(there)
    there.status, there.headers = 307, {"Location": "http://127.0.0.1:1/inside"}
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)

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


async def test_both_secrets_sign_for_a_day_after_a_rotation(
    telling: Telling, there: Receiver
) -> None:
    """Then the old one signs no more."""
    subscription = await telling.subscribe(there)
    old = telling.secrets.shown(subscription.id, 1)
    rotated = await telling.register.rotate(subscription.id, 1, by=OWNER)
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)
        telling.now += timedelta(hours=25)
        await telling.post_invoice(2)
        await telling.round(sender)

    during, later = there.came
    for secret in (old, telling.secrets.shown(subscription.id, 2)):
        Webhook(secret).verify(during.body, dict(during.headers))
    assert len(later.headers["webhook-signature"].split()) == 1
    assert rotated.secret_number == 2


async def test_a_secret_is_shown_to_its_owner_alone_and_for_an_hour(
    telling: Telling, there: Receiver
) -> None:
    """Not to an operator, and not later."""
    subscription = await telling.subscribe(there)
    operator = replace(OWNER, subject="U-OP", roles=frozenset({"operator"}))

    with acting_as(operator), pytest.raises(NoSuchRecord):
        await telling.desk.secret(subscription.id)
    telling.now += timedelta(hours=1)
    with acting_as(OWNER), pytest.raises(NoSuchRecord, match="rotate"):
        await telling.desk.secret(subscription.id)


async def test_a_secret_is_shown_once_and_another_one_once_more(
    telling: Telling, there: Receiver
) -> None:
    """A second reading finds nothing, within the hour too, until it is rotated."""
    subscription = await telling.subscribe(there)
    with acting_as(OWNER):
        first, _ = await telling.desk.secret(subscription.id)
        with pytest.raises(NoSuchRecord, match="rotate"):
            await telling.desk.secret(subscription.id)
        await telling.desk.rotate(subscription.id, f'"{subscription.revision}"')
        second, _ = await telling.desk.secret(subscription.id)
        with pytest.raises(NoSuchRecord, match="rotate"):
            await telling.desk.secret(subscription.id)

    shown = [telling.secrets.shown(subscription.id, number) for number in (1, 2)]
    assert [first, second] == shown


async def test_two_readings_at_once_show_a_secret_to_one_of_them(
    telling: Telling, there: Receiver
) -> None:
    """It is written down as shown before it is shown."""
    subscription = await telling.subscribe(there)
    with acting_as(OWNER):
        readings = [telling.desk.secret(subscription.id) for _ in range(5)]
        found = await asyncio.gather(*readings, return_exceptions=True)

    assert sum(isinstance(each, tuple) for each in found) == 1
    assert sum(isinstance(each, NoSuchRecord) for each in found) == 4


async def test_log_03_no_secret_is_in_the_database(
    telling: Telling, there: Receiver, tmp_path: Path
) -> None:
    """It follows from the gateway's key, which is elsewhere."""
    subscription = await telling.subscribe(there)
    await telling.post_invoice(1)
    async with telling.sender() as sender:
        await telling.round(sender)

    secret = telling.secrets.shown(subscription.id, 1)
    held = _bytes_of(tmp_path)
    assert subscription.id.encode() in held
    assert secret.removeprefix("whsec_").encode() not in held


async def test_what_was_delivered_is_told_again_when_asked_for(
    telling: Telling, there: Receiver
) -> None:
    """One delivery, or everything since a moment; always under the ids that it had."""
    subscription = await telling.subscribe(there)
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)
        since = telling.now + timedelta(minutes=1)
        telling.now = since
        await telling.post_invoice(2)
        await telling.round(sender)
        with acting_as(OWNER):
            [newest, _] = (await telling.desk.listed(subscription.id, None)).items
            await telling.desk.replay(newest.id)
            await telling.round(sender)
            count = await telling.desk.replay_since(subscription.id, since)
        await telling.round(sender)

    ids = [each.event_id for each in there.came]
    assert count == 1
    assert ids[1] == ids[2] == ids[3] != ids[0]


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


async def test_a_test_tries_one_receiver_alone(telling: Telling, there: Receiver) -> None:
    """Nobody else hears of it."""
    subscription = await telling.subscribe(there)
    async with receiver() as elsewhere:
        await telling.subscribe(elsewhere)
        with acting_as(OWNER):
            delivery = await telling.desk.test(subscription.id)
        async with telling.sender() as sender:
            await telling.round(sender)

        assert elsewhere.came == []
    assert [each.event_id for each in there.came] == [delivery.event_id]


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


async def test_deliveries_are_listed_page_after_page(telling: Telling, there: Receiver) -> None:
    """The newest first, and each once, whatever comes meanwhile."""
    subscription = await telling.subscribe(there)
    for number in range(5):
        await telling.post_invoice(number)
    await telling.deliveries.fan_out(telling.now)
    seen, place = list[str](), None
    with acting_as(OWNER):
        for _ in range(3):
            page = await telling.desk.listed(subscription.id, None, place, most=2)
            seen += [each.event_id for each in page.items]
            place = page.next_cursor
            await telling.post_invoice(100 + len(seen))
            await telling.deliveries.fan_out(telling.now)

    assert len(seen) == len(set(seen)) == 5
    assert place is None


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

"""What subscribers are told arrives once, and again, or as a test, when they ask for it."""

from datetime import timedelta

from gateway.published.contract_changes import compare, with_consumers
from gateway.published.contracts import Contracts, EventContract, Events, Schema
from governance.access import acting_as
from governance.usage import UsageQuestion, every_use
from process_apis.subscriptions.rules import WAITS
from tests.process_apis.telling import OWNER, POSTED, Receiver, Telling, receiver, told_of


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

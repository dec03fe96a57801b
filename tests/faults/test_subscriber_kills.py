"""The gateway is killed while it tells a subscriber, and the subscriber misses nothing."""

from pathlib import Path

import msgspec
from standardwebhooks import Webhook

from process_apis.subscriptions.envelope import CloudEvent
from process_apis.subscriptions.records import (
    DeliveryPage,
    DeliveryState,
    Subscription,
    SubscriptionStatus,
)
from process_apis.subscriptions.v1 import SigningSecret
from tests.process_apis.telling import receiver
from tests.stories.engagement import scene
from tests.stories.people import until

PATH = "/process/subscriptions/v1"
ACTIVATED = "strata.project.activated.v1"


async def test_an_event_that_was_being_told_at_a_kill_is_told_again_under_its_id(
    tmp_path: Path,
) -> None:
    """From the won deal on: it is signed, comes twice at most, and is written down as told."""
    async with receiver() as there, scene(tmp_path, serving=False) as stage:
        settings = tmp_path / "strata.toml"
        there.may_answer.clear()
        settings.write_text(settings.read_text() + '[egress]\ninternal_hosts = ["127.0.0.1"]\n')
        await stage.gateway.start()
        wish = {"url": there.url, "event_types": [ACTIVATED], "entities": ["NWA-US"]}
        made = await stage.people.call("integrator", "POST", PATH, wish)
        subscription = made.read(Subscription)
        one = f"{PATH}/{subscription.id}"
        shown = await stage.people.read("integrator", f"{one}/secret", SigningSecret)
        await stage.engagement.set_up()

        async def has_come() -> bool:
            return bool(there.came)

        await until(has_come, "the event that a project is active")
        await stage.gateway.kill()
        there.may_answer.set()
        await stage.gateway.start()

        async def is_told() -> bool:
            path = f"{one}/deliveries?status={DeliveryState.DELIVERED}"
            return bool((await stage.people.read("integrator", path, DeliveryPage)).items)

        await until(is_told, "the delivery after the kill")
        code, said = await stage.gateway.run("audit", "verify")

    first, again = there.came
    Webhook(shown.secret).verify(again.body, dict(again.headers))
    event = msgspec.json.decode(again.body, type=CloudEvent)
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert (event.type, event.subject) == (ACTIVATED, "P-1001")
    assert (first.event_id, first.body) == (again.event_id, again.body)
    assert code == 0, said

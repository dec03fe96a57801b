"""What the page for subscribers prints is what comes, and verifies it."""

import json
import re
import time
from types import ModuleType

import msgspec
import pytest
from standardwebhooks import Webhook

from process_apis.events.published import EVENT_TYPES
from process_apis.subscriptions.envelope import CloudEvent
from process_apis.subscriptions.records import SubscriptionWish
from process_apis.subscriptions.rules import WAITS
from process_apis.subscriptions.signing import SigningSecrets
from store.clock import wall_clock
from tests.documentation.pages import ROOT, blocks
from tests.security.routes.table import ROUTES

PAGE = ROOT / "docs" / "subscribe-to-events.md"
BODY = b'{"specversion":"1.0"}'
SECRET = SigningSecrets(b"k").shown("sub_1", 1)


def test_the_lines_that_verify_agree_with_the_library_for_receivers() -> None:
    """What is signed is taken; what was changed, or is old, is not."""
    [snippet] = [each for each in blocks(PAGE) if "verify" in each.marks]
    module = ModuleType("verifying")
    exec(compile(snippet.text, str(PAGE), "exec"), module.__dict__)  # noqa: S102  # the page's own
    now = wall_clock()
    signed = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": f"v1,b3RoZXI= {Webhook(SECRET).sign('evt_1', now, BODY.decode())}",
    }
    old = {**signed, "webhook-timestamp": str(int(time.time()) - 301)}

    assert module.is_from_strata(SECRET, signed, BODY)
    assert not module.is_from_strata(SECRET, signed, BODY + b" ")
    assert not module.is_from_strata(SECRET, old, BODY)


def test_the_bodies_that_are_printed_are_the_ones_that_are_sent() -> None:
    """A wish can be sent as it is printed, and an event has just these fields."""
    wish, event = (each.text for each in blocks(PAGE) if each.language == "json")

    assert msgspec.json.decode(wish, type=SubscriptionWish).entities == ["NWA-US"]
    read = msgspec.json.decode(event, type=CloudEvent)
    assert json.loads(msgspec.json.encode(read)) == json.loads(event)
    assert set(json.loads(wish)["event_types"]) <= set(EVENT_TYPES)


def test_there_are_as_many_waits_as_the_page_says() -> None:
    """Five seconds to a day."""
    [said] = re.findall(r"after (5 seconds.*?), and a little", PAGE.read_text())

    assert len(re.findall(r"\d+", said)) == len(WAITS)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_what_an_event_tells_of_can_be_read_where_it_says(name: str) -> None:
    """The address is one of the gateway's own."""
    path = re.sub(r"\{[a-z_]+\}", "{}", EVENT_TYPES[name].read_at.partition("?")[0])
    reads = {re.sub(r"\{[a-z_]+\}", "{}", one.address) for one in ROUTES if one.method == "GET"}

    assert path in reads

"""The webhooks of the sandbox firm's PSA: its subscribed events, signed with their moment."""

import msgspec

from system_apis.psa.sandbox_hours import SubscribedEvent
from system_apis.signatures import Timestamped
from system_apis.webhooks import Hint, Webhooks, of_feed_line


def _read(body: bytes, _: str | None) -> Hint:
    return of_feed_line(msgspec.json.decode(body, type=SubscribedEvent).line())


WEBHOOKS = Webhooks(scheme=Timestamped(header="x-kantata-signature"), read=_read)

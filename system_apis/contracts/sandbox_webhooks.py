"""The webhooks of the sandbox firm's contract system: activities, signed with their address."""

import msgspec

from system_apis.contracts.sandbox_papers import Activity
from system_apis.signatures import OfRequest
from system_apis.webhooks import Hint, Webhooks, of_feed_line


def _read(body: bytes, _: str | None) -> Hint:
    return of_feed_line(msgspec.json.decode(body, type=Activity).line())


WEBHOOKS = Webhooks(
    scheme=OfRequest(header="x-agreements-signature", moment="x-agreements-timestamp"),
    read=_read,
)

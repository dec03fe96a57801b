"""The webhooks of the sandbox firm's CRM: change events that a flow signs as a standard has it."""

import msgspec

from system_apis.crm.sandbox_records import ChangeEvent
from system_apis.signatures import StandardWebhooks
from system_apis.webhooks import Hint, Webhooks, of_feed_line


def _read(body: bytes, _: str | None) -> Hint:
    [line] = msgspec.json.decode(body, type=ChangeEvent).lines()
    return of_feed_line(line)


WEBHOOKS = Webhooks(scheme=StandardWebhooks(), read=_read)

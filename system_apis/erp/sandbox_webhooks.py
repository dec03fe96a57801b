"""The webhooks of the sandbox firm's ERP: system notes that a script sends with a signed body."""

import msgspec

from system_apis.erp.sandbox_records import SystemNote
from system_apis.signatures import OfBody
from system_apis.webhooks import Hint, Webhooks, of_feed_line


def _read(body: bytes, _: str | None) -> Hint:
    return of_feed_line(msgspec.json.decode(body, type=SystemNote).line())


WEBHOOKS = Webhooks(scheme=OfBody(header="x-netsuite-signature-256"), read=_read)

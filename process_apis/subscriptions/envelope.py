"""An event as it goes out: CloudEvents 1.0 in the structured JSON form.

Specification: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from datetime import datetime

import msgspec
from msgspec import Struct

from process_apis.events.published import Facts, Told


class CloudEvent(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """What a receiver gets; `data` says what it is about and where to read it, by `dataschema`."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str
    dataschema: str
    data: Facts


def enveloped(told: Told, facts: Facts, source: str) -> bytes:
    """Return the bytes that go out, the same at every attempt."""
    return msgspec.json.encode(
        CloudEvent(
            specversion="1.0",
            id=told.id,
            source=source,
            type=told.type,
            subject=facts.id,
            time=told.occurred_at,
            datacontenttype="application/json",
            dataschema=f"{source}/event-types/{told.type}",
            data=facts,
        )
    )

"""Facts about what people are to be told."""

from typing import ClassVar

from process_apis.events.business_event import BusinessEvent


class NoticesFallenDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """What somebody is to be told is due, in one message."""

    # One sending of each message.
    KEY: ClassVar = "notices:{bundle_id}"

    bundle_id: str

"""What happens to a system's message that cannot be followed by itself."""

from typing import ClassVar

from process_apis.events.business_event import BusinessEvent


class HintHeld(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A genuine message needs a person: it is unreadable, doubtful, or its change does not show."""

    # One question to a person each time that a message begins to wait for one.
    KEY: ClassVar = "hint:{hint}:{since}"

    hint: str
    since: str


class HintDropped(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person decided that a message is not followed."""

    # A message is dropped once.
    KEY: ClassVar = "hint-dropped:{hint}:{since}"

    hint: str
    since: str

"""What is told of revenue: that a month's is to be recognized, and that it was."""

from typing import ClassVar

from process_apis.business_event import BusinessEvent
from system_apis.canonical.revenue import Month


class RevenueFallenDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """What a project earned in a month is to be booked; `occasion` says what called for it."""

    # One look at a project's month on each occasion.
    KEY: ClassVar = "revenue:{project_number}:{month}:{occasion}"

    project_number: str
    month: Month
    occasion: str


class RevenueRecognized(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The ledger says what a project earned in a month."""

    # One telling of each look.
    KEY: ClassVar = "recognized:{project_number}:{month}:{occasion}"

    project_number: str
    month: Month
    occasion: str

"""What is told of revenue: that a month is over, that it is to be recognized, and that it was."""

from typing import ClassVar

from process_apis.events.business_event import BusinessEvent
from system_apis.canonical.money import Money
from system_apis.canonical.revenue import Month


class MonthEnded(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A month of a company is over, and what a project earned in it is to be drafted.

    Another version is drafted when what finance approved is no longer what was earned.
    """

    # Each draft of a project's month is made once.
    KEY: ClassVar = "revenue-draft:{project_number}:{month}:v{version}"

    project_number: str
    month: Month
    version: int = 1


class RevenueDraftApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Finance agrees with what a project earned by the end of a month."""

    # A draft is approved once.
    KEY: ClassVar = "revenue-approved:{project_number}:{month}:v{version}"

    project_number: str
    month: Month
    version: int
    earned: Money
    provision: Money


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


RevenueEvent = MonthEnded | RevenueDraftApproved | RevenueFallenDue | RevenueRecognized

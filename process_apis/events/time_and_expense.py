"""What happens to time and expenses: handed in, approved or rejected, and told to payroll."""

from datetime import date
from typing import ClassVar

from process_apis.events.business_event import BusinessEvent
from system_apis.canonical.record import Id


class WorkHandedIn(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Hours or an expense were handed in, and nothing keeps them from the PSA."""

    # Each version is written and asked about once.
    KEY: ClassVar = "handed-in:{row_id}:v{version}"

    row_id: Id
    version: int


class WeekHandedIn(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person handed a week in, and none of its hours is kept from the PSA."""

    # A week is handed in once; what is corrected in it later is of its rows.
    KEY: ClassVar = "week-handed-in:{employee}:{week_start}"

    employee: str
    week_start: date


class WorkApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Everybody whose approval hours or an expense need has given it."""

    # A version is approved once.
    KEY: ClassVar = "work-approved:{row_id}:v{version}"

    row_id: Id
    version: int
    approval_id: str


class WorkRejected(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An approver does not agree with hours or an expense, and says why."""

    # A version is rejected once.
    KEY: ClassVar = "work-rejected:{row_id}:v{version}"

    row_id: Id
    version: int
    approval_id: str


class PayRunAsked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The approved hours of a company's month are to be told to who pays for them."""

    # A run of a month is told once; what comes later is another run's.
    KEY: ClassVar = "pay:{legal_entity}:{period}:{run}"

    period: str
    run: int


TimeEvent = WorkHandedIn | WeekHandedIn | WorkApproved | WorkRejected | PayRunAsked


def work_given_up(event: BusinessEvent) -> WorkRejected | None:
    """Return what follows when a person gives up the work on what was handed in."""
    match event:
        case WorkHandedIn():
            return WorkRejected(
                row_id=event.row_id,
                version=event.version,
                approval_id=f"given-up:{event.row_id}:v{event.version}",
                legal_entity=event.legal_entity,
            )
    return None

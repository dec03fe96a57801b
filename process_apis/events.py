"""Every business fact that starts a process or ends one, in the past tense.

The facts of one kind of work stand together in its own `*_events.py`.
"""

from process_apis.billing_events import BillingEvent, reminder_given_up
from process_apis.change_events import ChangeEvent, change_given_up
from process_apis.client_events import ClientEvent
from process_apis.intake_events import HintDropped, HintHeld
from process_apis.notice_events import NoticesFallenDue
from process_apis.procurement_events import ProcurementEvent, buying_given_up
from process_apis.revenue_events import RevenueEvent
from process_apis.seen_events import SeenEvent
from process_apis.set_up_events import SetUpEvent, set_up_given_up
from process_apis.staffing_events import StaffingEvent, booking_given_up
from process_apis.subscription_events import DeliveryGivenUp, SubscriptionDisabled
from process_apis.time_events import TimeEvent

Event = (
    SetUpEvent
    | ClientEvent
    | BillingEvent
    | SeenEvent
    | RevenueEvent
    | ChangeEvent
    | ProcurementEvent
    | TimeEvent
    | StaffingEvent
    | HintHeld
    | HintDropped
    | SubscriptionDisabled
    | DeliveryGivenUp
    | NoticesFallenDue
)


def given_up(event: Event) -> Event | None:
    """Return what follows when a person gives the work up that an event began, if anything."""
    if isinstance(event, HintHeld):
        return HintDropped(hint=event.hint, since=event.since)
    return (
        set_up_given_up(event)
        or reminder_given_up(event)
        or change_given_up(event)
        or buying_given_up(event)
        or booking_given_up(event)
    )

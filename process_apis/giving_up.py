"""What follows when a person gives work up: nothing that it began is left without an end."""

from process_apis.billing_events import billing_given_up
from process_apis.change_events import change_given_up
from process_apis.events import Event
from process_apis.intake_events import HintDropped, HintHeld
from process_apis.mail_events import mail_given_up
from process_apis.procurement_events import buying_given_up
from process_apis.set_up_events import set_up_given_up
from process_apis.staffing_events import booking_given_up
from process_apis.time_events import work_given_up


def given_up(event: Event) -> Event | None:
    """Return what follows when a person gives the work up that an event began, if anything."""
    if isinstance(event, HintHeld):
        return HintDropped(hint=event.hint, since=event.since)
    return (
        set_up_given_up(event)
        or billing_given_up(event)
        or work_given_up(event)
        or change_given_up(event)
        or buying_given_up(event)
        or booking_given_up(event)
        or mail_given_up(event)
    )

"""What follows when a person gives work up: nothing that it began is left without an end."""

from process_apis.events.billing import billing_given_up
from process_apis.events.changes import change_given_up
from process_apis.events.event import Event
from process_apis.events.intake import HintDropped, HintHeld
from process_apis.events.mails import mail_given_up
from process_apis.events.procurement import buying_given_up
from process_apis.events.set_up import set_up_given_up
from process_apis.events.staffing import booking_given_up
from process_apis.events.time_and_expense import work_given_up


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

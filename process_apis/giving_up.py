"""What follows when a person gives work up: nothing that it began is left without an end."""

from process_apis.change_events import change_given_up
from process_apis.events import (
    CreditNoteApproved,
    CreditNoteContentApproved,
    CreditNoteDrafted,
    CreditNoteRejected,
    EngagementAgreed,
    Event,
    InvoiceApproved,
    InvoiceContentApproved,
    InvoiceDrafted,
    InvoiceRejected,
    ReminderApproved,
    ReminderDeclined,
    SetUpGivenUp,
    SetUpResumed,
)
from process_apis.intake_events import HintDropped, HintHeld
from process_apis.procurement_events import buying_given_up
from process_apis.staffing_events import booking_given_up
from process_apis.time_events import WorkHandedIn, WorkRejected


def given_up(event: Event) -> Event | None:
    """Return what follows when a person gives the work up that an event began, if anything."""
    match event:
        case EngagementAgreed() | SetUpResumed():
            return SetUpGivenUp(
                opportunity_id=event.opportunity_id,
                contract_id=event.contract_id,
                legal_entity=event.legal_entity,
            )
        case HintHeld():
            return HintDropped(hint=event.hint, since=event.since)
        case WorkHandedIn():
            return WorkRejected(
                row_id=event.row_id,
                version=event.version,
                approval_id=f"given-up:{event.row_id}:v{event.version}",
                legal_entity=event.legal_entity,
            )
    return (
        _billing_given_up(event)
        or change_given_up(event)
        or buying_given_up(event)
        or booking_given_up(event)
    )


def _billing_given_up(event: Event) -> Event | None:
    """A draft that nobody is asked about any more is sent back, as if somebody had rejected it."""
    match event:
        case InvoiceDrafted() | InvoiceContentApproved() | InvoiceApproved():
            return InvoiceRejected(
                invoice_id=event.invoice_id,
                version=event.version,
                approval_id=f"given-up:{event.invoice_id}:v{event.version}",
                legal_entity=event.legal_entity,
            )
        case CreditNoteDrafted() | CreditNoteContentApproved() | CreditNoteApproved():
            return CreditNoteRejected(
                credit_note_id=event.credit_note_id,
                version=event.version,
                approval_id=f"given-up:{event.credit_note_id}:v{event.version}",
                legal_entity=event.legal_entity,
            )
        case ReminderApproved():
            return ReminderDeclined(
                reminder_id=event.reminder_id,
                approval_id=event.approval_id,
                legal_entity=event.legal_entity,
            )
    return None

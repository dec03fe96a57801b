"""What a person gives up in the queue: what follows, or why nothing that was begun is left over."""

from typing import Any, get_args

import msgspec
import pytest
from msgspec import structs

from process_apis.events import (
    billing,
    changes,
    clients,
    intake,
    mails,
    notices,
    revenue,
    seen,
    set_up,
    staffing,
    subscriptions,
)
from process_apis.events import procurement as buying
from process_apis.events import time_and_expense as working
from process_apis.events.business_event import BusinessEvent
from process_apis.events.event import Event
from process_apis.giving_up import given_up
from tests.process_apis.billing_facts import id_of

FOLLOWED: dict[type[BusinessEvent], type[BusinessEvent]] = {
    set_up.EngagementAgreed: set_up.SetUpGivenUp,
    set_up.SetUpResumed: set_up.SetUpGivenUp,
    billing.InvoiceDrafted: billing.InvoiceRejected,
    billing.InvoiceContentApproved: billing.InvoiceRejected,
    billing.InvoiceApproved: billing.InvoiceRejected,
    billing.CreditNoteDrafted: billing.CreditNoteRejected,
    billing.CreditNoteContentApproved: billing.CreditNoteRejected,
    billing.CreditNoteApproved: billing.CreditNoteRejected,
    billing.ReminderApproved: billing.ReminderDeclined,
    billing.WriteOffApproved: billing.WriteOffRejected,
    billing.WriteOffReversalApproved: billing.WriteOffRejected,
    intake.HintHeld: intake.HintDropped,
    mails.InvoiceMailDue: mails.MailGivenUp,
    mails.CreditNoteMailDue: mails.MailGivenUp,
    mails.MailApproved: mails.MailGivenUp,
    working.WorkHandedIn: working.WorkRejected,
    changes.ChangeSubmitted: changes.SubmissionRefused,
    changes.ChangeAsked: changes.ChangeDropped,
    changes.ChangeAgreed: changes.ChangeDropped,
    buying.OrderRequested: buying.OrderGivenUp,
    buying.BillArrived: buying.BillGivenUp,
    buying.BillIsItsOwn: buying.BillGivenUp,
    staffing.BookingAsked: staffing.BookingDeclined,
    staffing.BookingApproved: staffing.BookingDeclined,
    staffing.BookingAgreed: staffing.BookingDeclined,
}
# Nothing of ours was begun: it only looks, or is asked for anew.
ONLY_LOOKS: set[type[BusinessEvent]] = {
    set_up.OpportunityWon,
    set_up.ContractSigned,
    set_up.HandoverOverdue,
    billing.BillingFallenDue,
    billing.AdjustmentAccepted,
    billing.ServiceLevelReported,
    billing.CapRoomChanged,
    billing.DisputeAccepted,
    billing.ReminderFallenDue,
    billing.PaymentBooked,
    seen.InvoiceSeen,
    seen.ProjectSeen,
    clients.ClientScanAsked,
    clients.ClientChanged,
    clients.ClientChangeReferred,
    buying.OrderSeen,
    buying.BillSeen,
    buying.ContractorWanted,
    buying.ReceiptFallenDue,
    buying.AccrualsFallenDue,
    buying.AccrualsLookedAt,
    buying.BillHoldLookedAt,
    staffing.ForecastFallenDue,
    revenue.MonthEnded,
    revenue.RevenueFallenDue,
    notices.NoticesFallenDue,
    working.WeekHandedIn,
    working.PayRunAsked,
    changes.ClientNoticeDrafted,
    subscriptions.SubscriptionDisabled,
    subscriptions.DeliveryGivenUp,
}
# It tells of an end, or is the taking back itself: given up, its record stands where it stood.
ENDS: set[type[BusinessEvent]] = {
    set_up.SetUpGivenUp,
    set_up.ProjectActivated,
    billing.InvoiceRejected,
    billing.InvoicePosted,
    billing.CreditNoteRejected,
    billing.CreditNotePosted,
    billing.ReminderDeclined,
    billing.WriteOffRejected,
    intake.HintDropped,
    mails.MailDeclined,
    mails.MailGivenUp,
    clients.ClientPairDecided,
    clients.ClientMergeAsked,
    clients.ClientMergeDecided,
    clients.ClientUnmergeAsked,
    clients.ClientUnmergeDecided,
    changes.SubmissionAgreed,
    changes.SubmissionRefused,
    changes.ChangeDropped,
    changes.ClientNoticeApproved,
    buying.OrderGivenUp,
    buying.OrderApproved,
    buying.OrderRejected,
    buying.RevisionApproved,
    buying.ReceiptAccepted,
    buying.ReceiptDeclined,
    buying.ReceiptReversalAsked,
    buying.BillIsDuplicate,
    buying.BillGivenUp,
    buying.BillMatched,
    buying.BillCredited,
    staffing.BookingDeclined,
    staffing.BookingCancelAsked,
    staffing.BookingWritten,
    staffing.BookingCancelled,
    revenue.RevenueDraftApproved,
    revenue.RevenueRecognized,
    working.WorkApproved,
    working.WorkRejected,
}
KINDS = set(get_args(Event))


def _told(kind: type[BusinessEvent]) -> Any:
    """Return an event of a kind, whatever it says."""
    said: dict[str, object] = {"legal_entity": "US"}
    for field in structs.fields(kind):
        if field.required:
            said[field.name] = 1 if field.type is int else id_of("re", 1)
    return msgspec.convert(said | {"type": kind.__name__}, kind)


@pytest.mark.parametrize("kind", FOLLOWED, ids=lambda kind: kind.__name__)
def test_what_was_begun_and_given_up_is_taken_back_once(kind: type[BusinessEvent]) -> None:
    """By the same fact as if somebody had said no, of the same record and company."""
    event = _told(kind)
    follows, again = given_up(event), given_up(event)

    assert type(follows) is FOLLOWED[kind]
    assert follows is not None
    assert again is not None
    assert follows.business_key == again.business_key != event.business_key
    assert follows.legal_entity in {"US", None}
    assert set(structs.asdict(follows).items()) & set(structs.asdict(event).items())


def test_every_event_says_what_follows_when_its_work_is_given_up() -> None:
    """A new one has no row, and is looked at before it is let in."""
    listed = [set(FOLLOWED), ONLY_LOOKS, ENDS]

    assert sorted(each.__name__ for each in KINDS.symmetric_difference(set().union(*listed))) == []
    assert sum(map(len, listed)) == len(KINDS)

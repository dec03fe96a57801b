"""Every business fact that starts a process or ends one, in the past tense.

The facts of one kind of work stand together in a file of this room.
"""

from process_apis.events.billing import BillingEvent
from process_apis.events.changes import ChangeEvent
from process_apis.events.clients import ClientEvent
from process_apis.events.intake import HintDropped, HintHeld
from process_apis.events.mails import MailEvent
from process_apis.events.notices import NoticesFallenDue
from process_apis.events.procurement import ProcurementEvent
from process_apis.events.revenue import RevenueEvent
from process_apis.events.seen import SeenEvent
from process_apis.events.set_up import SetUpEvent
from process_apis.events.staffing import StaffingEvent
from process_apis.events.subscriptions import DeliveryGivenUp, SubscriptionDisabled
from process_apis.events.time_and_expense import TimeEvent

Event = (
    SetUpEvent
    | ClientEvent
    | BillingEvent
    | SeenEvent
    | MailEvent
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

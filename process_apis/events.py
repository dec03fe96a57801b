"""Every business fact that starts a process or ends one, in the past tense.

The facts of one kind of work stand together in its own `*_events.py`.
"""

from process_apis.billing_events import BillingEvent
from process_apis.change_events import ChangeEvent
from process_apis.client_events import ClientEvent
from process_apis.intake_events import HintDropped, HintHeld
from process_apis.mail_events import MailEvent
from process_apis.notice_events import NoticesFallenDue
from process_apis.procurement_events import ProcurementEvent
from process_apis.revenue_events import RevenueEvent
from process_apis.seen_events import SeenEvent
from process_apis.set_up_events import SetUpEvent
from process_apis.staffing_events import StaffingEvent
from process_apis.subscription_events import DeliveryGivenUp, SubscriptionDisabled
from process_apis.time_events import TimeEvent

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

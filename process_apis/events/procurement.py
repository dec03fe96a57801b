"""Business facts about buying: what was received, what was billed, and what people said to it."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from process_apis.events.business_event import BusinessEvent
from system_apis.canonical.money import Price
from system_apis.canonical.record import Id
from system_apis.canonical.revenue import Month


class OrderRequested(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody asked to order services for a gap in a project's staffing."""

    # A request is looked at once.
    KEY: ClassVar = "request-order:{request_id}"

    request_id: str


class OrderGivenUp(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person gave a request up that something stood against."""

    # A request is given up once.
    KEY: ClassVar = "order-given-up:{request_id}"

    request_id: str


class OrderApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Everybody whose approval an order of this amount needs has given it."""

    # A request is ordered once.
    KEY: ClassVar = "order:{request_id}"

    request_id: str


class OrderRejected(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An approver does not want a request to be ordered."""

    # One answer to each approval.
    KEY: ClassVar = "order-rejected:{approval_id}"

    request_id: str
    approval_id: str


class OrderSeen(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An order is another one than before, from whoever's hand."""

    # Each version of an order is looked at once.
    KEY: ClassVar = "order-seen:{purchase_order_id}:v{version}"

    purchase_order_id: Id
    version: int


class RevisionApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Everybody whose approval a revised order needs anew has given it."""

    # A revision is approved once.
    KEY: ClassVar = "order-revision:{purchase_order_id}:{revision}"

    purchase_order_id: Id
    revision: int


class ContractorWanted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Nobody of the firm fills a gap in a project's staffing: a vendor's hours are to be bought."""

    # A gap is bought for once on each occasion.
    KEY: ClassVar = "contractor:{wanted_id}"

    wanted_id: str
    vendor_id: Id
    project_number: str
    role: str
    contractor: str | None = None
    hours: Decimal
    rate: Price
    start: date
    end: date
    staffing_request_id: Id
    requested_by: str


class ReceiptFallenDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """What was worked on an order in a period is to be received."""

    # One look at an order and period on each occasion; each time entry is received once.
    KEY: ClassVar = "receive:{purchase_order_id}:{start}:{end}:{occasion}"

    purchase_order_id: Id
    start: date
    end: date
    occasion: str


class ReceiptAccepted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The project manager accepts the services of a drafted receipt."""

    # A receipt is recorded once.
    KEY: ClassVar = "received:{receipt_case_id}"

    receipt_case_id: str
    approval_id: str


class ReceiptDeclined(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The project manager does not accept the services of a drafted receipt."""

    # One answer to each approval.
    KEY: ClassVar = "not-received:{approval_id}"

    receipt_case_id: str
    approval_id: str


class BillArrived(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A vendor sent a bill."""

    # A message is taken in once.
    KEY: ClassVar = "bill:{bill_case_id}"

    bill_case_id: str


class BillSeen(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A bill is in the procurement system, from whoever's hand."""

    # Each version of a bill is looked at once.
    KEY: ClassVar = "bill-seen:{bill_id}:v{version}"

    bill_id: Id
    version: int


class BillIsItsOwn(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person says that a bill is another one than the one it looks like."""

    # One answer to each approval.
    KEY: ClassVar = "bill-own:{approval_id}"

    bill_case_id: str
    approval_id: str


class BillIsDuplicate(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person says that a bill is the one it looks like, sent again."""

    # One answer to each approval.
    KEY: ClassVar = "bill-again:{approval_id}"

    bill_case_id: str
    approval_id: str


class BillGivenUp(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person sends a bill back to its vendor that was found wrong."""

    # A bill is sent back once.
    KEY: ClassVar = "bill-back:{bill_case_id}"

    bill_case_id: str


class BillMatched(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A bill is right: what it asks was ordered, received and not billed before."""

    # A bill is posted once.
    KEY: ClassVar = "post-bill:{bill_case_id}"

    bill_case_id: str


class ReceiptReversalAsked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody takes a receipt back that no bill rests on."""

    # A receipt is taken back once.
    KEY: ClassVar = "unreceive:{receipt_case_id}"

    receipt_case_id: str


class BillCredited(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A vendor takes a posted bill back."""

    # A bill is taken back once.
    KEY: ClassVar = "credit-bill:{bill_case_id}"

    bill_case_id: str


class AccrualsFallenDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A month of a company is over, and what it received and was not billed for is accrued."""

    # A company's month is accrued once, and again for what came late.
    KEY: ClassVar = "accrue:{legal_entity}:{month}:{occasion}"

    month: Month
    occasion: str = "month"


class AccrualsLookedAt(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A day came on which a month that was accrued may lack what came late."""

    # One look a day.
    KEY: ClassVar = "accruals-looked-at:{legal_entity}:{month}:{on}"

    month: Month
    on: date


class BillHoldLookedAt(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A day came on which a bill that is held may be paid."""

    # One look a day.
    KEY: ClassVar = "release-bill:{bill_case_id}:{on}"

    bill_case_id: str
    on: date


ProcurementEvent = (
    OrderRequested
    | ContractorWanted
    | OrderGivenUp
    | OrderApproved
    | OrderRejected
    | OrderSeen
    | RevisionApproved
    | ReceiptFallenDue
    | ReceiptAccepted
    | ReceiptDeclined
    | BillArrived
    | BillSeen
    | BillIsItsOwn
    | BillIsDuplicate
    | BillGivenUp
    | BillMatched
    | BillHoldLookedAt
    | AccrualsFallenDue
    | AccrualsLookedAt
    | BillCredited
    | ReceiptReversalAsked
)


def buying_given_up(event: BusinessEvent) -> BillGivenUp | OrderGivenUp | None:
    """Return what follows when a person gives up the work on a request or a bill."""
    match event:
        case OrderRequested():
            return OrderGivenUp(request_id=event.request_id, legal_entity=event.legal_entity)
        case BillArrived() | BillIsItsOwn():
            return BillGivenUp(bill_case_id=event.bill_case_id, legal_entity=event.legal_entity)
    return None

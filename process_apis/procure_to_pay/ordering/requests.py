"""What is asked to be bought, of whom, and what was looked at before."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from process_apis.procure_to_pay.terms import Check
from system_apis.canonical.money import MaybeCostShare, Money, Price
from system_apis.canonical.procurement import OrderLineDraft, OrderUnit
from system_apis.canonical.record import Id, Text


class RequestStage(StrEnum):
    """Where a request to order stands."""

    RECEIVED = "received"
    BLOCKED = "blocked"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    ORDERED = "ordered"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Obstacle(StrEnum):
    """What keeps a request from being approved."""

    VENDOR_NOT_CLEARED = "VENDOR_NOT_CLEARED"
    RATE_NOT_FOUND = "RATE_NOT_FOUND"
    MARGIN_BELOW_FLOOR = "MARGIN_BELOW_FLOOR"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    BEYOND_CONTRACT = "BEYOND_CONTRACT"


class OrderBlocker(Struct, frozen=True):
    """One thing that keeps a request from being approved, and who puts it right."""

    code: Obstacle
    owner: str
    reason: str


class OrderWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a gap in a project's staffing asks to be bought: hours of a role in a window of time."""

    vendor_id: Id
    legal_entity: Text
    project_number: Text
    role: Text
    contractor: Text | None = None
    hours: Decimal
    rate: Price
    start: date
    end: date
    staffing_request_id: Id | None = None

    def __post_init__(self) -> None:
        self.line()
        Money.of(self.rate.value * self.hours, self.rate.currency)

    def line(self) -> OrderLineDraft:
        """Return the line that is to be ordered; raises `ValueError` when it could not be."""
        return OrderLineDraft(
            project_number=self.project_number,
            role=self.role,
            contractor=self.contractor,
            unit=OrderUnit.HOURS,
            quantity=self.hours,
            rate=self.rate,
            start=self.start,
            end=self.end,
        )


class OrderRequest(Struct, frozen=True, kw_only=True):
    """A request to order services, on its way to an order that was sent.

    `splits_with` are the other requests of the same vendor, project and day: who approves it is
    who would approve all of them together.
    """

    id: str
    legal_entity: str
    vendor_id: Id
    project_number: str
    project_manager: str | None = None
    wish: OrderWish
    amount: Money
    stage: RequestStage
    blockers: tuple[OrderBlocker, ...] = ()
    margin: MaybeCostShare = None
    splits_with: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    terms_version: int = 0
    purchase_order_id: Id | None = None
    purchase_order_number: str | None = None
    requested_by: str
    opened_at: datetime
    version: int = 1

    @property
    def reference(self) -> str:
        """What it is called in the procurement system."""
        return f"ORDER:{self.id}"


class ClearanceStage(StrEnum):
    """Whether a vendor may be ordered from."""

    OPEN = "open"
    CLEARED = "cleared"


class CheckDone(Struct, frozen=True, kw_only=True):
    """One item of a vendor's checklist that somebody looked at; a bank account by call-back.

    `account` is the account that was called back about, never shown whole.
    """

    item: Check
    evidence: Text
    done_by: str
    done_at: datetime
    account: str | None = None


class VendorFile(Struct, frozen=True, kw_only=True):
    """What was looked at before a vendor may be ordered from, by one of the firm's companies."""

    id: str
    legal_entity: str
    vendor_id: Id
    stage: ClearanceStage
    checks: tuple[CheckDone, ...] = ()
    opened_at: datetime
    version: int = 1


class Clearance(Struct, frozen=True, kw_only=True):
    """Whether a vendor may be ordered from now, and what is missing if it may not."""

    vendor_id: Id
    legal_entity: str
    is_cleared: bool
    missing: tuple[str, ...]
    done: tuple[CheckDone, ...]
    terms_version: int


class HeldRevision(Struct, frozen=True, kw_only=True):
    """A revised order that waits, and who must approve it anew; nobody, if it changes little."""

    purchase_order_id: Id
    number: str
    revision: int
    legal_entity: str
    project_number: str | None
    approved: Money
    total: Money
    approvers: tuple[str, ...]

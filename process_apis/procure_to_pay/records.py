"""What buying leaves behind: drafts of receipts, and bills with what was found about them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.money import Money
from system_apis.canonical.procurement import BillStatus, VendorBillDraft
from system_apis.canonical.record import Id
from system_apis.canonical.revenue import Month

# What counts as billed of an order: it was found right, and nobody took it back.
STANDING = (BillStatus.MATCHED, BillStatus.APPROVED, BillStatus.POSTED, BillStatus.PAID)
# What begins the reference of every bill that we record in the procurement system.
OURS = "BILL:"


class Finding(StrEnum):
    """What keeps a bill from being paid."""

    DUPLICATE = "DUPLICATE"
    VENDOR_INACTIVE = "VENDOR_INACTIVE"
    CURRENCY = "CURRENCY"
    NO_PO = "NO_PO"
    NO_RECEIPT = "NO_RECEIPT"
    QTY_OVER_RECEIPT = "QTY_OVER_RECEIPT"
    PRICE = "PRICE"
    TAX = "TAX"


class MatchType(StrEnum):
    """Whether a bill was held against order and receipts, or against order and approved time."""

    TWO_WAY = "2way"
    THREE_WAY = "3way"


class Hold(StrEnum):
    """What keeps a posted bill from being paid."""

    BANK_UNVERIFIED = "bank_unverified"
    PAID_WHEN_PAID = "paid_when_paid"


class Variance(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a bill: who puts it right, and how much it is about."""

    code: Finding
    owner: str
    reason: str
    line: int | None = None
    over: Decimal = Decimal(0)
    amount_over: Money


class BillCase(Struct, frozen=True, kw_only=True):
    """A vendor's bill on its way to being paid.

    `arrival` names the message that it came by: the same message is the same case.
    `self_assessed` is the tax that the company owes itself, where the vendor charges none.
    """

    id: str
    arrival: str
    legal_entity: str
    vendor_id: Id
    project_number: str | None = None
    bill: VendorBillDraft
    stage: BillStatus
    match: MatchType | None = None
    variances: tuple[Variance, ...] = ()
    duplicate_of: str | None = None
    looks_like: str | None = None
    self_assessed: Money | None = None
    self_assessed_rate: Decimal | None = None
    terms_version: int = 0
    bill_id: Id | None = None
    instance: str | None = None
    payable_id: Id | None = None
    payable_number: str | None = None
    credit_number: str | None = None
    credit_date: date | None = None
    holds: tuple[Hold, ...] = ()
    received_by: str
    opened_at: datetime
    version: int = 1

    @property
    def reference(self) -> str:
        """What it is called in the systems that are told of it."""
        return f"{OURS}{self.id}"

    @property
    def outcome(self) -> str:
        """What was found: `MATCHED`, the first thing that is wrong, or where it stands."""
        if self.stage is BillStatus.DUPLICATE:
            return Finding.DUPLICATE
        if self.variances:
            return self.variances[0].code
        return "MATCHED" if self.stage in STANDING else self.stage.upper()


class ReceiptStage(StrEnum):
    """Where a drafted receipt stands."""

    PENDING_APPROVAL = "pending_approval"
    ACCEPTED = "accepted"
    RECORDED = "recorded"
    REJECTED = "rejected"
    REVERSED = "reversed"


class ReceiptCase(Struct, frozen=True, kw_only=True):
    """Services that approved time says were done, on one line of an order and in one period.

    `evidence` names the time entries, each of which is received once. A quantity below nothing
    takes back what was received of time that was corrected since.
    """

    id: str
    legal_entity: str
    vendor_id: Id
    project_number: str
    project_manager: str | None
    purchase_order_id: Id
    purchase_order_number: str
    line: int
    start: date
    end: date
    quantity: Decimal
    amount: Money
    evidence: tuple[str, ...]
    stage: ReceiptStage
    accepted_by: str | None = None
    accepted_at: datetime | None = None
    receipt_id: Id | None = None
    requested_by: str
    opened_at: datetime
    version: int = 1

    @property
    def reference(self) -> str:
        """What it is called in the procurement system."""
        return f"RECEIPT:{self.id}"

    @property
    def takes_back(self) -> bool:
        """Whether it takes back what was received before."""
        return self.quantity < 0


class Accrual(Struct, frozen=True, kw_only=True):
    """What was received on an order's line by a day and is not billed."""

    purchase_order_number: str
    line: int
    project_number: str
    vendor_id: Id
    legal_entity: str
    received: Money
    billed: Money
    accrued: Money

    @property
    def place(self) -> tuple[str, int]:
        """The line of an order that it is about."""
        return self.purchase_order_number, self.line


class JournalStage(StrEnum):
    """Where an accrual stands: written down, then in the company's books with its taking back."""

    BOOKED = "booked"
    POSTED = "posted"


class AccrualJournal(Struct, frozen=True, kw_only=True):
    """What a company owes at the end of a month for what it received, and no bill asks yet.

    It counts on `booked_on`, and is taken back on `reversed_on`, the first day of the month
    after: until then the bill came, or it is accrued again. `in_books` is the amount in the
    company's own currency. What came late, on an `occasion` of its own, is accrued as the
    difference, which may be below nothing.
    """

    id: str
    legal_entity: str
    vendor_id: Id
    project_number: str
    purchase_order_number: str
    line: int
    month: Month
    occasion: str = "month"
    amount: Money
    in_books: Money | None = None
    booked_on: date
    reversed_on: date
    stage: JournalStage = JournalStage.BOOKED
    journal_id: Id | None = None
    reversal_id: Id | None = None
    opened_at: datetime
    version: int = 1

    @property
    def place(self) -> tuple[str, int]:
        """The line of an order that it is about."""
        return self.purchase_order_number, self.line

    @property
    def reference(self) -> str:
        """What its entry in the company's books is called; its taking back is `back:` of it."""
        return f"ACCRUAL:{self.id}"


class LineStanding(Struct, frozen=True, kw_only=True):
    """How much of an order's line was received and billed, and what is left to be received."""

    line: int
    project_number: str
    ordered: Decimal
    received: Decimal
    billed: Decimal
    left: Decimal
    amount: Money
    amount_received: Money
    amount_billed: Money
    amount_left: Money


class OrderStanding(Struct, frozen=True, kw_only=True):
    """How an order stands, and who has to approve an order of its amount."""

    purchase_order_id: Id
    number: str
    vendor_id: Id
    legal_entity: str
    total: Money
    approvers: tuple[str, ...]
    terms_version: int
    lines: tuple[LineStanding, ...]

"""Procurement: whom the firm buys services from, what it ordered, received and was billed.

Domain handbook 1.2 (vendor) and 1.5 (purchase order, service receipt, vendor bill).
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from system_apis.canonical.money import Currency, Money, Price, minor_unit
from system_apis.canonical.record import Id, Source, Text

LARGEST_QUANTITY = Decimal(100_000)
FINEST_QUANTITY = Decimal("0.0001")
SANCTIONS_CHECK_HOLDS = timedelta(days=365)
Moment = Annotated[datetime, Meta(tz=True)]
LineNumber = Annotated[int, Meta(ge=1, le=1000)]


class VendorStatus(StrEnum):
    """How far a vendor's onboarding has come; only an active one gets a purchase order."""

    INVITED = "invited"
    ONBOARDING = "onboarding"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


class VendorGap(StrEnum):
    """What an active vendor must have and this one has not."""

    TAX_FORM = "tax_form"
    VERIFIED_BANK = "verified_bank"
    SANCTIONS_CHECK = "sanctions_check"
    INSURANCE = "insurance"


class BankAccount(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bank account, never shown whole; it counts once a second person has verified it."""

    masked: str
    entered_by: str | None = None
    verified_by: str | None = None
    verified_at: datetime | None = None

    @property
    def is_verified(self) -> bool:
        """Whether somebody else than who entered it has verified it."""
        verified = self.verified_by is not None and self.verified_at is not None
        return verified and self.verified_by != self.entered_by


# Whoever may read vendors need not see where they are paid to; see `system_apis/restricted.py`.
BankAccounts = Annotated[
    tuple[BankAccount, ...] | UnsetType, Meta(extra={"scope": "system:procurement:read_bank"})
]
# Of a sole trader it is a personal number; see `Vendor`.
TaxIds = Annotated[
    tuple[str, ...] | UnsetType, Meta(extra={"scope": "system:procurement:read_tax_id"})
]


class OnboardingItem(Struct, frozen=True, forbid_unknown_fields=True):
    """One item of a vendor's checklist, and the day it was done, if it was."""

    item: str
    done_on: date | None = None


class Vendor(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A firm, or a person in business alone, that services are bought from.

    Its tax ids have a scope of their own: a sole trader's is a personal number, and who reports
    taxes need not see where anybody is paid to.
    """

    id: Id
    number: str
    legal_name: str
    country: str
    status: VendorStatus
    tax_ids: TaxIds = ()
    bank_accounts: BankAccounts = UNSET
    payment_terms_days: int | None = None
    tax_form_on_file: bool = False
    insurance_expiry: date | None = None
    nda_signed: bool = False
    sanctions_checked_at: datetime | None = None
    onboarding_checklist: tuple[OnboardingItem, ...] = ()
    source: Source
    version: int = 1

    def gaps(self, now: datetime) -> tuple[VendorGap, ...]:
        """Return what an active vendor must have and this one has not, as of a moment.

        A bank account that is withheld counts for nothing.
        """
        accounts = self.bank_accounts or ()
        checked, insured = self.sanctions_checked_at, self.insurance_expiry
        has = {
            VendorGap.TAX_FORM: self.tax_form_on_file,
            VendorGap.VERIFIED_BANK: any(each.is_verified for each in accounts),
            VendorGap.SANCTIONS_CHECK: checked is not None
            and now - checked < SANCTIONS_CHECK_HOLDS,
            VendorGap.INSURANCE: insured is not None and insured >= now.date(),
        }
        return tuple(gap for gap, there in has.items() if not there)


class OrderUnit(StrEnum):
    """What a purchase order line counts."""

    HOURS = "hours"
    DAYS = "days"
    LUMP = "lump"


class OrderStatus(StrEnum):
    """Where a purchase order stands."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    SENT = "sent"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class OrderLineDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line as it is to be ordered; up to quantity x (1 + tolerance) may be received.

    The amount is quantity x rate, rounded by the system as the company's books round.
    """

    project_number: Text
    role: Text
    contractor: Text | None = None
    unit: OrderUnit
    quantity: Decimal
    rate: Price
    receipt_tolerance: Decimal = Decimal(0)
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        _check_quantity(self.quantity)
        if self.unit is OrderUnit.LUMP and self.quantity != 1:
            raise ValueError("a lump sum is ordered once")
        if self.rate.value <= 0:
            raise ValueError("a rate is more than nothing")
        _check_tolerance(self.receipt_tolerance)
        if self.start and self.end and self.end < self.start:
            raise ValueError("a line ends on its first day or later")


class OrderLine(OrderLineDraft, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line of a purchase order, its amount, and how much of it was received."""

    number: int
    amount: Money
    received: Decimal

    def __post_init__(self) -> None:
        exact = self.quantity * self.rate.value
        if abs(self.amount.value - exact) >= minor_unit(self.amount.currency):
            raise ValueError("a line's amount is quantity x rate, rounded")


OrderLineDrafts = Annotated[tuple[OrderLineDraft, ...], Meta(min_length=1, max_length=200)]


class PurchaseOrderDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A purchase order as it is to be written; the system gives it its number."""

    vendor_id: Id
    legal_entity: Text
    currency: Currency
    lines: OrderLineDrafts

    def __post_init__(self) -> None:
        if any(line.rate.currency != self.currency for line in self.lines):
            raise ValueError("every rate is in the order's currency")


class OrderRevision(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order's lines as they are to be from now on, in place of those of a revision.

    The system may ask for approval again even when the caller does not.
    """

    of_revision: Annotated[int, Meta(ge=1, le=1_000_000)]
    lines: OrderLineDrafts
    needs_approval: bool = True


class PurchaseOrder(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order as the system has it; what was approved stays until it is approved again."""

    id: Id
    number: str
    vendor_id: Id
    legal_entity: str
    currency: str
    status: OrderStatus
    revision: int
    reference: str | None
    lines: tuple[OrderLine, ...]
    total: Money
    approved_total: Money | None = None
    source: Source
    version: int = 1

    def __post_init__(self) -> None:
        if self.total != Money.total((line.amount for line in self.lines), self.currency):
            raise ValueError("an order's total is the sum of its lines' amounts")


class ReceiptSource(StrEnum):
    """What a service receipt rests on."""

    TIME_ENTRIES = "time_entries"
    MILESTONE = "milestone"
    MANUAL = "manual"


class ServiceReceiptDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Services that somebody accepted, on one line of an order and for one period.

    What `takes_back` takes as much off what was received on the line as it says, and stands
    beside the receipts that it corrects: none of them is changed.
    """

    line: LineNumber
    start: date
    end: date
    quantity: Decimal
    rests_on: ReceiptSource
    evidence: Annotated[tuple[Text, ...], Meta(max_length=1000)] = ()
    accepted_by: Text
    accepted_at: Moment
    takes_back: bool = False

    def __post_init__(self) -> None:
        _check_quantity(self.quantity)
        if self.end < self.start:
            raise ValueError("a period ends on its first day or later")


class ServiceReceipt(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A receipt as the system has it; a reversed one counts for nothing.

    Of one that takes back what others received, quantity and amount are below nothing.
    """

    id: Id
    number: str
    purchase_order_number: str
    line: int
    legal_entity: str
    start: date
    end: date
    quantity: Decimal
    amount: Money
    rests_on: ReceiptSource
    evidence: tuple[str, ...]
    accepted_by: str
    accepted_at: datetime
    is_reversed: bool
    reference: str | None
    source: Source
    version: int = 1


class BillStatus(StrEnum):
    """Where a vendor's bill stands."""

    RECEIVED = "received"
    MATCHED = "matched"
    EXCEPTION = "exception"
    APPROVED = "approved"
    POSTED = "posted"
    PAID = "paid"
    DISPUTED = "disputed"
    DUPLICATE = "duplicate"
    VOID = "void"


class BillLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line as the vendor wrote it, with the order line that it names, if it names one."""

    description: Text
    purchase_order_number: Text | None = None
    purchase_order_line: LineNumber | None = None
    quantity: Decimal
    unit_price: Price
    net: Money
    tax: Money

    def __post_init__(self) -> None:
        _check_quantity(self.quantity)
        if (self.purchase_order_number is None) != (self.purchase_order_line is None):
            raise ValueError("an order and its line are named together")


class VendorBillDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bill as it came in; what it says is kept, right or wrong, but it must add up."""

    vendor_id: Id
    legal_entity: Text
    number: Text
    currency: Currency
    issue_date: date
    due_date: date
    lines: Annotated[tuple[BillLine, ...], Meta(min_length=1, max_length=200)]
    net: Money
    tax: Money
    gross: Money
    paid_when_paid: bool = False

    def __post_init__(self) -> None:
        if not normalised(self.number):
            raise ValueError("a bill's number has a letter or a digit")
        if self.due_date < self.issue_date:
            raise ValueError("a bill is due on its issue date or later")
        if self.net != Money.total((line.net for line in self.lines), self.currency):
            raise ValueError("net is the sum of the lines' nets, in the bill's currency")
        if self.tax != Money.total((line.tax for line in self.lines), self.currency):
            raise ValueError("tax is the sum of the lines' taxes, in the bill's currency")
        if self.gross != self.net + self.tax:
            raise ValueError("gross is net plus tax")


class VendorBill(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bill as the system has it: one for each vendor and normalised number."""

    id: Id
    number: str
    vendor_id: Id
    legal_entity: str
    currency: str
    issue_date: date
    due_date: date | None
    status: BillStatus
    dispute_reason: str | None
    lines: tuple[BillLine, ...]
    net: Money
    tax: Money
    gross: Money
    paid_when_paid: bool
    reference: str | None
    source: Source
    version: int = 1


def normalised(number: str) -> str:
    """Return a bill's number without case, blanks and punctuation: `ab 12` is `AB-12`."""
    return "".join(letter for letter in number.upper() if letter.isalnum())


def _check_tolerance(share: Decimal) -> None:
    if not share.is_finite() or not 0 <= share <= 1 or share % FINEST_QUANTITY:
        raise ValueError("a tolerance is a share from 0 to 1, of four decimals at most")


def _check_quantity(quantity: Decimal) -> None:
    if not quantity.is_finite() or not 0 < quantity <= LARGEST_QUANTITY:
        raise ValueError(f"a quantity is more than nothing, and at most {LARGEST_QUANTITY}")
    if quantity % FINEST_QUANTITY:
        raise ValueError("a quantity has at most four decimals")

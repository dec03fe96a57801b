"""Payables: what a company owes its vendors, as its books have it.

Domain handbook 1.5 (vendor bill) and 3(e).
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.billing import BookedLine
from system_apis.canonical.money import Currency, Money, Price
from system_apis.canonical.record import Id, Source, Text


class PayableKind(StrEnum):
    """Whether a vendor is owed, or takes something back."""

    BILL = "bill"
    CREDIT = "credit"


class PayableStatus(StrEnum):
    """Where a payable stands in the books."""

    DRAFT = "draft"
    POSTED = "posted"
    PAID = "paid"
    VOID = "void"


class PayableLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of what is owed, on the project that bears it."""

    description: Text
    project_number: Text | None = None
    quantity: Decimal
    unit_price: Price
    net: Money


class PayableDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payable as it is to be written to the ERP, with the totals we expect of it.

    `self_assessed` is the tax that the company owes itself at `self_assessed_rate`, where the
    vendor charges none. A held payable is posted and not paid. A credit names the bill that it
    takes back, and its amounts are above nothing.
    """

    kind: PayableKind = PayableKind.BILL
    legal_entity: Text
    vendor_number: Text
    vendor_name: Text
    bill_number: Text
    corrects: Text | None = None
    currency: Currency
    issue_date: date
    due_date: date
    lines: tuple[PayableLine, ...]
    net: Money
    tax: Money
    gross: Money
    self_assessed_rate: Decimal = Decimal(0)
    self_assessed: Money
    held: bool = False

    def __post_init__(self) -> None:
        if self.net != Money.total((line.net for line in self.lines), self.currency):
            raise ValueError("net is the sum of the lines' nets, in the payable's currency")
        if self.gross != self.net + self.tax:
            raise ValueError("gross is net plus tax")
        if self.gross.value <= 0:
            raise ValueError("a payable is more than nothing")
        if (self.kind is PayableKind.CREDIT) != (self.corrects is not None):
            raise ValueError("a credit, and nothing else, names the bill that it corrects")


class Payable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payable as the ERP has it. The number is the ERP's own, given when it posts."""

    id: Id
    number: str | None
    kind: PayableKind
    reference: str | None
    legal_entity: str
    vendor_number: str
    bill_number: str
    corrects: str | None
    currency: str
    status: PayableStatus
    issue_date: date
    due_date: date
    net: Money
    tax: Money
    gross: Money
    self_assessed: Money
    held: bool
    lines: tuple[BookedLine, ...]
    source: Source
    version: int = 1

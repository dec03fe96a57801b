"""Invoices and payments: what a client owes, and what it paid."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from governance.wrong_field import WrongField
from system_apis.canonical.money import Currency, Money, Price, Rounding
from system_apis.canonical.record import Id, Source, Text


class LineKind(StrEnum):
    """What an invoice line bills."""

    TIME = "time"
    EXPENSES = "expenses"
    NTE_ADJUSTMENT = "nte_adjustment"
    MILESTONE = "milestone"
    RETAINER = "retainer"
    OVERAGE = "overage"
    SUBSCRIPTION = "subscription"
    ADOPTED = "adopted"
    SERVICE_CREDIT = "service_credit"
    DOWN_PAYMENT = "down_payment"
    DOWN_PAYMENT_APPLIED = "down_payment_applied"


PREPAID = {LineKind.DOWN_PAYMENT, LineKind.DOWN_PAYMENT_APPLIED}


class TaxRounding(StrEnum):
    """Whether a ledger rounds tax on each line or on the sum of each tax group.

    By `line` and `group` tax is taken of rounded nets; by `exact_group` of the sum of
    quantity x price as it is before any rounding (Tryton), which may differ by a cent.
    """

    LINE = "line"
    GROUP = "group"
    EXACT_GROUP = "exact_group"


class PostingTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """How an ERP instance rounds what it posts (domain handbook, 0.4)."""

    rounding: Rounding
    tax_rounding: TaxRounding = TaxRounding.GROUP


# EN 16931, code list 5305: zero-rated, exempt, reverse charge, out of scope, export.
UNTAXED = frozenset({"Z", "E", "AE", "O", "G"})


class InvoiceLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line; `net` is already rounded as the posting ERP rounds."""

    kind: LineKind
    description: Text
    quantity: Decimal
    unit_price: Price
    net: Money
    employee: str | None = None
    milestone: str | None = None


class InvoiceDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An invoice as it is to be written to the ERP, with the totals we expect of it.

    `exemption_reason` is what the invoice says about tax that it does not name (BT-120).
    Invariants: net is the sum of the lines' nets; gross is net plus tax; a tax category
    that names no tax has no rate.
    """

    legal_entity: Text
    client_number: Text
    project_number: Text
    currency: Currency
    issue_date: date
    due_date: date
    purchase_order: Text | None
    tax_category: Text
    tax_rate: Decimal
    lines: tuple[InvoiceLine, ...]
    net: Money
    tax: Money
    gross: Money
    exemption_reason: Text | None = None

    def __post_init__(self) -> None:
        if self.tax_category in UNTAXED and self.tax_rate:
            raise WrongField("tax_rate", f"an invoice of tax category {self.tax_category} has none")
        if self.due_date < self.issue_date:
            raise ValueError("an invoice is due on its issue date or later")
        if self.net != Money.total((line.net for line in self.lines), self.currency):
            raise ValueError("net is the sum of the lines' nets, in the invoice's currency")
        if self.gross != self.net + self.tax:
            raise ValueError("gross is net plus tax")


class InvoiceStatus(StrEnum):
    """Where an invoice stands in the ERP."""

    DRAFT = "draft"
    POSTED = "posted"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    VOID = "void"


class BookedLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line of an invoice as the ERP has it, whoever wrote it."""

    description: str
    quantity: Decimal
    unit_price: Price
    net: Money
    employee: str | None = None


class TaxGroup(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an invoice taxes alike, and the tax on it (EN 16931, BG-23).

    The category and rate are absent where the ERP's tax has none.
    """

    category: str | None = None
    rate: Decimal | None = None
    basis: Money
    tax: Money


class Invoice(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An invoice as the ERP has it. The number is the ERP's, given when it posts.

    `lines` and `tax_groups` are absent where the ERP does not tell them.
    """

    id: Id
    number: str | None
    reference: str | None
    legal_entity: str
    client_number: str
    project_number: str | None
    currency: str
    status: InvoiceStatus
    issue_date: date
    due_date: date | None
    net: Money
    tax: Money
    gross: Money
    paid: Money
    purchase_order: str | None = None
    lines: tuple[BookedLine, ...] | None = None
    credited: Money | None = None
    tax_groups: tuple[TaxGroup, ...] | None = None
    source: Source
    version: int = 1

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed on it any more: it was paid or credited in full."""
        credited = self.credited or Money.zero(self.currency)
        return self.gross <= self.paid + credited


class PaymentDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money that came in, for one invoice or from one client; `reference` is the bank's.

    What names no invoice is booked as unapplied, until it is applied to some.
    """

    legal_entity: Text
    invoice_number: Text | None = None
    client_number: Text | None = None
    date: date
    amount: Money
    reference: Text

    def __post_init__(self) -> None:
        if self.amount.value <= 0:
            raise ValueError("a payment is more than nothing")
        if (self.invoice_number is None) == (self.client_number is None):
            raise ValueError("a payment names either its invoice or the client it came from")


class PaymentApplication(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a payment that pays one invoice, or a part of it."""

    invoice_number: Text
    amount: Money

    def __post_init__(self) -> None:
        if self.amount.value <= 0:
            raise ValueError("more than nothing is applied to an invoice")


class Payment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payment as the ERP booked it; `invoice_number` is the invoice it was booked for, if any.

    Invariant: what is applied and what is unapplied make up the amount.
    """

    id: Id
    legal_entity: str
    invoice_number: str | None
    client_number: str | None = None
    date: date
    amount: Money
    reference: str | None
    applications: tuple[PaymentApplication, ...]
    unapplied: Money
    source: Source

    def __post_init__(self) -> None:
        applied = Money.total((each.amount for each in self.applications), self.amount.currency)
        if applied + self.unapplied != self.amount:
            raise ValueError("what is applied and what is unapplied make up the amount")


class ClientBalance(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a client owes a company in one currency, less what it paid that no invoice took."""

    client_id: Id
    client_number: str
    legal_entity: str
    balance: Money


class FiscalPeriod(Struct, frozen=True, forbid_unknown_fields=True):
    """A period of a company's books; documents are posted only while it is open."""

    legal_entity: str
    start: date
    end: date
    is_open: bool


class LedgerProjectDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A project as a dimension of the ERP's books."""

    number: Text
    name: Text
    legal_entity: Text
    client_number: Text


class LedgerProject(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A project dimension that the ERP has; nothing more is booked on one that is not active."""

    id: Id
    number: str
    name: str
    legal_entity: str
    client_number: str
    is_active: bool = True
    source: Source

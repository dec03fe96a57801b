"""Tax totals of an invoice, and what clients object to. Source: domain handbook, 1.5."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.money import Money
from system_apis.canonical.record import Id, Text


class TaxCategory(StrEnum):
    """The kinds of tax on an invoice line (EN 16931, code list 5305)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"


class TaxTotal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The tax of all lines of one category and rate."""

    category: TaxCategory
    rate: Decimal
    net: Money
    tax: Money

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise ValueError("a tax rate is a fraction, from 0 to less than 1")
        if self.category is not TaxCategory.STANDARD and (self.rate or self.tax):
            raise ValueError("only the standard category has a tax to pay")
        if self.net.currency != self.tax.currency:
            raise ValueError("net and tax are in one currency")


class TaxTotals(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The tax of an invoice by category and rate, and what that makes."""

    totals: tuple[TaxTotal, ...]
    net: Money
    tax: Money
    gross: Money

    def __post_init__(self) -> None:
        groups = [(each.category, each.rate) for each in self.totals]
        if len(set(groups)) != len(groups):
            raise ValueError("each category and rate has one total")
        if _sum((each.net for each in self.totals), self.net) != self.net:
            raise ValueError("net is the sum of the totals' nets")
        if _sum((each.tax for each in self.totals), self.tax) != self.tax:
            raise ValueError("tax is the sum of the totals' taxes")
        if self.gross != self.net + self.tax:
            raise ValueError("gross is net plus tax")


class DisputeReason(StrEnum):
    """What a client objects to."""

    PRICE = "price"
    QUANTITY = "quantity"
    QUALITY = "quality"
    PURCHASE_ORDER = "purchase_order"
    TAX = "tax"
    DUPLICATE = "duplicate"
    OTHER = "other"


class DisputeResolution(StrEnum):
    """How a dispute ended."""

    UPHELD = "upheld"
    CREDITED = "credited"
    WITHDRAWN = "withdrawn"


class Dispute(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A client's objection to an invoice or a part of it; while it is open, nothing is dunned."""

    id: Id
    invoice_number: Text
    contract_number: Text
    legal_entity: Text
    amount: Money
    reason: DisputeReason
    told: Text
    opened_at: datetime
    resolution: DisputeResolution | None = None
    resolved_at: datetime | None = None
    resolved_by: Text | None = None

    def __post_init__(self) -> None:
        if self.amount.value <= 0:
            raise ValueError("a dispute is about more than nothing")
        ended = (self.resolution, self.resolved_at, self.resolved_by)
        if None in ended and ended != (None, None, None):
            raise ValueError("a dispute ends with a resolution, by somebody, at a time")
        if self.resolved_at is not None and self.resolved_at < self.opened_at:
            raise ValueError("a dispute ends after it begins")

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""
        return self.resolution is None


def _sum(amounts: Iterable[Money], like: Money) -> Money:
    return Money.total(amounts, like.currency)

"""Opportunities: what was sold, before it becomes work."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.record import Id, Source, Text


class Stage(StrEnum):
    """How far a sale has come."""

    OPEN = "open"
    CLOSED_WON = "closed_won"
    CLOSED_LOST = "closed_lost"


class RoleRate(Struct, frozen=True, forbid_unknown_fields=True):
    """The bill rate of one role, per hour."""

    role: str
    rate: Price


class Opportunity(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sale. When won it has a closing time, an amount above zero and a client.

    Terms that are None were not agreed upon by sales, and are the contract's to say.
    `probability` is how likely sales thinks that an open one is won, from 0 to 1.
    """

    id: Id
    number: str
    name: str
    client_id: Id
    stage: Stage
    amount: Money
    discount_percent: Decimal
    contract_number: str | None = None
    closed_won_at: datetime | None = None
    rates: tuple[RoleRate, ...] = ()
    legal_entity: str | None = None
    billing_model: str | None = None
    payment_terms_days: int | None = None
    nte_cap: Money | None = None
    purchase_order_required: bool | None = None
    expected_start: date | None = None
    expected_end: date | None = None
    probability: Decimal | None = None
    source: Source
    version: int = 1


class OpportunityLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that a sale offers: a product, or hours of a role."""

    description: Text
    role: Text | None = None
    quantity: Decimal
    unit: Text
    unit_price: Price
    discount_percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise ValueError("more than nothing is offered")
        if not 0 <= self.discount_percent <= 100:
            raise ValueError("a discount is from 0 to 100 percent")

    def net(self, rounding: Rounding) -> Money:
        """Return what the line comes to, rounded once."""
        left = 1 - self.discount_percent / 100
        return self.unit_price.times(self.quantity * left, rounding)

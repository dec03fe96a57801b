"""What the firm buys from others, as its `fixture.json` tells it; any part may be missing."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct


class Vendor(Struct, frozen=True):
    """A firm that contractors come from, and the items of its onboarding that are done."""

    id: str
    name: str
    country: str
    tax_id: str | None = None
    onboarding: tuple[str, ...] = ()
    terms_days: int | None = None


class Order(Struct, frozen=True):
    """A purchase order for one contractor's hours on one project."""

    id: str
    legal_entity: str
    contractor: str
    hours: Decimal
    rate: Decimal
    currency: str
    project: str
    end: date | None = None


class Bill(Struct, frozen=True):
    """A bill of the vendor for hours on the order; one without a moment is yet to be sent."""

    number: str
    hours: Decimal
    received_at: datetime | None = None


class Procurement(Struct, frozen=True):
    """The vendor, its order and its bills."""

    vendor: Vendor | None = None
    po: Order | None = None
    bills: tuple[Bill, ...] = ()

"""Lines of the ERP's documents: their amounts are worked out here, whatever the caller thinks."""

from decimal import Decimal

from msgspec import Struct

from system_apis.sandbox.erp.records import Item
from system_apis.sandbox.rounding import rounded


class NewItem(Struct, frozen=True, rename="camel", kw_only=True):
    """A line as the caller sends it; an amount that comes with it is not looked at."""

    kind: str
    description: str
    quantity: Decimal
    rate: Decimal
    employee: str | None = None


class Sums(Struct, frozen=True):
    """What the lines of a document come to."""

    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """Net and tax."""
        return self.net + self.tax


def item(line: NewItem, currency: str, rounding: str) -> Item:
    """Return a line with its amount."""
    return Item(
        kind=line.kind,
        description=line.description,
        quantity=line.quantity,
        rate=line.rate,
        amount=rounded(line.quantity * line.rate, currency, rounding),
        employee=line.employee,
    )


def sums(items: tuple[Item, ...], tax_rate: Decimal, currency: str, rounding: str) -> Sums:
    """Return the totals of lines; tax is rounded once."""
    nothing = rounded(Decimal(0), currency, rounding)
    net = sum((each.amount for each in items), start=nothing)
    return Sums(net, rounded(net * tax_rate, currency, rounding))

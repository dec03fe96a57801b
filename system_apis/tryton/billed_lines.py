"""Lines of Tryton's invoices: what was sold, to which amount, for which project and by whom.

Tryton has no place for the person whose hours a line sells: the line's note says it.
"""

from decimal import Decimal
from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.billing import BookedLine, InvoiceLine
from system_apis.canonical.money import Money, Price
from system_apis.tryton.values import Coded, Number, labelled, noted

_EMPLOYEE = "Employee"
_MILESTONE = "Milestone"


class Entry(Struct, frozen=True):
    """The dimension that an invoice line belongs to."""

    account: Coded | None


class BilledLine(Struct, frozen=True):
    """A line of an invoice; a title or a subtotal has no amount."""

    fields: ClassVar[tuple[str, ...]] = (
        *("lines.type", "lines.description", "lines.quantity", "lines.unit_price"),
        *("lines.amount", "lines.note", "lines.analytic_accounts.account.code"),
    )

    id: int
    type: str
    description: str | None
    quantity: Decimal | None
    unit_price: Number | None
    amount: Number | None
    note: str | None
    analytic_accounts: list[Entry]

    def canonical(self, currency: str) -> BookedLine | None:
        """Say the same in our words, or None when the line sells nothing."""
        if self.type != "line" or self.amount is None:
            return None
        price = self.unit_price.value if self.unit_price else Decimal(0)
        return BookedLine(
            description=self.description or "",
            quantity=self.quantity or Decimal(0),
            unit_price=Price(f"{round(price, 6):f}", currency),
            net=Money.of(self.amount.value, currency),
            employee=noted(self.note, _EMPLOYEE),
        )


def note_of(line: InvoiceLine) -> str | None:
    """Return what Tryton's line has no field for: whose hours it sells, and which milestone."""
    return labelled({_EMPLOYEE: line.employee, _MILESTONE: line.milestone})


def project_of(lines: list[BilledLine]) -> str | None:
    """Return the number of the first project that a line belongs to."""
    entries = (entry for line in lines for entry in line.analytic_accounts)
    return next((each.account.code for each in entries if each.account), None)


def booked(lines: list[BilledLine], currency: str) -> tuple[BookedLine, ...]:
    """Return the lines that sell something, in our words."""
    said = (each.canonical(currency) for each in lines)
    return tuple(each for each in said if each is not None)

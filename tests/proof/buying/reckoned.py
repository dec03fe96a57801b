"""What is wrong with a vendor's bill, reckoned in fractions from the words of the handbook, 3(e).

Nothing of the product is used here.
"""

from fractions import Fraction
from typing import NamedTuple

from tests.firms.amounts import halves

ZERO = Fraction(0)
UNION = {"AT", "DE", "NL", "FR"}


class Line(NamedTuple):
    """An order's line: ordered, at what, and what is there to be billed."""

    quantity: Fraction
    rate: Fraction
    tolerance: Fraction
    received: Fraction
    has_receipts: bool
    worked: Fraction


class Asked(NamedTuple):
    """A line of a bill; no order line is named where it is None."""

    of: int | None
    quantity: Fraction
    price: Fraction
    net: Fraction


class Bill(NamedTuple):
    """A bill, and whether another currency is on it than on the order."""

    lines: tuple[Asked, ...]
    tax: Fraction
    other_currency: bool = False


class Tolerances(NamedTuple):
    """What a firm lets be."""

    quantity: Fraction
    price: Fraction
    share: Fraction
    amount: Fraction
    tax: Fraction


class Deal(NamedTuple):
    """An order with a vendor, and the bills that come one after the other."""

    currency: str
    even: bool
    vendor: str
    active: bool
    company: str
    tax_rate: Fraction | None
    tolerances: Tolerances
    ordered: tuple[Line, ...]
    bills: tuple[Bill, ...]

    def rounded(self, amount: Fraction) -> Fraction:
        """Round as the ledger does that posts it."""
        return halves(amount, self.currency, even=self.even)


def at_home(deal: Deal) -> bool:
    """Whether the vendor charges the tax."""
    return deal.vendor == deal.company


def across(deal: Deal) -> bool:
    """Whether the buyer owes the tax itself: another member state's services."""
    return not at_home(deal) and {deal.vendor, deal.company} <= UNION


def wrong(deal: Deal, bill: Bill, before: dict[int, Fraction]) -> list[tuple[str, Fraction | None]]:
    """Return each thing that is wrong with its amount (None where the whole bill waits)."""
    found: list[tuple[str, Fraction | None]] = []
    if not deal.active:
        found.append(("VENDOR_INACTIVE", None))
    if bill.other_currency:
        found.append(("CURRENCY", None))
    seen = dict(before)
    for asked in bill.lines:
        found += _line(deal, bill, asked, seen)
    if not found:
        expected = sum(
            (
                deal.rounded(a.quantity * deal.ordered[a.of].rate)
                for a in bill.lines
                if a.of is not None
            ),
            ZERO,
        )
        over = sum((a.net for a in bill.lines), ZERO) - expected
        if abs(over) > min(deal.tolerances.share * expected, deal.tolerances.amount):
            found.append(("PRICE", over))
    return found + _tax(deal, bill)


def _line(
    deal: Deal, bill: Bill, asked: Asked, seen: dict[int, Fraction]
) -> list[tuple[str, Fraction | None]]:
    if asked.of is None:
        return [("NO_PO", asked.net)]
    line, tolerances = deal.ordered[asked.of], deal.tolerances
    earlier = seen.get(asked.of, ZERO)
    seen[asked.of] = earlier + asked.quantity
    there = line.received if line.has_receipts else line.worked
    if not there:
        return [("NO_RECEIPT", asked.net)]
    most = min(there * (1 + tolerances.quantity), line.quantity * (1 + line.tolerance))
    over = min(asked.quantity, earlier + asked.quantity - most)
    found: list[tuple[str, Fraction | None]] = []
    if over > 0:
        found.append(("QTY_OVER_RECEIPT", deal.rounded(over * line.rate)))
    dearer = asked.price - line.rate * (1 + tolerances.price)
    if dearer > 0 and not bill.other_currency:
        found.append(("PRICE", deal.rounded(dearer * asked.quantity)))
    said = deal.rounded(asked.price * asked.quantity)
    if abs(asked.net - said) > min(tolerances.share * said, tolerances.amount):
        found += [] if bill.other_currency else [("PRICE", asked.net - said)]
    return found


def _tax(deal: Deal, bill: Bill) -> list[tuple[str, Fraction | None]]:
    if across(deal) and deal.tax_rate is None:
        return [("TAX", None)]
    rate = (deal.tax_rate or ZERO) if at_home(deal) else ZERO
    over = bill.tax - deal.rounded(sum((a.net for a in bill.lines), ZERO) * rate)
    return [("TAX", over)] if abs(over) > deal.tolerances.tax else []


def self_assessed(deal: Deal, bill: Bill) -> Fraction | None:
    """Return the tax that the buyer owes itself, None where the vendor charges it or nobody."""
    if not across(deal) or not deal.tax_rate:
        return None
    return deal.rounded(sum((a.net for a in bill.lines), ZERO) * deal.tax_rate)

"""What a retainer's client owes, reckoned in fractions from the words of the handbook, 3(d).

Nothing of the product is used here.
"""

from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from tests.firms.amounts import halves

NOTHING = Fraction(0)
REMINDED_AFTER = (3, 10, 30)


class Agreed(NamedTuple):
    """A monthly fee with so many hours, unused ones of which last so many months more."""

    fee: Fraction
    included: Fraction
    beyond: Fraction
    lasting: int
    tax: Fraction
    down: Fraction


class Billed(NamedTuple):
    """A month's invoice: hours beyond the free ones, what the down payment takes off, totals."""

    over: Fraction
    taken: Fraction
    net: Fraction
    gross: Fraction


class Letter(NamedTuple):
    """A reminder, and the day from which the next one's days count."""

    open: bool
    on: date


class Owing(NamedTuple):
    """What is known of an invoice: paid, objected to, agreed to be credited, and credited."""

    gross: Fraction
    due: date
    paid: Fraction = NOTHING
    credited: Fraction = NOTHING
    objected: Fraction = NOTHING
    accepted: Fraction = NOTHING
    letters: tuple[Letter, ...] = ()

    @property
    def owed(self) -> Fraction:
        """What is neither paid nor credited."""
        return self.gross - self.paid - self.credited

    @property
    def to_credit(self) -> Fraction:
        """What was agreed to and is not credited yet."""
        return max(self.accepted - self.credited, NOTHING)

    @property
    def claimed(self) -> Fraction:
        """What may be asked for."""
        return max(self.owed - self.objected - self.to_credit, NOTHING)

    @property
    def stage(self) -> str:
        """Where it stands: a settled one is paid, whatever is objected to."""
        if self.owed <= 0:
            return "paid"
        if self.objected:
            return "disputed"
        return "partially_paid" if self.paid else "posted"

    def reminded_on(self) -> date | None:
        """Return from when on the next reminder is due, if there is one to come."""
        level = len(self.letters)
        if level == len(REMINDED_AFTER) or any(each.open for each in self.letters):
            return None
        on = self.due + timedelta(days=REMINDED_AFTER[level])
        if not level:
            return on
        between = REMINDED_AFTER[level] - REMINDED_AFTER[level - 1]
        return max(on, max(each.on for each in self.letters) + timedelta(days=between))


def billed(agreed: Agreed, worked: list[Fraction], left: Fraction) -> Billed:
    """Return the invoice of the last of some months, of whose down payment so much is left."""
    over = NOTHING
    lots: list[list[Fraction]] = []
    for month, hours in enumerate(worked):
        lots.append([Fraction(month), agreed.included])
        over = hours
        for lot in lots:
            if month - lot[0] <= agreed.lasting:
                used = min(lot[1], over)
                lot[1], over = lot[1] - used, over - used
    work = agreed.fee + halves(over * agreed.beyond, "USD", even=False)
    taken = min(left, work)
    net = work - taken
    return Billed(over, taken, net, net + halves(net * agreed.tax, "USD", even=False))


def applied(amount: Fraction, text: list[str], owing: dict[str, Owing]) -> dict[str, Fraction]:
    """Return which invoices money pays: those it names, oldest first, or the one it fits."""
    open_ones = {number: each for number, each in owing.items() if each.owed > 0}
    named = sorted((each.due, number) for number, each in open_ones.items() if number in text)
    if not named:
        fits = [number for number, each in open_ones.items() if each.owed == amount]
        return {fits[0]: amount} if len(fits) == 1 else {}
    found = {}
    for _, number in named:
        part = min(amount, open_ones[number].owed)
        if part:
            found[number], amount = part, amount - part
    return found

"""The facts that a project's revenue is worked out from, as its systems told them."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.billing import LineKind
from system_apis.canonical.changes import ModificationAccounting
from system_apis.canonical.contracts import Contract
from system_apis.canonical.money import Money, Rounding
from system_apis.canonical.revenue import RevenueMethod


class Worked(Struct, frozen=True, kw_only=True):
    """Approved hours of one person on one day, in the contract's currency.

    `cost` is what they cost, `listed` what they are worth at the list rate of the role, and
    `agreed` at the contract's; each is absent where there is no such rate.
    """

    employee: str
    day: date
    hours: Decimal
    billable: bool
    cost: Decimal | None
    listed: Decimal | None
    agreed: Decimal | None


class Dated(Struct, frozen=True):
    """An amount and the day it counts from."""

    day: date
    amount: Money


class WorkLine(Struct, frozen=True):
    """What of a line of an invoice, or of one that is to come, is earned by the end of a day."""

    day: date
    kind: LineKind
    amount: Money


class Changed(Struct, frozen=True, kw_only=True):
    """A change of the contract that was applied on a day, and how revenue treats it."""

    day: date
    price: Money
    effort: Decimal
    accounting: ModificationAccounting


class RevenueFacts(Struct, frozen=True, kw_only=True):
    """One project's contract, its work until a day, and what was billed of it.

    `price` is that of a fixed promise and `planned` what hours at rates come to at most.
    `estimate` is the cost at completion and `hours_left` what is still to be worked. `lines`
    are what the work is invoiced at, whether it is invoiced yet or not, less what was credited;
    `given_up` are the lines that were written off instead, on the day when they were.
    Price and estimate are with the `changes`, oldest first. `opening` was earned before
    Strata took the project on; what was billed then is in `billed`.
    """

    contract: Contract
    method: RevenueMethod
    price: Money | None
    planned: Money | None
    estimate: Decimal | None
    hours_left: Decimal | None
    rounding: Rounding
    worked: tuple[Worked, ...] = ()
    spent: tuple[Dated, ...] = ()
    lines: tuple[WorkLine, ...] = ()
    billed: tuple[Dated, ...] = ()
    given_back: tuple[Dated, ...] = ()
    given_up: tuple[WorkLine, ...] = ()
    accepted: tuple[Dated, ...] = ()
    deliveries: int = 0
    changes: tuple[Changed, ...] = ()
    opening: Money

    @property
    def currency(self) -> str:
        """The currency of the contract."""
        return self.contract.currency

    def price_at(self, until: date) -> Money | None:
        """Return the price of a fixed promise as it was agreed by the end of a day."""
        if self.price is None:
            return None
        later = (each.price for each in self.changes if each.day > until)
        return self.price - Money.total(later, self.currency)

    def estimate_at(self, until: date) -> Decimal | None:
        """Return the cost at completion without the changes that came after a day."""
        if self.estimate is None or self.method is RevenueMethod.INPUT_HOURS:
            return self.estimate
        later = (each.effort for each in self.changes if each.day > until)
        return self.estimate - sum(later, start=Decimal(0))

    def total(self, dated: tuple[Dated, ...], until: date) -> Money:
        """Return what dated amounts come to by the end of a day."""
        return Money.total((each.amount for each in dated if each.day <= until), self.currency)

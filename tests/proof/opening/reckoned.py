"""What becomes of sold work, reckoned in fractions from the words of the handbook, 3(a).

Nothing of the product is used here.
"""

from fractions import Fraction
from typing import NamedTuple

KNOWN, NEW = "CL-2", "CL-9"
# What nobody has looked at, is asked about, said no to or stopped; what runs, and what is given up.
UNSEEN, ASKED, REFUSED, STOPPED, RUNS, GIVEN_UP = (
    "unseen",
    "asked",
    "refused",
    "stopped",
    "runs",
    "given up",
)
# The euro's rate of the firm's month, to the dollars in which large values are told.
DOLLARS = Fraction(11, 10)


class Deal(NamedTuple):
    """A fixed price as it was sold and as it was signed, and the days on which that shows."""

    client: str
    price: Fraction
    cost: Fraction
    sold: Fraction
    discounts: tuple[Fraction, Fraction | None]
    days_apart: int
    parts: int
    named: bool
    won: int
    signed: int
    order: int | None


class Standing(NamedTuple):
    """How far a deal has come: who is still to answer, and whether the order was there by then."""

    stage: str = UNSEEN
    left: frozenset[str] = frozenset()
    ordered: bool = False
    was_opened: bool = False


def approvers(deal: Deal, *, is_known: bool) -> frozenset[str]:
    """Return the roles that must agree before the project opens."""
    found: set[str] = set()
    if _differs(deal):
        found |= {"sales_operations", "finance"}
    else:
        found |= _for_discount(deal)
    if (deal.price - deal.cost) / deal.price < Fraction(30, 100):
        found.add("finance")
    if deal.price * DOLLARS > 100_000:
        found.add("project_manager")
    if not is_known:
        found.add("finance")
    return frozenset(found)


def _differs(deal: Deal) -> bool:
    """Whether CRM and contract say different things, beyond what is tolerated."""
    tolerated = min(deal.sold / 100, Fraction(500))
    sold, signed = deal.discounts
    return (
        abs(deal.sold - deal.price) > tolerated
        or (signed is not None and signed != sold)
        or abs(deal.days_apart) > 14
    )


def _for_discount(deal: Deal) -> set[str]:
    discount = deal.discounts[0]
    if discount <= 5:
        return set()
    return {"sales_director"} if discount <= 15 else {"sales_director", "cfo"}

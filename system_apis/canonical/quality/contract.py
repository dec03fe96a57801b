"""What is wrong with a contract: rules DQ-K1 to DQ-K10 of the domain handbook, 5.

A fact that is not known is None, and nothing is said of it. Each rule returns what it found.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from system_apis.canonical.contracts import BillingModel, Contract
from system_apis.canonical.money import Money
from system_apis.canonical.rate_cards import RateLine

_METHOD_FOLLOWS = {
    BillingModel.TIME_AND_MATERIALS,
    BillingModel.RETAINER,
    BillingModel.SUBSCRIPTION,
}


class PriceTolerance(Struct, frozen=True):
    """How far CRM and contract may lie apart: a share of the CRM's amount, or this much at most."""

    share: Decimal
    amount: Decimal


class ContractFacts(Struct, frozen=True, kw_only=True):
    """A contract, and what was sold, planned and billed under it.

    One that `is_over` has no work any more: it may run out. A `settled_difference` of the prices
    is one that set-up has dealt with.
    """

    contract: Contract
    on: date
    billed: Money | None = None
    planned_roles: frozenset[str] = frozenset()
    rate_lines: tuple[RateLine, ...] = ()
    sold_for: Money | None = None
    price: Money | None = None
    tolerance: PriceTolerance | None = None
    settled_difference: bool = False
    order_left: Money | None = None
    next_bill: Money | None = None
    bills_now: bool = False
    is_over: bool = False


def document_missing(facts: ContractFacts) -> str | None:
    """DQ-K1: a signed contract has its document; the readiness check holds bills (B01)."""
    signed = facts.contract.signed_at is not None
    return "document_hash is absent" if signed and not facts.contract.document_hash else None


def dates_wrong(facts: ContractFacts) -> str | None:
    """DQ-K2: a contract begins before it ends, and does not end before its work (see B01)."""
    contract = facts.contract
    if ends_before_it_begins(contract):
        return f"effective_to {contract.effective_to} is before {contract.effective_from}"
    ended = contract.effective_to < facts.on and not facts.is_over
    return f"effective_to {contract.effective_to} has passed" if ended else None


def milestones_off_price(facts: ContractFacts) -> str | None:
    """DQ-K3: milestones add up to the price to the cent; set-up stops (PLAN_SUM_MISMATCH)."""
    contract = facts.contract
    if contract.total_value is None or not contract.milestones:
        return None
    total = planned_price(contract)
    apart = total != contract.total_value
    return f"milestones are {total}, and total_value {contract.total_value}" if apart else None


def cap_below_billed(facts: ContractFacts) -> str | None:
    """DQ-K4: a cap is not below what was billed; a bill over it is adjusted (B09)."""
    cap = facts.contract.nte_cap
    if cap is None or facts.billed is None:
        return None
    return f"nte_cap {cap} is below the billed {facts.billed}" if cap < facts.billed else None


def rate_missing(facts: ContractFacts) -> str | None:
    """DQ-K5: every planned role has a rate; set-up stops, and bills wait (RATE_NOT_FOUND)."""
    missing = roles_without_rate(facts.contract, facts.planned_roles)
    return f"rates lacks {', '.join(sorted(missing))}" if missing else None


def rates_overlap(facts: ContractFacts) -> str | None:
    """DQ-K6: one rate of a role holds on a day; a `RateCard` of ours cannot be made otherwise."""
    return overlapping(facts.rate_lines)


def price_differs(facts: ContractFacts) -> str | None:
    """DQ-K7: CRM and contract agree within tolerance; set-up asks (PRICING_MISMATCH)."""
    sold, agreed, tolerance = facts.sold_for, facts.price, facts.tolerance
    if sold is None or agreed is None or tolerance is None or facts.settled_difference:
        return None
    apart = prices_apart(sold, agreed, tolerance)
    return f"the price {agreed} was sold for {sold}" if apart else None


def order_missing(facts: ContractFacts) -> str | None:
    """DQ-K8: a purchase order is there where one is asked for; bills wait for it (B03)."""
    contract = facts.contract
    missing = contract.purchase_order_required and not contract.purchase_orders
    return "purchase_orders is empty, and one is required" if missing else None


def order_running_out(facts: ContractFacts) -> str | None:
    """DQ-K9: what is left of a purchase order covers the next bill; else that bill waits (B03)."""
    left, wanted = facts.order_left, facts.next_bill
    if left is None or wanted is None:
        return None
    return f"purchase_orders have {left} left for {wanted}" if left < wanted else None


def revenue_method_missing(facts: ContractFacts) -> str | None:
    """DQ-K10: how revenue is recognised is named, or follows; the first bill waits (DQ-K10)."""
    contract = facts.contract
    named = contract.revenue_method is not None or contract.billing_model in _METHOD_FOLLOWS
    missing = facts.bills_now and not named
    return "revenue_method is absent, and none follows from billing_model" if missing else None


def ends_before_it_begins(contract: Contract) -> bool:
    """Whether a contract's dates are the wrong way round."""
    return contract.effective_to < contract.effective_from


def planned_price(contract: Contract) -> Money:
    """Return what a contract's milestones come to."""
    return Money.total((each.amount for each in contract.milestones), contract.currency)


def roles_without_rate(contract: Contract, roles: frozenset[str]) -> frozenset[str]:
    """Return the roles that a contract agrees no rate for."""
    return roles - {each.role for each in contract.rates}


def prices_apart(sold: Money, agreed: Money, tolerance: PriceTolerance) -> bool:
    """Whether what was sold and what was agreed differ by more than is tolerated."""
    if sold.currency != agreed.currency:
        return True
    allowed = min(abs(sold.value) * tolerance.share, tolerance.amount)
    return abs(sold.value - agreed.value) > allowed


def overlapping(lines: Sequence[RateLine]) -> str | None:
    """Return which role has two rates on a day, if one has."""
    ordered = sorted(lines, key=lambda each: (str(each.whose), each.start))
    for one, later in pairwise(ordered):
        same = one.whose == later.whose
        if same and (one.end is None or later.start < one.end):
            return f"rates of {one.role} overlap on {later.start}"
    return None

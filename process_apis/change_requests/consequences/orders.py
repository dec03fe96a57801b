"""Which purchase orders must reach further when a milestone moves. Pure decisions.

Source: domain handbook 3(e) (tiers) and 3(f): another approval above a tenth, or in another tier.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from process_apis.change_requests.consequences.facts import MilestoneFacts, Ordered
from process_apis.change_requests.records import Action, Consequence, Domain, OrderChange
from process_apis.change_requests.terms import ChangeTerms
from system_apis.canonical.money import Money
from system_apis.canonical.procurement import OrderUnit

_SHOWN = Decimal("0.0001")
_NOTHING = Decimal(0)


def order_changes(facts: MilestoneFacts, terms: ChangeTerms) -> tuple[OrderChange, ...]:
    """Return how orders of the project change: those whose work goes on until the milestone.

    The hours that contractors still need are worked on the first lines that have some left;
    what no line has left comes on top of the last.
    """
    lines = going_on(facts)
    added = _added(lines, facts.asked.contractor_hours)
    return tuple(
        change
        for each, hours in zip(lines, added, strict=True)
        if (change := _changed(facts, each, hours, terms)) is not None
    )


def going_on(facts: MilestoneFacts) -> list[Ordered]:
    """Return the lines of orders whose work goes on until the milestone."""
    return [each for each in facts.orders if _goes_on(facts, each)]


def orders(facts: MilestoneFacts, terms: ChangeTerms) -> Iterator[Consequence]:
    """Yield what becomes of each order."""
    for each in order_changes(facts, terms):
        again = each.needs_reapproval
        yield Consequence(
            domain=Domain.PURCHASE_ORDERS,
            code="ORDER_NEEDS_APPROVAL" if again else "ORDER_REVISED",
            effect=f"{each.number} has {each.hours_left:f} hours left, and needs"
            f" {each.hours_added:f} more until {each.end_after or each.end_before}",
            action=Action.APPROVAL,
            approvers=each.approvers if again else ("project_manager",),
            reversible=True,
            subject=each.number,
            amount=each.amount_added,
            before=each.end_before,
            after=each.end_after,
        )


def _goes_on(facts: MilestoneFacts, ordered: Ordered) -> bool:
    """Whether a line's work is needed until the milestone: it ends with it, or has no end."""
    line = ordered.line
    begun = line.start is None or line.start <= facts.after
    return line.unit is OrderUnit.HOURS and begun and (line.end is None or line.end >= facts.before)


def _added(lines: Sequence[Ordered], needed: Decimal | None) -> list[Decimal]:
    left = needed or _NOTHING
    added = []
    for each in lines:
        left = max(_NOTHING, left - each.left)
        added.append(_NOTHING)
    if added:
        added[-1] = left
    return added


def _changed(
    facts: MilestoneFacts, ordered: Ordered, hours: Decimal, terms: ChangeTerms
) -> OrderChange | None:
    line, end = ordered.line, ordered.line.end
    later = end is not None and end < facts.after
    if not hours and not later:
        return None
    more = line.rate.times(line.quantity + hours, facts.posting.rounding) - line.amount
    after, whole = ordered.total + more, ordered.total.value
    share = more.value / whole if whole else None
    tier = terms.tier(_reported(ordered, after))
    other_tier = tier != terms.tier(ordered.reported)
    return OrderChange(
        purchase_order_id=ordered.purchase_order_id,
        number=ordered.number,
        line=line.number,
        revision=ordered.revision,
        hours_left=ordered.left,
        hours_added=hours,
        quantity_after=line.quantity + hours,
        amount_added=more,
        change_pct=None if share is None else share.quantize(_SHOWN, ROUND_HALF_UP),
        total_after=after,
        end_before=end,
        end_after=_later(end, facts.after),
        needs_reapproval=other_tier or (share is not None and share > terms.order_change),
        approvers=tier.roles,
    )


def _later(end: date | None, other: date) -> date | None:
    return None if end is None else max(end, other)


def _reported(ordered: Ordered, amount: Money) -> Decimal | None:
    rate = ordered.rate_of_currency
    return None if rate is None else amount.value * rate

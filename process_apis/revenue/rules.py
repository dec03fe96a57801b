"""How revenue follows from work, and what a change of the contract does to it. Pure decisions.

Source: domain handbook 3(d); ASC 606 (IFRS 15): over time 606-10-25-27 and 25-31 to 25-37,
right to invoice 606-10-55-18, asset and liability 606-10-45-1 to 45-3, modifications
606-10-25-12 and 25-13; losses ASC 605-35-25-45 (IAS 37). What is shared out is not rounded
before it is an amount.
"""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct
from msgspec.structs import replace

from system_apis.canonical.changes import ModificationAccounting
from system_apis.canonical.money import Money

NOTHING, ALL = Decimal(0), Decimal(1)
SHOWN = Decimal("0.000001")


class Obligation(Struct, frozen=True, kw_only=True):
    """A promise that is fulfilled over time, measured by cost, hours or another effort.

    `whole` is the effort that it takes in the end. After a prospective modification it
    goes on from what was `done_before` for what was `recognized_before`.
    """

    price: Money
    whole: Decimal
    done_before: Decimal = NOTHING
    recognized_before: Money | None = None


class Modification(Struct, frozen=True, kw_only=True):
    """What a change adds to a contract: its price, and the effort that it takes in the end.

    `whole_after` is the effort of the contract with the change. Where only a part of a
    change is distinct, each part is a modification of its own (606-10-25-13c).
    """

    price_delta: Money
    whole_after: Decimal
    distinct: bool
    at_standalone_price: bool = False


class Modified(Struct, frozen=True, kw_only=True):
    """A contract after a change: what is promised now, and what is recognized at once."""

    treatment: ModificationAccounting
    obligations: tuple[Obligation, ...]
    catch_up: Money


class Position(Struct, frozen=True):
    """How what was recognized stands to what was billed; one of the two is nothing."""

    contract_asset: Money
    contract_liability: Money


def percent_complete(done: Decimal, whole: Decimal) -> Decimal | None:
    """Return which part of an effort is done, 1 at most; None when there is none to be done."""
    return min(ALL, done / whole) if whole > 0 else None


def shown(share: Decimal) -> Decimal:
    """Return a share as it is shown, in six decimals."""
    return share.quantize(SHOWN, ROUND_HALF_UP)


def recognized_until(obligation: Obligation, done: Decimal) -> Money:
    """Return the revenue of an obligation when so much of its effort is done in all.

    What was worked on and takes no more effort is earned whole.
    """
    price, before = obligation.price, obligation.recognized_before
    start = before or Money.zero(price.currency)
    since, left = done - obligation.done_before, obligation.whole - obligation.done_before
    if left <= 0:
        return price if done > 0 else start
    rest = (price - start).value * max(NOTHING, min(since, left)) / left
    return Money.of(start.value + rest, price.currency)


def treatment_of(modification: Modification) -> ModificationAccounting:
    """Return how a change is accounted for (606-10-25-12 and 25-13).

    Distinct and at its standalone price it is a contract of its own; distinct only, it changes
    what is still to come; not distinct, it changes what was recognized as well.
    """
    if not modification.distinct:
        return ModificationAccounting.CUMULATIVE_CATCH_UP
    if modification.at_standalone_price:
        return ModificationAccounting.SEPARATE_CONTRACT
    return ModificationAccounting.PROSPECTIVE


def modified(obligation: Obligation, done: Decimal, modification: Modification) -> Modified:
    """Return what a change makes of an obligation of which so much is done."""
    treatment = treatment_of(modification)
    before = recognized_until(obligation, done)
    price, whole = obligation.price + modification.price_delta, modification.whole_after
    match treatment:
        case ModificationAccounting.SEPARATE_CONTRACT:
            added = Obligation(price=modification.price_delta, whole=whole - obligation.whole)
            obligations: tuple[Obligation, ...] = (obligation, added)
            now = before
        case ModificationAccounting.PROSPECTIVE:
            going_on = Obligation(
                price=price, whole=whole, done_before=done, recognized_before=before
            )
            obligations, now = (going_on,), before
        case ModificationAccounting.CUMULATIVE_CATCH_UP:
            changed = Obligation(price=price, whole=whole)
            obligations, now = (changed,), recognized_until(changed, done)
    return Modified(treatment=treatment, obligations=obligations, catch_up=now - before)


def recognized_after(
    obligation: Obligation, changes: Iterable[tuple[Decimal, Modification]], done: Decimal
) -> Money:
    """Return the revenue of an obligation that was changed, each time when so much was done.

    Where a change is a contract of its own, work fulfils the older promise first.
    """
    earned, current, before = Money.zero(obligation.price.currency), obligation, NOTHING
    for at, change in changes:
        rest = replace(change, whole_after=change.whole_after - before)
        *kept, current = modified(current, at - before, rest).obligations
        for older in kept:
            earned = earned + recognized_until(older, done - before)
            before += older.whole
    return earned + recognized_until(current, done - before)


def position(recognized: Money, billed: Money) -> Position:
    """Return the contract asset or liability: what is recognized less what is billed."""
    nothing, ahead = Money.zero(recognized.currency), recognized - billed
    if ahead < nothing:
        return Position(nothing, -ahead)
    return Position(ahead, nothing)


def constrained(earned: Money, price: Money | None) -> Money:
    """Return no more than the price (DQ-F9), where there is one."""
    return earned if price is None or earned <= price else price


def loss_provision(price: Money, estimate: Decimal, done: Decimal, whole: Decimal) -> Money:
    """Return the loss that is still to come: the whole contract's, but for the part that is done.

    `estimate` is the cost at completion; what was worked so far has lost its share already.
    """
    loss = max(NOTHING, estimate - price.value)
    if whole <= 0:
        return Money.of(loss, price.currency)
    return Money.of(loss * (whole - min(done, whole)) / whole, price.currency)


def by_days(amount: Money, start: date, end: date, until: date) -> Money:
    """Return what of an amount is earned by the end of a day, each day of the term the same."""
    days, gone = (end - start).days + 1, (min(until, end) - start).days + 1
    return Money.of(amount.value * max(0, gone) / days, amount.currency)


def by_output(delivered: Iterable[Money], price: Money) -> Money:
    """Return what the milestones that were accepted are worth, the price at most."""
    return constrained(Money.total(delivered, price.currency), price)

"""What a project has earned by the end of a day, by its method. Pure decisions.

Source: domain handbook 3(d). A service credit lowers the month of the failure; what is
invoiced beside a fee (overage, expenses) is earned as it may be invoiced.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from process_apis.project_to_cash.invoicing.periods import months, share_of
from process_apis.revenue import rules
from process_apis.revenue.figures.facts import Changed, RevenueFacts, Worked, WorkLine
from process_apis.revenue.rules import Modification, Obligation
from process_apis.revenue.terms import RevenueTerms
from system_apis.canonical.billing import PREPAID, LineKind
from system_apis.canonical.changes import ModificationAccounting
from system_apis.canonical.contracts import CapScope, Contract
from system_apis.canonical.money import Money
from system_apis.canonical.revenue import RevenueBasis, RevenueMethod
from system_apis.errors import Refused

BESIDE_FEES = {LineKind.TIME, LineKind.OVERAGE, LineKind.EXPENSES, LineKind.NTE_ADJUSTMENT}
BY_EFFORT = {RevenueMethod.INPUT_COST, RevenueMethod.INPUT_HOURS}


def recognized(facts: RevenueFacts, until: date, terms: RevenueTerms) -> Money:
    """Return the revenue from the beginning to the end of a day, never above a fixed price."""
    aside = Money.total((each.amount for each in beside(facts, until)), facts.currency)
    earned = promised(facts, until, terms)
    return facts.opening + earned + aside - facts.total(facts.given_back, until)


def promised(facts: RevenueFacts, until: date, terms: RevenueTerms) -> Money:
    """Return what of the promise itself is earned by the end of a day, the price at most."""
    return rules.constrained(_promised(facts, until, terms), facts.price_at(until))


def limit(facts: RevenueFacts, until: date) -> Money | None:
    """Return the most that may be recognized by the end of a day, where the price is fixed."""
    price = facts.price_at(until)
    if price is None:
        return None
    aside = (each.amount for each in beside(facts, until))
    return facts.opening + price + Money.total(aside, facts.currency)


def percent_complete(facts: RevenueFacts, until: date, terms: RevenueTerms) -> Decimal | None:
    """Return which part of its effort a project has done, where that measures its revenue."""
    if facts.method not in BY_EFFORT:
        return None
    return rules.percent_complete(*effort(facts, until, terms))


def progress(facts: RevenueFacts, until: date, terms: RevenueTerms) -> tuple[Decimal, Decimal]:
    """Return how much of a fixed price is done: by its effort, else by what is earned of it."""
    if facts.method in BY_EFFORT:
        return effort(facts, until, terms)
    return _promised(facts, until, terms).value, _price(facts, until).value


def basis(facts: RevenueFacts, until: date, terms: RevenueTerms) -> RevenueBasis | None:
    """Return what cost measured the revenue by the end of a day, where cost measures it."""
    done = percent_complete(facts, until, terms)
    if done is None or facts.method is not RevenueMethod.INPUT_COST:
        return None
    incurred, estimate = effort(facts, until, terms)
    return RevenueBasis(
        cost_incurred=Money.of(incurred, facts.currency),
        estimate_at_completion=Money.of(estimate, facts.currency),
        share=rules.shown(done),
    )


def by_output(facts: RevenueFacts, until: date) -> Money | None:
    """Return what a fixed price would have earned by its accepted milestones."""
    price = facts.price_at(until)
    if price is None or not facts.deliveries:
        return None
    delivered = (each.amount for each in facts.accepted if each.day <= until)
    return rules.by_output(delivered, price)


def cost_until(worked: Iterable[Worked], until: date) -> Decimal | None:
    """Return what hours cost by the end of a day, None when an hour's cost is not known."""
    costs = [each.cost for each in worked if each.day <= until]
    known = [each for each in costs if each is not None]
    return sum(known, start=Decimal(0)) if len(known) == len(costs) else None


def backlog(facts: RevenueFacts, until: date, so_far: Money) -> Money | None:
    """Return what is signed and not earned yet (domain handbook, 4), of contracts in force.

    None where hours at rates have neither a cap nor a plan.
    """
    contract, nothing = facts.contract, Money.zero(facts.currency)
    if contract.signed_at is None or not contract.effective_from <= until:
        return nothing
    if contract.recurring is not None:
        return Money.total(_fees(facts, since=until + timedelta(days=1)), facts.currency)
    price = facts.price_at(until)
    promised = price if price is not None else facts.planned
    if promised is None:
        return None
    return max(nothing, promised - _counted(facts, until, so_far))


def _counted(facts: RevenueFacts, until: date, so_far: Money) -> Money:
    """Return what of the revenue counts towards what was promised: expenses may be beside it."""
    if facts.contract.nte_scope is CapScope.FEES_AND_EXPENSES:
        return so_far
    beside = (
        each.amount for each in facts.lines if each.kind is LineKind.EXPENSES and each.day <= until
    )
    return so_far - Money.total(beside, facts.currency)


def _promised(facts: RevenueFacts, until: date, terms: RevenueTerms) -> Money:
    """Return what of the promise itself is earned: nothing where hours are billed at rates."""
    match facts.method:
        case RevenueMethod.RIGHT_TO_INVOICE:
            return Money.zero(facts.currency)
        case RevenueMethod.STRAIGHT_LINE:
            return _by_time(facts, until)
        case RevenueMethod.INPUT_COST | RevenueMethod.INPUT_HOURS:
            return _by_effort(facts, until, terms)
        case RevenueMethod.OUTPUT_MILESTONE:
            return by_output(facts, until) or Money.zero(facts.currency)
        case RevenueMethod.POINT_IN_TIME:
            delivered = [each for each in facts.accepted if each.day <= until]
            all_of_it = facts.deliveries and len(delivered) == facts.deliveries
            return _price(facts, until) if all_of_it else Money.zero(facts.currency)


def _by_effort(facts: RevenueFacts, until: date, terms: RevenueTerms) -> Money:
    """Return what effort earned of the promise as it was first, and as it was changed since."""
    done, _ = effort(facts, until, terms)
    price, whole = _price(facts, date.min), effort(facts, date.min, terms)[1]
    changes, after = [], whole
    for each in facts.changes:
        if each.day <= until:
            after += each.effort
            accounting = each.accounting
            modification = Modification(
                price_delta=each.price,
                whole_after=after,
                distinct=accounting is not ModificationAccounting.CUMULATIVE_CATCH_UP,
                at_standalone_price=accounting is ModificationAccounting.SEPARATE_CONTRACT,
            )
            changes.append((effort(facts, each.day, terms)[0], modification))
    return rules.recognized_after(Obligation(price=price, whole=whole), changes, done)


def _by_time(facts: RevenueFacts, until: date) -> Money:
    if facts.contract.recurring is not None:
        return Money.total(_fees(facts, until=until), facts.currency)
    term, gone = days_of_term(facts, until)
    changes, apart = [], list[Money]()
    for each in facts.changes:
        if each.day > until:
            continue
        if each.accounting is ModificationAccounting.SEPARATE_CONTRACT:
            apart.append(_after(each, facts.contract, until))
        else:
            distinct = each.accounting is ModificationAccounting.PROSPECTIVE
            modification = Modification(price_delta=each.price, whole_after=term, distinct=distinct)
            changes.append((days_of_term(facts, each.day)[1], modification))
    promise = Obligation(price=_price(facts, date.min), whole=term)
    earned = rules.recognized_after(promise, changes, gone)
    return Money.total((earned, *apart), facts.currency)


def days_of_term(facts: RevenueFacts, until: date) -> tuple[Decimal, Decimal]:
    """Return how many days a contract's term has, and how many are over by the end of one."""
    start, end = facts.contract.effective_from, facts.contract.effective_to
    gone = (min(until, end) - start).days + 1
    return Decimal((end - start).days + 1), Decimal(max(0, gone))


def _after(change: Changed, contract: Contract, until: date) -> Money:
    """Return what a contract of its own earned over the days of the term that it has left."""
    end = contract.effective_to
    start = max(change.day + timedelta(days=1), contract.effective_from)
    return rules.by_days(change.price, min(start, end), end, until)


def _fees(
    facts: RevenueFacts, *, since: date = date.min, until: date = date.max
) -> Iterator[Money]:
    """Yield the fee of each month, or of the part of it, that is within some days."""
    recurring = facts.contract.recurring
    if recurring is None:
        return
    fee = recurring.monthly_fee.value

    def share(start: date, end: date) -> Money:
        return Money.of(share_of(fee, start, end), facts.currency, facts.rounding)

    for start, end in months(facts.contract):
        first, last = max(start, since), min(end, until)
        if first > last:
            continue
        before = share(start, first - timedelta(days=1)) if first > start else None
        yield share(start, last) - before if before else share(start, last)


def beside(facts: RevenueFacts, until: date) -> Iterator[WorkLine]:
    """Yield what may be invoiced of the work itself by the end of a day."""
    at_rates = facts.method is RevenueMethod.RIGHT_TO_INVOICE
    for each in facts.lines:
        counts = each.kind in BESIDE_FEES or (at_rates and each.kind not in PREPAID)
        if counts and each.day <= until:
            yield each


def effort(facts: RevenueFacts, until: date, terms: RevenueTerms) -> tuple[Decimal, Decimal]:
    """Return how much effort is done by the end of a day, and takes in the end as agreed then.

    Raises `Refused` where nobody estimated it, or an hour's cost is not known.
    """
    counted = [each for each in facts.worked if each.billable or terms.rework_is_progress]
    number = facts.contract.project_number
    if facts.method is RevenueMethod.INPUT_HOURS:
        hours = sum((each.hours for each in counted if each.day <= until), start=Decimal(0))
        worked = sum((each.hours for each in counted), start=Decimal(0))
        if facts.hours_left is None:
            raise Refused("strata", f"nobody planned the hours of {number}", code="NO_ESTIMATE")
        later = sum((each.effort for each in facts.changes if each.day > until), start=Decimal(0))
        return hours, worked + facts.hours_left - later
    cost = cost_until(counted, until)
    if cost is None:
        raise Refused("strata", f"an hour of {number} has no cost rate", code="NO_COST_RATE")
    estimate = facts.estimate_at(until)
    if estimate is None:
        raise Refused("strata", f"{number} has no estimate at completion", code="NO_ESTIMATE")
    return cost, estimate


def _price(facts: RevenueFacts, until: date) -> Money:
    price = facts.price_at(until)
    if price is None:
        number = facts.contract.number
        raise Refused("strata", f"{number} says no price to be earned", code="NO_PRICE")
    return price

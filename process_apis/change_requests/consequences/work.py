"""How far the work of a contract is, and what it earned by a day. Pure decisions."""

from datetime import date
from decimal import Decimal

from process_apis.change_requests.consequences.facts import Work
from process_apis.revenue.figures import earned
from process_apis.revenue.figures.facts import RevenueFacts
from process_apis.revenue.terms import RevenueTerms
from system_apis.canonical.revenue import RevenueMethod

_NOTHING = Decimal(0)


def work(facts: RevenueFacts, until: date, terms: RevenueTerms) -> Work:
    """Return what is done of a contract, in the measure that its revenue follows.

    Raises `Refused` where effort measures it and nobody estimated the effort.
    """
    by_effort = facts.method in earned.BY_EFFORT
    done, whole = _measured(facts, until, terms)
    return Work(
        price=facts.price,
        done=done,
        whole=whole,
        recognized=earned.recognized(facts, until, terms),
        billed=facts.opening + facts.total(facts.billed, until),
        cost=None if facts.method is RevenueMethod.INPUT_HOURS else facts.estimate,
        by_effort=by_effort,
        people=len({each.employee for each in facts.worked}),
    )


def _measured(
    facts: RevenueFacts, until: date, terms: RevenueTerms
) -> tuple[Decimal, Decimal | None]:
    """Return what is done of what: cost, hours, or the days of a term that earns day by day."""
    if facts.method in earned.BY_EFFORT:
        return earned.effort(facts, until, terms)
    contract = facts.contract
    if facts.method is not RevenueMethod.STRAIGHT_LINE or facts.price is None:
        return _NOTHING, None
    days = (contract.effective_to - contract.effective_from).days + 1
    gone = (min(until, contract.effective_to) - contract.effective_from).days + 1
    return Decimal(max(0, gone)), Decimal(days)

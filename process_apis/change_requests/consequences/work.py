"""How far the work of a contract is, and what it earned by a day. Pure decisions."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from process_apis.change_requests.consequences.facts import Work
from process_apis.revenue.figures import earned, gathered
from process_apis.revenue.figures.facts import RevenueFacts
from process_apis.revenue.terms import RevenueTerms
from system_apis.canonical.changes import ChangeRequest
from system_apis.canonical.revenue import RevenueMethod

_NOTHING = Decimal(0)


def work(facts: RevenueFacts, until: date, terms: RevenueTerms, request: ChangeRequest) -> Work:
    """Return what is done of a contract, in the measure that its revenue follows, and changed.

    Raises `Refused` where effort measures it and nobody estimated the effort.
    """
    by_effort = facts.method in earned.BY_EFFORT
    done, whole = _measured(facts, until, terms)
    return Work(
        price=facts.price,
        done=done,
        whole=whole,
        recognized=earned.recognized(facts, until, terms),
        recognized_after=earned.recognized(_applied(facts, request, until), until, terms),
        billed=facts.total(facts.billed, until),
        cost=None if facts.method is RevenueMethod.INPUT_HOURS else facts.estimate,
        by_effort=by_effort,
        people=len({each.employee for each in facts.worked}),
    )


def _applied(facts: RevenueFacts, request: ChangeRequest, on: date) -> RevenueFacts:
    """Return the facts as revenue will find them once a change was applied on a day."""
    change = gathered.changed_by(request, facts.method, on, facts.currency)
    by_hours = facts.method is RevenueMethod.INPUT_HOURS
    estimate, left, price = facts.estimate, facts.hours_left, facts.price
    if by_hours and left is not None:
        left += change.effort
    elif estimate is not None:
        estimate += change.effort
    end = request.deltas.end_date or facts.contract.effective_to
    return replace(
        facts,
        contract=replace(facts.contract, effective_to=end),
        price=None if price is None else price + change.price,
        estimate=estimate,
        hours_left=left,
        changes=(*facts.changes, change),
    )


def _measured(
    facts: RevenueFacts, until: date, terms: RevenueTerms
) -> tuple[Decimal, Decimal | None]:
    """Return what is done of what: cost, hours, or the days of a term that earns day by day."""
    if facts.method in earned.BY_EFFORT:
        return earned.effort(facts, until, terms)
    if facts.method is not RevenueMethod.STRAIGHT_LINE or facts.price is None:
        return _NOTHING, None
    days, gone = earned.days_of_term(facts, until)
    return gone, days

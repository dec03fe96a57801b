"""What another scope, or other criteria, of a milestone brings with it. Pure decisions.

Source: domain handbook 3(f), the matrix of a milestone's change.
"""

from collections.abc import Iterator

from process_apis.change_requests.consequences import timing
from process_apis.change_requests.consequences.facts import MilestoneFacts
from process_apis.change_requests.consequences.orders import going_on
from process_apis.change_requests.consequences.staff import ending_with
from process_apis.change_requests.consequences.telling import told
from process_apis.change_requests.records import Action, Consequence, Domain
from process_apis.change_requests.terms import ChangeTerms


def consequences(facts: MilestoneFacts, terms: ChangeTerms) -> Iterator[Consequence]:
    """Yield that evidence, estimate, hours and orders are to be settled anew, and the notice."""
    if timing.is_invoiced(facts):
        yield told(
            facts,
            Domain.INVOICE_TIMING,
            "INVOICED_ALREADY",
            "what is invoiced keeps its scope: agree on another milestone",
            action=Action.BLOCKED,
            amount=facts.milestone.amount,
        )
        return
    yield told(
        facts,
        Domain.INVOICE_TIMING,
        "EVIDENCE_RESET",
        "what was handed in as evidence counts no more: the kinds of it are agreed anew",
        "project_manager",
        amount=facts.milestone.amount,
    )
    yield told(
        facts,
        Domain.REVENUE,
        "ESTIMATE_ANEW",
        "the effort at completion is estimated anew, and with it what is earned",
        "project_manager",
        "finance",
    )
    yield from _work(facts, terms)
    yield told(
        facts,
        Domain.CLIENT_NOTICE,
        "CLIENT_AGREES",
        "the client signs another scope: ask for it as a change request",
        "project_manager",
    )


def _work(facts: MilestoneFacts, terms: ChangeTerms) -> Iterator[Consequence]:
    """Yield whose hours are estimated anew, and which orders are scoped anew."""
    for each in ending_with(facts):
        yield told(
            facts,
            Domain.STAFF,
            "HOURS_ANEW",
            f"the hours of {each.employee} are estimated anew",
            "resource_manager",
            subject=each.employee,
        )
    for order in going_on(facts):
        tier = terms.tier(order.reported)
        yield told(
            facts,
            Domain.PURCHASE_ORDERS,
            "ORDER_SCOPED_ANEW",
            f"line {order.line.number} of {order.number} is scoped anew",
            *tier.roles,
            subject=order.number,
        )

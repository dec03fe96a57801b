"""What the acceptance of a milestone brings with it, and the end of one. Pure decisions.

Source: domain handbook 3(f), the matrix of a milestone's change.
"""

from collections.abc import Iterator

from process_apis.change_requests.consequences import timing
from process_apis.change_requests.consequences.facts import MilestoneFacts
from process_apis.change_requests.consequences.orders import going_on
from process_apis.change_requests.consequences.staff import ending_with
from process_apis.change_requests.consequences.telling import told
from process_apis.change_requests.records import Action, Consequence, Domain
from system_apis.canonical.money import Money


def accepted(facts: MilestoneFacts) -> Iterator[Consequence]:
    """Yield that a milestone is billed and perhaps earned, and that its work is over."""
    amount = facts.milestone.amount
    if timing.is_invoiced(facts):
        yield told(
            facts, Domain.INVOICE_TIMING, "INVOICED_ALREADY", "it is invoiced", amount=amount
        )
    else:
        effect = "its invoice is due, and is looked at for what keeps it back"
        auto = Action.AUTO
        yield told(facts, Domain.INVOICE_TIMING, "EVENT_DUE", effect, action=auto, amount=amount)
    if facts.method in timing.BY_DELIVERY:
        effect = "the delivery earns its amount now"
        yield told(
            facts, Domain.REVENUE, "REVENUE_EARNED", effect, action=Action.AUTO, amount=amount
        )
    else:
        yield _unearned(facts)
    for booking in ending_with(facts):
        effect = f"{booking.employee} is free from now on"
        yield told(
            facts,
            Domain.STAFF,
            "BOOKING_RELEASED",
            effect,
            "resource_manager",
            subject=booking.employee,
        )
    for order in going_on(facts):
        effect = f"line {order.line.number} of {order.number} is closed with what is left of it"
        yield told(
            facts,
            Domain.PURCHASE_ORDERS,
            "ORDER_LINE_CLOSES",
            effect,
            "project_manager",
            subject=order.number,
        )
    effect = "the client's certificate of acceptance is asked for and filed as evidence"
    yield told(facts, Domain.CLIENT_NOTICE, "ACCEPTANCE_CERTIFICATE", effect, action=Action.AUTO)


def reopened(facts: MilestoneFacts) -> Iterator[Consequence]:
    """Yield that what was billed is credited or disputed and never forgotten in silence."""
    amount = facts.milestone.amount
    if timing.is_invoiced(facts):
        effect = "what is invoiced is credited, or the client disputes it: finance proposes which"
        code, role = "CREDIT_OR_DISPUTE", "finance"
    else:
        effect = "its invoice waits for another acceptance"
        code, role = "EVENT_WAITS", "project_manager"
    yield told(facts, Domain.INVOICE_TIMING, code, effect, role, amount=amount)
    if facts.asked.acceptance_is_void and facts.method in timing.BY_DELIVERY:
        effect = "the acceptance is void: what the delivery earned is taken back"
        back = Money.zero(amount.currency) - amount
        yield told(facts, Domain.REVENUE, "REVENUE_REVERSED", effect, "finance", amount=back)
    else:
        yield _unearned(facts)
    effect = "the client is told: somebody sends the draft"
    yield told(facts, Domain.CLIENT_NOTICE, "CLIENT_TOLD", effect, "project_manager")


def _unearned(facts: MilestoneFacts) -> Consequence:
    nothing = Money.zero(facts.contract.currency)
    effect = "what is earned by now does not change"
    return told(facts, Domain.REVENUE, "REVENUE_UNCHANGED", effect, amount=nothing)

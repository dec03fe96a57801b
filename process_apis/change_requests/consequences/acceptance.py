"""What the acceptance of a milestone brings with it, and the end of one. Pure decisions.

Source: domain handbook 3(f), the matrix of a milestone's change.
"""

from collections.abc import Iterator

from process_apis.change_requests.consequences import timing
from process_apis.change_requests.consequences.facts import MilestoneFacts
from process_apis.change_requests.consequences.orders import going_on
from process_apis.change_requests.consequences.staff import ending_with
from process_apis.change_requests.records import Action, Consequence, Domain
from system_apis.canonical.money import Money


def accepted(facts: MilestoneFacts) -> Iterator[Consequence]:
    """Yield that a milestone is billed and perhaps earned, and that its work is over."""
    amount = facts.milestone.amount
    if timing.is_invoiced(facts):
        yield _of(facts, Domain.INVOICE_TIMING, "INVOICED_ALREADY", "it is invoiced", amount=amount)
    else:
        effect = "its invoice is due, and is looked at for what keeps it back"
        auto = Action.AUTO
        yield _of(facts, Domain.INVOICE_TIMING, "EVENT_DUE", effect, action=auto, amount=amount)
    if facts.method in timing.BY_DELIVERY:
        effect = "the delivery earns its amount now"
        yield _of(
            facts, Domain.REVENUE, "REVENUE_EARNED", effect, action=Action.AUTO, amount=amount
        )
    else:
        yield _unearned(facts)
    for booking in ending_with(facts):
        effect = f"{booking.employee} is free from now on"
        yield _asks(Domain.STAFF, "BOOKING_RELEASED", effect, "resource_manager", booking.employee)
    for order in going_on(facts):
        effect = f"line {order.line.number} of {order.number} is closed with what is left of it"
        yield _asks(
            Domain.PURCHASE_ORDERS,
            "ORDER_LINE_CLOSES",
            effect,
            "project_manager",
            order.number,
        )
    effect = "the client's certificate of acceptance is asked for and filed as evidence"
    yield _of(facts, Domain.CLIENT_NOTICE, "ACCEPTANCE_CERTIFICATE", effect, action=Action.AUTO)


def reopened(facts: MilestoneFacts) -> Iterator[Consequence]:
    """Yield that what was billed is credited or disputed and never forgotten in silence."""
    amount, number = facts.milestone.amount, facts.milestone.number
    if timing.is_invoiced(facts):
        effect = "what is invoiced is credited, or the client disputes it: finance proposes which"
        code, role = "CREDIT_OR_DISPUTE", "finance"
    else:
        effect = "its invoice waits for another acceptance"
        code, role = "EVENT_WAITS", "project_manager"
    yield _asks(Domain.INVOICE_TIMING, code, effect, role, number, amount=amount)
    if facts.asked.acceptance_is_void and facts.method in timing.BY_DELIVERY:
        effect = "the acceptance is void: what the delivery earned is taken back"
        back = Money.zero(amount.currency) - amount
        yield _asks(Domain.REVENUE, "REVENUE_REVERSED", effect, "finance", number, amount=back)
    else:
        yield _unearned(facts)
    effect = "the client is told: somebody sends the draft"
    yield _asks(Domain.CLIENT_NOTICE, "CLIENT_TOLD", effect, "project_manager", number)


def _unearned(facts: MilestoneFacts) -> Consequence:
    nothing = Money.zero(facts.contract.currency)
    effect = "what is earned by now does not change"
    return _of(facts, Domain.REVENUE, "REVENUE_UNCHANGED", effect, amount=nothing)


def _asks(
    domain: Domain,
    code: str,
    effect: str,
    role: str,
    subject: str,
    *,
    amount: Money | None = None,
) -> Consequence:
    return Consequence(
        domain=domain,
        code=code,
        effect=effect,
        action=Action.APPROVAL,
        approvers=(role,),
        reversible=True,
        subject=subject,
        amount=amount,
    )


def _of(
    facts: MilestoneFacts,
    domain: Domain,
    code: str,
    effect: str,
    *,
    action: Action = Action.TOLD,
    amount: Money | None = None,
) -> Consequence:
    return Consequence(
        domain=domain,
        code=code,
        effect=effect,
        action=action,
        reversible=True,
        subject=facts.milestone.number,
        amount=amount,
    )

"""When a milestone that moves is invoiced and paid, and what it earns when. Pure decisions.

Source: domain handbook 3(f), the matrix of a milestone's change.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from process_apis.change_requests.consequences.days import fiscal_quarter, fiscal_year
from process_apis.change_requests.consequences.facts import MilestoneFacts
from process_apis.change_requests.records import Action, Consequence, Domain
from process_apis.change_requests.terms import ChangeTerms
from process_apis.project_to_cash.invoicing import tax
from process_apis.project_to_cash.records import GIVEN_UP, EventStatus
from process_apis.project_to_cash.rules import expected_tax
from process_apis.revenue.rules import by_days
from system_apis.canonical.billing import InvoiceLine, LineKind
from system_apis.canonical.money import Money, Price
from system_apis.canonical.revenue import RevenueMethod

BY_DELIVERY = {RevenueMethod.OUTPUT_MILESTONE, RevenueMethod.POINT_IN_TIME}


def is_invoiced(facts: MilestoneFacts) -> bool:
    """Whether the milestone is billed, or will not be: then it stays as it is."""
    final = GIVEN_UP | {EventStatus.INVOICED, EventStatus.NOTHING_TO_BILL}
    return facts.event is not None and facts.event.status in final


def gross(facts: MilestoneFacts) -> Money:
    """Return what the milestone's invoice comes to with its tax."""
    net = facts.milestone.amount
    line = InvoiceLine(
        kind=LineKind.MILESTONE,
        description=facts.milestone.number,
        quantity=Decimal(1),
        unit_price=Price(net.amount, net.currency),
        net=net,
    )
    rate = tax.drafted_with(facts.contract.tax).rate
    return net + expected_tax([line], rate, facts.posting, net.currency)


def due(facts: MilestoneFacts, invoiced_on: date) -> date:
    """Return the day an invoice of a day is due on."""
    return invoiced_on + timedelta(days=facts.contract.payment_terms_days or 0)


def crosses_month(facts: MilestoneFacts) -> bool:
    """Whether the cash comes in another month."""
    before, after = due(facts, facts.before), due(facts, facts.after)
    return (before.year, before.month) != (after.year, after.month)


def crosses_quarter(facts: MilestoneFacts) -> bool:
    """Whether the cash comes in another quarter of the fiscal year."""
    start = facts.fiscal_year_start
    before, after = due(facts, facts.before), due(facts, facts.after)
    return fiscal_quarter(before, start) != fiscal_quarter(after, start)


def crosses_fiscal_year(facts: MilestoneFacts) -> bool:
    """Whether the cash comes in another fiscal year."""
    start = facts.fiscal_year_start
    before, after = due(facts, facts.before), due(facts, facts.after)
    return fiscal_year(before, start) != fiscal_year(after, start)


def in_one_period(facts: MilestoneFacts) -> bool:
    """Whether both days are in one fiscal period of the books."""
    one, other = facts.period_before, facts.period_after
    return one is not None and other is not None and one.start == other.start


def within_reach(facts: MilestoneFacts, terms: ChangeTerms) -> bool:
    """Whether the date moves so little, and in one period, that it may move by itself."""
    days = abs((facts.after - facts.before).days)
    return days <= terms.redated_by_itself_days and in_one_period(facts)


def invoice(facts: MilestoneFacts, terms: ChangeTerms) -> Iterator[Consequence]:
    """Yield what becomes of the milestone's billing event."""
    if is_invoiced(facts):
        yield _moves(
            facts,
            code="INVOICED_ALREADY",
            effect="what is invoiced is never moved: credit it, or leave it as it is",
            action=Action.BLOCKED,
        )
        return
    reach = within_reach(facts, terms)
    yield _moves(
        facts,
        code="EVENT_MOVES",
        effect=f"{facts.milestone.number} is billed on {facts.after}, not on {facts.before}",
        action=Action.AUTO if reach else Action.APPROVAL,
        approvers=() if reach else ("project_manager", "finance"),
    )
    if facts.asked.amount is not None and facts.asked.amount != facts.milestone.amount:
        yield _moves(
            facts,
            code="PLAN_SUM_MISMATCH",
            effect="the milestones must come to the price: ask for another amount as a change",
            action=Action.BLOCKED,
        )


def client_order(facts: MilestoneFacts) -> Iterator[Consequence]:
    """Yield that no order of the client is valid any more when the milestone is billed (B03)."""
    orders = facts.contract.purchase_orders
    if not facts.contract.purchase_order_required or not orders:
        return
    last = max(orders, key=lambda each: each.valid_to)
    if last.valid_to < facts.after:
        yield Consequence(
            domain=Domain.INVOICE_TIMING,
            code="CLIENT_ORDER_ENDS_BEFORE",
            effect=f"{last.number} ends before the invoice: ask the client for a longer one",
            action=Action.APPROVAL,
            approvers=("project_manager",),
            reversible=True,
            subject=last.number,
            before=last.valid_to,
            after=facts.after,
        )


def cash(facts: MilestoneFacts, terms: ChangeTerms) -> Iterator[Consequence]:
    """Yield when the client's money comes."""
    if is_invoiced(facts):
        return
    crosses = crosses_fiscal_year(facts)
    reach = within_reach(facts, terms) and not crosses
    yield Consequence(
        domain=Domain.CASH,
        code="CASH_CROSSES_FISCAL_YEAR" if crosses else "CASH_MOVES",
        effect="the money comes in another fiscal year"
        if crosses
        else "the money comes on another day",
        action=Action.AUTO if reach else Action.APPROVAL,
        approvers=() if reach else ("finance",),
        reversible=True,
        subject=facts.milestone.number,
        amount=gross(facts),
        before=due(facts, facts.before),
        after=due(facts, facts.after),
    )


def revenue_moved(facts: MilestoneFacts) -> Money:
    """Return what is earned in another month: the milestone, where deliveries are what earns."""
    same = (facts.before.year, facts.before.month) == (facts.after.year, facts.after.month)
    if facts.method not in BY_DELIVERY or same:
        return Money.zero(facts.contract.currency)
    return facts.milestone.amount


def revenue_to_date_change(facts: MilestoneFacts, until: date) -> Money:
    """Return what changes of the revenue that is earned already.

    Effort and deliveries earn when they are done, whatever was planned; days earn less each
    when the term grows longer.
    """
    contract, nothing = facts.contract, Money.zero(facts.contract.currency)
    straight = facts.method is RevenueMethod.STRAIGHT_LINE and contract.recurring is None
    if not straight or facts.after <= contract.effective_to or contract.total_value is None:
        return nothing
    price, start = contract.total_value, contract.effective_from
    return by_days(price, start, facts.after, until) - by_days(
        price, start, contract.effective_to, until
    )


def revenue(facts: MilestoneFacts, until: date) -> Iterator[Consequence]:
    """Yield what changes of the revenue, to date or from one month to another."""
    change, moved = revenue_to_date_change(facts, until), revenue_moved(facts)
    if change:
        yield _earns(facts, "REVENUE_TO_DATE_CHANGES", "the term is longer", change)
    elif moved:
        yield _earns(facts, "REVENUE_MOVES", "the delivery earns in another month", moved)
    else:
        yield Consequence(
            domain=Domain.REVENUE,
            code="REVENUE_UNCHANGED",
            effect="what is earned by now does not change; what is still to come is spread anew",
            action=Action.TOLD,
            reversible=True,
            subject=facts.milestone.number,
            amount=change,
        )


def _earns(facts: MilestoneFacts, code: str, effect: str, amount: Money) -> Consequence:
    return Consequence(
        domain=Domain.REVENUE,
        code=code,
        effect=effect,
        action=Action.APPROVAL,
        approvers=("finance",),
        reversible=True,
        subject=facts.milestone.number,
        amount=amount,
        before=facts.before,
        after=facts.after,
    )


def _moves(
    facts: MilestoneFacts,
    *,
    code: str,
    effect: str,
    action: Action,
    approvers: tuple[str, ...] = (),
) -> Consequence:
    return Consequence(
        domain=Domain.INVOICE_TIMING,
        code=code,
        effect=effect,
        action=action,
        approvers=approvers,
        reversible=action is not Action.BLOCKED,
        subject=facts.event.id if facts.event else facts.milestone.number,
        amount=facts.milestone.amount,
        before=facts.before,
        after=facts.after,
    )

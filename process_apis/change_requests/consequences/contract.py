"""The plan of a change request: each consequence judged by itself. Pure decisions.

Source: domain handbook 3(f).
"""

from collections.abc import Iterator
from datetime import date

from process_apis.change_requests.consequences.facts import ChangeFacts, Judged
from process_apis.change_requests.consequences.milestone import approvers
from process_apis.change_requests.consequences.modification import change_figures
from process_apis.change_requests.records import (
    Action,
    ChangeFigures,
    ChangePlan,
    Consequence,
    Domain,
    ForecastMargins,
)
from process_apis.change_requests.terms import ChangeTerms
from system_apis.canonical.changes import ModificationAccounting
from system_apis.canonical.money import Money

CLIENT = "client"


def change_plan(facts: ChangeFacts, judged: Judged) -> ChangePlan:
    """Return all that happens when a change request is applied."""
    figures = change_figures(facts)
    found = tuple(consequences(facts, figures, judged.terms))
    return ChangePlan(
        change_request_id=facts.request.id,
        change_request_number=facts.request.number,
        status=facts.request.status,
        project_number=facts.contract.project_number,
        contract_number=facts.contract.number,
        legal_entity=facts.contract.legal_entity,
        as_of=judged.as_of,
        terms_version=judged.terms_version,
        figures=figures,
        consequences=found,
        approvers=approvers(found),
        ground=judged.ground,
    )


def consequences(
    facts: ChangeFacts, figures: ChangeFigures, terms: ChangeTerms
) -> Iterator[Consequence]:
    """Yield the consequences, domain by domain."""
    yield from _amendment(facts, figures, terms)
    yield from _invoices(facts, figures)
    yield from _revenue(facts, figures)
    yield from _staff(facts)
    yield from _orders(facts)
    yield from _signature(facts)


def _amendment(
    facts: ChangeFacts, figures: ChangeFigures, terms: ChangeTerms
) -> Iterator[Consequence]:
    """Yield the contract's new version, and who agrees to it within the firm."""
    deltas = facts.request.deltas
    head = (terms.delivery_head,) if _asks_head(figures, terms) else ()
    yield Consequence(
        domain=Domain.CONTRACT,
        code="CONTRACT_AMENDED",
        effect=f"{facts.contract.number} gets a new version; the old one is kept",
        action=Action.APPROVAL,
        approvers=("project_manager", *head),
        reversible=False,
        subject=facts.contract.number,
        amount=deltas.cap if deltas.price is None else deltas.price,
        before=facts.contract.effective_to if deltas.end_date else None,
        after=deltas.end_date,
    )


def _asks_head(figures: ChangeFigures, terms: ChangeTerms) -> bool:
    """Whether the price changes or the margin falls so much that delivery's head is asked."""
    was, will_be = figures.price_before, figures.price_after
    by_how_much = None if was is None or will_be is None else abs((will_be - was).value)
    if was is not None and by_how_much is not None and by_how_much > terms.price_change * was.value:
        return True
    forecast = figures.forecast
    if not isinstance(forecast, ForecastMargins):
        return False
    one, other = forecast.margin_pct_before, forecast.margin_pct_after
    return one is not None and other is not None and one - other > terms.margin_fall


def _invoices(facts: ChangeFacts, figures: ChangeFigures) -> Iterator[Consequence]:
    """Yield how the invoice plan changes, and what of it cannot."""
    invoiced = {each.id for each in figures.invoice_plan_before if each.invoiced}
    for each in facts.request.deltas.milestones:
        if each.number in invoiced:
            yield _bill(
                each.number,
                "INVOICED_ALREADY",
                "what is invoiced never changes: credit it, or leave it as it is",
                each.amount,
                Action.BLOCKED,
            )
    was = {each.id: each for each in figures.invoice_plan_before}
    for bill in figures.invoice_plan_after:
        before = was.get(bill.id)
        if before == bill:
            continue
        code = "BILL_ADDED" if before is None else "BILL_CHANGED"
        moved = before.planned_date if before else None
        yield _bill(
            bill.id,
            code,
            f"{bill.id} bills {bill.amount}",
            bill.amount,
            Action.APPROVAL,
            (moved, bill.planned_date),
        )
    if _sum_differs(figures):
        yield _bill(
            facts.contract.number,
            "PLAN_SUM_MISMATCH",
            "the milestones must come to the price",
            figures.price_after,
            Action.BLOCKED,
        )


def _sum_differs(figures: ChangeFigures) -> bool:
    price, plan = figures.price_after, figures.invoice_plan_after
    if price is None or not plan:
        return False
    return Money.total((each.amount for each in plan), price.currency) != price


def _bill(
    subject: str,
    code: str,
    effect: str,
    amount: Money | None,
    action: Action,
    days: tuple[date | None, date | None] = (None, None),
) -> Consequence:
    return Consequence(
        domain=Domain.INVOICE_TIMING,
        code=code,
        effect=effect,
        action=action,
        approvers=("project_manager",) if action is Action.APPROVAL else (),
        reversible=action is Action.APPROVAL,
        subject=subject,
        amount=amount,
        before=days[0],
        after=days[1],
    )


def _revenue(facts: ChangeFacts, figures: ChangeFigures) -> Iterator[Consequence]:
    """Yield how revenue treats the change; finance agrees unless it is a contract of its own."""
    if facts.work.price is None:
        return
    apart = figures.treatment is ModificationAccounting.SEPARATE_CONTRACT
    said = facts.request.modification_accounting is not None
    yield Consequence(
        domain=Domain.REVENUE,
        code=str(figures.treatment).upper() if said else "TREATMENT_TO_BE_SAID",
        effect="the change is earned by itself" if apart else "revenue catches up with the change",
        action=Action.TOLD if apart else Action.APPROVAL,
        approvers=() if apart else ("finance",),
        reversible=True,
        subject=facts.contract.project_number,
        amount=figures.catch_up,
    )


def _staff(facts: ChangeFacts) -> Iterator[Consequence]:
    """Yield the hours that a role works more, or fewer."""
    for each in facts.request.deltas.hours_by_role:
        more = each.hours > 0
        yield Consequence(
            domain=Domain.STAFF,
            code="HOURS_ADDED" if more else "HOURS_DROPPED",
            effect=f"{each.role}: {abs(each.hours):f} hours {'more' if more else 'fewer'}",
            action=Action.APPROVAL,
            approvers=("resource_manager",),
            reversible=True,
            subject=each.role,
        )


def _orders(facts: ChangeFacts) -> Iterator[Consequence]:
    """Yield the orders that end with the contract, when the contract ends later."""
    end = facts.request.deltas.end_date
    last = facts.contract.effective_to
    if end is None or end <= last:
        return
    for each in facts.orders:
        if each.line.end is None or each.line.end < last:
            continue
        yield Consequence(
            domain=Domain.PURCHASE_ORDERS,
            code="ORDER_ENDS_BEFORE",
            effect=f"{each.number} ends before the contract does",
            action=Action.APPROVAL,
            approvers=("project_manager",),
            reversible=True,
            subject=each.number,
            before=each.line.end,
            after=end,
        )


def _signature(facts: ChangeFacts) -> Iterator[Consequence]:
    """Yield that the client signs."""
    yield Consequence(
        domain=Domain.CLIENT_NOTICE,
        code="CLIENT_SIGNS",
        effect="the client signs the change before it is applied",
        action=Action.APPROVAL,
        approvers=(CLIENT,),
        reversible=False,
        subject=facts.request.number,
    )

"""What a change request comes to: price, revenue, margins and the invoice plan. Pure decisions.

Sources: domain handbook 3(f); ASC 606-10-25-12 and 25-13.
"""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from process_apis.change_requests.consequences.facts import Billed, ChangeFacts
from process_apis.change_requests.records import ChangeFigures, ForecastMargins, PlannedBill
from process_apis.project_to_cash.records import EventStatus
from process_apis.revenue.rules import percent_complete, position, shown
from system_apis.canonical.changes import MilestoneChange, ModificationAccounting
from system_apis.canonical.money import Money

_SHOWN = Decimal("0.0001")
_NOTHING = Decimal(0)


def change_figures(facts: ChangeFacts) -> ChangeFigures:
    """Return what a change comes to."""
    work, deltas = facts.work, facts.request.deltas
    currency = facts.contract.currency
    more = deltas.price or Money.zero(currency)
    price_after = None if work.price is None else work.price + more
    after = work.recognized_after
    place = position(after, work.billed)
    before = _progress(work.done, work.whole) if work.by_effort else None
    now = _progress(work.done, whole_after(facts)) if work.by_effort else None
    return ChangeFigures(
        price_before=work.price,
        price_after=price_after,
        cap_before=facts.contract.nte_cap,
        cap_after=facts.contract.nte_cap if deltas.cap is None else deltas.cap,
        treatment=treatment(facts),
        percent_complete_before=before,
        percent_complete_after=now,
        cumulative_revenue_before=work.recognized,
        cumulative_revenue_after=after,
        catch_up=after - work.recognized,
        contract_asset_after=place.contract_asset,
        contract_liability_after=place.contract_liability,
        forecast=_forecast(facts, price_after),
        invoice_plan_before=_plan(facts),
        invoice_plan_after=plan_after(facts),
    )


def treatment(facts: ChangeFacts) -> ModificationAccounting:
    """Return how revenue treats the change: as one of what was promised, if nobody says so."""
    said = facts.request.modification_accounting
    return said or ModificationAccounting.CUMULATIVE_CATCH_UP


def whole_after(facts: ChangeFacts) -> Decimal | None:
    """Return what the work takes in the end once the change is made."""
    work, deltas = facts.work, facts.request.deltas
    if work.whole is None:
        return None
    if work.by_effort and work.cost is None:
        return work.whole + sum((each.hours for each in deltas.hours_by_role), start=_NOTHING)
    if work.by_effort:
        return work.whole + _cost_delta(facts)
    if deltas.end_date is None:
        return work.whole
    return work.whole + (deltas.end_date - facts.contract.effective_to).days


def plan_after(facts: ChangeFacts) -> tuple[PlannedBill, ...]:
    """Return how the price is invoiced after the change.

    What is invoiced stays. What of the change no milestone takes up is an item of its own.
    """
    changes = {each.number: each for each in facts.request.deltas.milestones}
    items = [_changed(each, changes.get(each.id)) for each in _plan(facts)]
    more = facts.request.deltas.price
    if more is None or facts.work.price is None or not items:
        return tuple(items)
    planned = Money.total((each.amount for each in _plan(facts)), more.currency)
    rest = planned + more - Money.total((each.amount for each in items), more.currency)
    if rest:
        own = PlannedBill(
            id=facts.request.number,
            amount=rest,
            planned_date=facts.request.deltas.end_date or _last_day(items),
            invoiced=False,
        )
        items.append(own)
    return tuple(items)


def _forecast(facts: ChangeFacts, price_after: Money | None) -> ForecastMargins | None:
    work = facts.work
    if work.price is None or price_after is None or work.cost is None:
        return None
    currency = work.price.currency
    before = Money.of(work.cost, currency)
    after = Money.of(work.cost + _cost_delta(facts), currency)
    return ForecastMargins(
        cost_before=before,
        cost_after=after,
        margin_before=work.price - before,
        margin_after=price_after - after,
        margin_pct_before=_share(work.price - before, work.price),
        margin_pct_after=_share(price_after - after, price_after),
        people=work.people,
    )


def _cost_delta(facts: ChangeFacts) -> Decimal:
    cost = facts.request.deltas.cost
    return cost.value if isinstance(cost, Money) else _NOTHING


def _progress(done: Decimal, whole: Decimal | None) -> Decimal | None:
    share = None if whole is None else percent_complete(done, whole)
    return None if share is None else shown(share)


def _share(part: Money, whole: Money) -> Decimal | None:
    return (part.value / whole.value).quantize(_SHOWN, ROUND_HALF_UP) if whole else None


def _plan(facts: ChangeFacts) -> tuple[PlannedBill, ...]:
    events = {each.milestone: each for each in facts.bills}
    return tuple(
        PlannedBill(
            id=each.number,
            amount=each.amount,
            planned_date=each.planned_date,
            invoiced=_is_invoiced(events.get(each.number)),
        )
        for each in facts.contract.milestones
    )


def _last_day(items: Iterable[PlannedBill]) -> date | None:
    return max((each.planned_date for each in items if each.planned_date), default=None)


def _is_invoiced(event: Billed | None) -> bool:
    return event is not None and event.status is EventStatus.INVOICED


def _changed(bill: PlannedBill, change: MilestoneChange | None) -> PlannedBill:
    if change is None or bill.invoiced:
        return bill
    return PlannedBill(
        id=bill.id,
        amount=bill.amount if change.amount is None else change.amount,
        planned_date=change.planned_date or bill.planned_date,
        invoiced=False,
    )

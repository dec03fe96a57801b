"""How a project stands at the end of a month. Pure decisions."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from process_apis.project_to_cash.invoicing.periods import month_end
from process_apis.revenue import rules
from process_apis.revenue.figures import earned, worth
from process_apis.revenue.figures.facts import RevenueFacts
from process_apis.revenue.records import Costs, MonthEarned, ProjectStanding, Rate
from process_apis.revenue.terms import RevenueTerms
from system_apis.canonical.money import Money
from system_apis.canonical.revenue import Month


class Days(Struct, frozen=True):
    """The first and last day of a month, and the last one before it."""

    start: date
    end: date

    @property
    def before(self) -> date:
        """The last day before the month."""
        return self.start - timedelta(days=1)


def days_of(month: Month) -> Days:
    """Return the days of a month."""
    start = date.fromisoformat(f"{month}-01")
    return Days(start, month_end(start))


def month_of(day: date) -> Month:
    """Return the month of a day."""
    return f"{day:%Y-%m}"


class Judged(Struct, frozen=True, kw_only=True):
    """Facts with what they are judged by: the firm's terms and their version, and a moment."""

    facts: RevenueFacts
    terms: RevenueTerms
    terms_version: int
    month: Month
    as_of: datetime


def month_earned(judged: Judged, rate: Rate | None, functional_currency: str) -> MonthEarned:
    """Return what the ledger's entries of a project's month are to come to."""
    facts, days = judged.facts, days_of(judged.month)
    contract = facts.contract
    return MonthEarned(
        project_number=contract.project_number,
        contract_number=contract.number,
        legal_entity=contract.legal_entity,
        month=judged.month,
        method=facts.method,
        earned_before=earned.recognized(facts, days.before, judged.terms),
        earned=earned.recognized(facts, days.end, judged.terms),
        provision=provision(judged),
        limit=earned.limit(facts, days.end),
        basis=earned.basis(facts, days.end, judged.terms),
        rate=rate,
        functional_currency=functional_currency,
        terms_version=judged.terms_version,
    )


def provision(judged: Judged) -> Money:
    """Return what is to be provided for a loss by the end of a month."""
    facts, end = judged.facts, days_of(judged.month).end
    price, estimate = facts.price_at(end), facts.estimate_at(end)
    if price is None or estimate is None or not judged.terms.losses_provided:
        return Money.zero(facts.currency)
    return rules.loss_provision(price, estimate, *earned.progress(facts, end, judged.terms))


def standing(judged: Judged) -> ProjectStanding:
    """Return how a project stands at the end of a month."""
    facts, days = judged.facts, days_of(judged.month)
    contract, currency = facts.contract, facts.currency
    so_far = earned.recognized(facts, days.end, judged.terms)
    revenue = so_far - earned.recognized(facts, days.before, judged.terms)
    fees = revenue - worth.expenses_billed(facts, days.start, days.end)
    billed = facts.total(facts.billed, days.end)
    place = rules.position(so_far, billed)
    worked = [each for each in facts.worked if days.start <= each.day <= days.end]
    listed = worth.list_value(worked, currency)
    done = earned.percent_complete(facts, days.end, judged.terms)
    return ProjectStanding(
        project_number=contract.project_number,
        contract_number=contract.number,
        legal_entity=contract.legal_entity,
        business_unit=contract.business_unit,
        currency=currency,
        month=judged.month,
        method=facts.method,
        terms_version=judged.terms_version,
        as_of=judged.as_of,
        price=facts.price_at(days.end),
        recognized=so_far,
        billed=billed,
        contract_asset=place.contract_asset,
        contract_liability=place.contract_liability,
        percent_complete=None if done is None else rules.shown(done),
        backlog=earned.backlog(facts, days.end, so_far),
        revenue=revenue,
        fee_revenue=fees,
        revenue_if_output_method=_by_output(judged),
        hours=sum((each.hours for each in worked if each.billable), start=Decimal(0)),
        list_value=listed,
        realization=worth.share(fees.value, listed.value if listed else None),
        leakage=worth.lost(facts, days.start, days.end),
        costs=_costs(judged, revenue),
    )


def _by_output(judged: Judged) -> Money | None:
    facts, days = judged.facts, days_of(judged.month)
    before, now = earned.by_output(facts, days.before), earned.by_output(facts, days.end)
    return None if before is None or now is None else now - before


def _costs(judged: Judged, revenue: Money) -> Costs:
    facts, days = judged.facts, days_of(judged.month)
    worked = [each for each in facts.worked if days.start <= each.day <= days.end]
    expenses = facts.total(facts.spent, days.end) - facts.total(facts.spent, days.before)
    cost = earned.cost_until(worked, days.end)
    labor = None if cost is None else Money.of(cost, facts.currency)
    total = None if labor is None else labor + expenses
    margin = None if total is None else revenue - total
    return Costs(
        labor_cost=labor,
        expenses=expenses,
        total_cost=total,
        margin=margin,
        margin_pct=worth.share(None if margin is None else margin.value, revenue.value),
        planned_margin=_planned(facts, days.end),
        loss_provision=provision(judged),
        people=len({each.employee for each in worked}),
    )


def _planned(facts: RevenueFacts, until: date) -> Decimal | None:
    """Return the margin that a fixed price is planned to leave at its estimate."""
    price, estimate = facts.price_at(until), facts.estimate_at(until)
    if price is None or estimate is None:
        return None
    return worth.share(price.value - estimate, price.value)

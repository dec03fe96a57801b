"""What a change of a fixed price comes to when the month is over, reckoned."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction

from tests.firms import earning, fixed
from tests.firms.amounts import halves, share
from tests.firms.reckoning import Deal, Facts, deals, pct
from tests.proof.revenue import reckoned
from tests.proof.revenue.reckoned import CATCH_UP, COST, DAYS, PROSPECTIVE, SEPARATE, Change

EVENING = time(23, 59, 59, tzinfo=UTC)
SIX = Decimal("0.000001")


def changed(firm: Facts, invoices: dict[str, list[Facts]]) -> Facts:
    """Return what the firm's change would do to price, revenue, margin and invoices."""
    case = firm["change_request"]
    [deal] = [each for each in deals(firm) if each.project == case["project"]]
    before = fixed.story(deal)
    day = datetime.combine(deal.month_end, EVENING).astimezone(deal.zone).date()
    price, cost = deal.number("price"), deal.number("eac_cost")
    more, effort = Fraction(case["price_delta"]), Fraction(case["eac_after"]) - cost
    counted = Fraction(0) if before.method == DAYS else effort
    after = before._replace(changes=(Change(day, more, counted, _treatment(case)),))
    earned = reckoned.promised(after, day)
    ahead = earned - earning.billed(deal, invoices[deal.project], [])
    rest = [price - _whole(deal, cost), price + more - _whole(deal, cost + effort)]
    parts = [(each["id"], each["amount"]) for each in deal.terms["milestones"]]
    return {
        "project": deal.project,
        "price_after": deal.told(price + more),
        "percent_complete_after": _done(after, day),
        "cumulative_revenue_after": deal.told(earned),
        "catch_up": deal.told(earned - reckoned.promised(before, day)),
        "contract_liability_after": deal.told(max(Fraction(0), -ahead)),
        "invoice_plan_after": [
            {"id": name, "amount": amount}
            for name, amount in [*parts, (case["id"], deal.told(more))]
        ],
        "forecast_margin_before": deal.told(rest[0]),
        "forecast_margin_after": deal.told(rest[1]),
        "forecast_margin_pct_after": pct(rest[1], price + more),
    }


def _treatment(case: Facts) -> str:
    if not case["distinct"]:
        return CATCH_UP
    return SEPARATE if case.get("at_standalone_price") else PROSPECTIVE


def _whole(deal: Deal, cost: Fraction) -> Fraction:
    return halves(cost, deal.currency, even=False)


def _done(after: reckoned.Story, day: date) -> str | None:
    if after.method != COST:
        return None
    done = reckoned.effort_done(after, day)
    part = reckoned.part_done(done, reckoned.effort_in_the_end(after, day))
    return share(part, SIX)

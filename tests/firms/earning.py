"""What a firm's projects earned, hold and have to come, and all of them together, reckoned."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.firms import fixed, reckoning
from tests.firms.amounts import halves, share
from tests.firms.reckoning import Deal, Facts, pct, total

SIX = Decimal("0.000001")


def earned(deal: Deal, figure: Facts, invoices: list[Facts], notes: list[Facts]) -> Facts:
    """Return the rest of a project's figures, which follow from its revenue and its lines."""
    revenue, listed = Fraction(figure["revenue"]), Fraction(figure["list_value"])
    spent = total([line for each in invoices for line in each["lines"]], "expenses")
    so_far = revenue + (fixed.earned_before(deal) if deal.model == "FIXED_FEE" else 0)
    ahead = so_far - billed(deal, invoices, notes)
    told = {
        "realization": pct(revenue - spent, listed),
        "contract_asset": deal.told(max(Fraction(0), ahead)),
        "contract_liability": deal.told(max(Fraction(0), -ahead)),
        "backlog": deal.told(_backlog(deal, so_far, spent)),
    }
    return told | (_fixed(deal) if deal.model == "FIXED_FEE" else {})


def group(found: list[Deal], figures: Facts, invoices: dict[str, list[Facts]]) -> Facts:
    """Return the figures of all contracts in the firm's own currency."""
    firm = found[0].firm
    told = [(each, figures[each.project]) for each in found if each.project in figures]
    sums = {
        name: sum((_worth(deal, figure[name]) for deal, figure in told), start=Fraction(0))
        for name in ("revenue", "total_cost", "list_value")
    }
    spent = sum(
        (
            _worth(deal, total([x for i in invoices[deal.project] for x in i["lines"]], "expenses"))
            for deal, _ in told
        ),
        start=Fraction(0),
    )
    lost = sum(
        (_worth(deal, amount) for deal, figure in told for amount in figure["leakage"].values()),
        start=Fraction(0),
    )
    backlog = sum(
        (_worth(deal, _standing(deal, figures), "fx_close") for deal in found), start=Fraction(0)
    )
    margin, fees = sums["revenue"] - sums["total_cost"], sums["revenue"] - spent
    currency = firm["reporting_currency"]

    def said(amount: Fraction) -> str:
        return reckoning.money(halves(amount, currency, even=False), currency)

    return {
        "currency": currency,
        "revenue": said(sums["revenue"]),
        "cost": said(sums["total_cost"]),
        "margin": said(margin),
        "margin_pct": pct(margin, sums["revenue"]),
        "fee_revenue": said(fees),
        "list_value": said(sums["list_value"]),
        "realization": pct(fees, sums["list_value"]),
        "leakage": said(lost),
        "leakage_rate": pct(lost, fees + lost),
        "backlog_at_closing": said(backlog),
    }


def _standing(deal: Deal, figures: Facts) -> Fraction:
    """Return a contract's backlog, also when nothing of it was worked or invoiced."""
    if deal.project in figures:
        return Fraction(figures[deal.project]["backlog"])
    return _backlog(deal, Fraction(0), Fraction(0))


def _worth(deal: Deal, amount: object, kind: str = "fx_avg") -> Fraction:
    rate = Fraction(deal.firm[kind].get(deal.currency, 1))
    return Fraction(str(amount)) * rate


def billed(deal: Deal, invoices: list[Facts], notes: list[Facts]) -> Fraction:
    """Return what is billed; of a fixed price also what was billed before the month."""
    told = sum((Fraction(each["net"]) for each in invoices), start=Fraction(0))
    told -= sum((Fraction(each["net"]) for each in notes), start=Fraction(0))
    return told + (deal.number("billed_to_date") if deal.model == "FIXED_FEE" else 0)


def _backlog(deal: Deal, revenue: Fraction, spent: Fraction) -> Fraction:
    if deal.model in {"RETAINER", "SUBSCRIPTION"}:
        return sum(_fees_to_come(deal), start=Fraction(0))
    if deal.model == "FIXED_FEE":
        return deal.number("price") - revenue
    counted = revenue if deal.terms.get("nte_scope") == "fees+expenses" else revenue - spent
    sold = next(
        each for each in deal.firm["opportunities"] if each["id"] == deal.terms["opportunity"]
    )
    most = Fraction(deal.terms.get("nte_cap") or sold["amount"])
    return max(Fraction(0), most - deal.number("billed_to_date") - counted)


def _fees_to_come(deal: Deal) -> list[Fraction]:
    """Return the fee of every month after this one, the last by its days."""
    last = date.fromisoformat(deal.terms["effective"]["to"])
    start, fees = deal.month_end + timedelta(days=1), []
    while start <= last:
        after = (start + timedelta(days=32)).replace(day=1)
        days = (after - start).days
        worked = min(days, (last - start).days + 1)
        fees.append(deal.rounded(deal.number("monthly") * Fraction(worked, days)))
        start = after
    return fees


def _fixed(deal: Deal) -> Facts:
    """Return what a fixed price is measured by, and what its milestones would say."""
    price, estimate = deal.number("price"), deal.number("eac_cost")
    told: Facts = {
        "revenue_if_output_method": deal.told(fixed.accepted_within(deal)),
        "planned_margin": pct(price - estimate, price),
    }
    done = fixed.part_done(deal)
    return told if done is None else told | {"percent_complete": share(done, SIX)}

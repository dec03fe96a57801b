"""A firm's `expected.json`, reckoned from its facts for the sections that the demo plays."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from tests.firms import buying, changing, earning, fixed, reckoning
from tests.firms.amounts import as_of, halves, money, share
from tests.firms.leading import leading
from tests.firms.reckoning import Deal, Facts, deals, pct, total

PREPAID = ("down_payment", "down_payment_applied")


def expected(firm: Facts) -> Facts:
    """Return every section that a firm's facts give rise to."""
    found = deals(firm)
    invoices = {each.project: _invoices(each) for each in found}
    notes = {each.project: _credits(each) for each in found}
    told: Facts = {
        "invoices": [one for each in found for one in invoices[each.project]],
        "projects": {
            each.project: _project(each, invoices[each.project], notes[each.project])
            for each in found
            if invoices[each.project] or each.hours()
        },
        "readiness": _readiness(found, invoices),
    }
    told["group"] = earning.group(found, told["projects"], invoices)
    if "service_levels" in firm:
        told["credit_notes"] = [one for each in found for one in notes[each.project]]
    if "credit_rebill" in firm:
        [deal] = [each for each in found if each.project == firm["credit_rebill"]["project"]]
        told["credit_rebill"] = _credit_rebill(deal, firm)
    told |= leading(firm, [*told["invoices"], *(one for each in notes.values() for one in each)])
    if "procurement" in firm:
        told["procurement"] = buying.bought(firm)
    if "change_request" in firm:
        told["change_request"] = changing.changed(firm, invoices)
    if "rounding_case" in firm:
        told["rounding"] = _rounding(firm["rounding_case"])
    if "setup_case" in firm:
        told["project_setup"] = _setup(firm)
    return told


def _invoices(deal: Deal) -> list[Facts]:
    """Return a contract's invoices; a deposit is invoiced first, and taken off until used up."""
    found, left = [], Fraction(0)
    if first := deal.terms.get("down_payment"):
        day = date.fromisoformat(first["invoiced_on"])
        lines = [{"kind": "down_payment", "net": first["amount"]}]
        found.append(reckoning.document(deal, "invoice", day, lines))
        left = Fraction(first["amount"])
    for day, lines in sorted(reckoning.documents(deal), key=lambda each: each[0]):
        off = min(left, total(lines))
        if off > 0:
            left -= off
            lines = [*lines, {"kind": "down_payment_applied", "net": deal.told(-off)}]
        found.append(reckoning.document(deal, "invoice", day, lines))
    return found


def _credits(deal: Deal) -> list[Facts]:
    credit = reckoning.service_credit(deal)
    if credit is None:
        return []
    day, net = credit
    lines = [{"kind": "service_credit", "net": deal.told(net)}]
    return [reckoning.document(deal, "credit_note", day, lines)]


def _readiness(found: list[Deal], invoices: dict[str, list[Facts]]) -> Facts:
    due, ready = 0, 0
    held: dict[str, list[Facts]] = {}
    for deal in found:
        for invoice in invoices[deal.project]:
            lines = invoice["lines"]
            first = lines[0]["kind"] == "down_payment"
            day = date.fromisoformat(invoice["issue_date"])
            blocked = [] if first else reckoning.blockers(deal, day, lines)
            due, ready = due + 1, ready + (not blocked)
            if blocked:
                held.setdefault(deal.project, []).extend(blocked)
    rate = pct(Fraction(ready), Fraction(due))
    return {"events_due": due, "ready_at_first_check": ready, "rate": rate, "blockers": held}


def _project(deal: Deal, invoices: list[Facts], notes: list[Facts]) -> Facts:
    lines = [line for each in invoices for line in each["lines"]]
    figure: Facts = {"currency": deal.currency}
    listed = {each["role"]: Fraction(each["rate"]) for each in deal.firm.get("list_rates", [])}
    roles = [(deal.staff(row["employee"])["role"], row) for row in deal.hours(billable=True)]
    worth = sum((Fraction(row["hours"]) * listed[role] for role, row in roles), start=Fraction(0))
    figure["list_value"] = _kpi(deal, worth)
    fees, adjusted = total(lines, "time"), total(lines, "nte_adjustment")
    if deal.model == "T&M":
        figure |= {
            "gross_fees": deal.told(fees),
            "nte_adjustment": deal.told(adjusted),
            "fees_billed": deal.told(fees + adjusted),
            "expenses": deal.told(total(lines, "expenses")),
            "rate_realization": pct(fees, worth),
            "billing_realization": pct(fees + adjusted, fees),
        }
    if deal.model == "RETAINER":
        hours = sum((Fraction(row["hours"]) for _, row in roles), start=Fraction(0))
        figure |= {"hours": as_of(hours), "overage_hours": as_of(reckoning.beyond(deal))}
    figure |= {"leakage": _leakage(deal, adjusted, notes)} | _margin(deal, lines, notes)
    return figure | earning.earned(deal, figure, invoices, notes)


def _leakage(deal: Deal, adjusted: Fraction, notes: list[Facts]) -> Facts:
    rates = deal.terms.get("rates", {})
    idle = [(deal.staff(row["employee"])["role"], row) for row in deal.hours(billable=False)]
    rework = sum(
        (Fraction(row["hours"]) * Fraction(rates[role]) for role, row in idle if role in rates),
        start=Fraction(0),
    )
    lost = {
        "over_cap": deal.told(-adjusted),
        "rework_at_contract_rate": _kpi(deal, rework),
        "service_credit": deal.told(sum((Fraction(each["net"]) for each in notes), Fraction(0))),
    }
    return {name: amount for name, amount in lost.items() if Fraction(amount)}


def _margin(deal: Deal, lines: list[Facts], notes: list[Facts]) -> Facts:
    """Revenue is what may be invoiced, or of a fixed price the share that was worked off."""
    labor = sum(
        (
            Fraction(row["hours"]) * Fraction(deal.staff(row["employee"])["cost_rate"])
            for row in deal.hours()
        ),
        start=Fraction(0),
    )
    given = sum((Fraction(each["net"]) for each in notes), start=Fraction(0))
    billed = total(lines)
    revenue = billed - total(lines, *PREPAID) - given
    if deal.model == "FIXED_FEE":
        revenue = fixed.earned_until(deal, deal.month_end) - fixed.earned_before(deal)
    cost = halves(labor, deal.currency, even=False)
    whole = cost + deal.spent()
    return {
        "revenue": deal.told(revenue),
        "labor_cost": deal.told(cost),
        "total_cost": deal.told(whole),
        "margin": deal.told(revenue - whole),
        "margin_pct": pct(revenue - whole, revenue),
    }


def _kpi(deal: Deal, amount: Fraction) -> str:
    """Write a figure of our own, which rounds half-up at the end."""
    return money(halves(amount, deal.currency, even=False), deal.currency)


def _credit_rebill(deal: Deal, firm: Facts) -> Facts:
    """Take back what the last entries made of their person's line, to which all add up."""
    case = firm["credit_rebill"]
    theirs = [row for row in deal.hours(billable=True) if row["employee"] == case["employee"]]
    last = sorted(theirs, key=lambda row: (row["work_date"], row["id"]))[-case["entries"] :]
    rate = Fraction(deal.terms["rates"][deal.staff(case["employee"])["role"]])
    hours = sum((Fraction(row["hours"]) for row in last), start=Fraction(0))
    lines = reckoning.worked_lines(deal, deal.hours(billable=True))
    over = reckoning.over_cap(deal, total(lines), deal.spent(billable=True))
    whole = sum((Fraction(row["hours"]) for row in theirs), start=Fraction(0))
    credited = deal.rounded(whole * rate) - deal.rounded((whole - hours) * rate)
    billed = deal.number("billed_to_date") + total(lines) - over - credited
    candidates = deal.rounded(Fraction(case["corrected_hours"]) * rate) + over
    cap = deal.terms.get("nte_cap")
    again = candidates if cap is None else min(candidates, Fraction(cap) - billed)
    told = {
        "credits_time_entries": [row["id"] for row in last],
        "credited_hours": as_of(hours),
        "credited_net": deal.told(credited),
        "fees_billed_to_date_after": deal.told(billed),
        "candidates": deal.told(candidates),
        "rebilled": deal.told(again),
        "still_held": deal.told(candidates - again),
    }
    if raised := firm.get("cap_raise"):
        room = Fraction(raised["nte_cap"]) - billed - again
        told["released_after_cap_raise"] = deal.told(min(candidates - again, room))
    return told


def _rounding(case: Facts) -> Facts:
    even, currency = case["rounding"] == "half_even", case["currency"]
    nets = [
        halves(Fraction(hours) * Fraction(rate), currency, even=even)
        for hours, rate in case["lines"]
    ]
    net = sum(nets, start=Fraction(0))
    tax = halves(net * Fraction(case["tax_rate"]), currency, even=even)
    return {
        "lines": [money(each, currency) for each in nets],
        "net": money(net, currency),
        "tax": money(tax, currency),
        "gross": money(net + tax, currency),
    }


def _setup(firm: Facts) -> Facts:
    case = firm["setup_case"]
    won, ready = (datetime.fromisoformat(case[name]) for name in ("closed_won_at", "ready_at"))
    waits = [
        datetime.fromisoformat(each["decided_at"]) - datetime.fromisoformat(each["requested_at"])
        for each in case["approvals"]
    ]
    human = sum(int(each.total_seconds()) for each in waits)
    whole = int((ready - won).total_seconds())
    sold, signed = Fraction(case["crm_amount"]), Fraction(case["contract_amount"])
    apart = abs(sold - signed)
    return {
        "hours": share(Fraction(whole, 3600), Decimal("0.01")),
        "human_seconds": human,
        "machine_seconds": whole - human,
        "human_touches": len(waits),
        "price_difference_pct": pct(apart, sold),
        "stops_at": "PRICING_MISMATCH" if apart > min(sold / 100, Fraction(500)) else None,
    }

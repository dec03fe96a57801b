"""What a firm's month comes to, worked out from its `fixture.json` alone.

It is written from the firm's rules, with exact numbers, and takes nothing of the product: what
the demo computes is held against it.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.firms.amounts import as_of, halves, money, share

Facts = dict[str, Any]
FIRST_CHECK = time(8, tzinfo=UTC)


class Deal:
    """One contract of the firm, over the part of the month that it covers."""

    def __init__(self, firm: Facts, contract: Facts) -> None:
        self.firm, self.terms = firm, contract
        self.project, self.currency = contract["project"], contract["currency"]
        self.model = contract["billing_model"]
        entity = next(e for e in firm["entities"] if e["id"] == contract["legal_entity"])
        self.zone = ZoneInfo(entity.get("tz", "UTC"))
        self.even = any(
            s["id"] == entity.get("erp") and s.get("rounding") == "half_even"
            for s in firm["systems"]
        )
        month, held = firm["period"], contract["effective"]
        self.month_end = date.fromisoformat(month["end"])
        self.first, self.begun = (date.fromisoformat(d) for d in (month["start"], held["from"]))
        self.start = max(self.first, self.begun)
        self.end = min(self.month_end, date.fromisoformat(held["to"]))

    def rounded(self, amount: Fraction) -> Fraction:
        """Round as the books that post it do."""
        return halves(amount, self.currency, even=self.even)

    def told(self, amount: Fraction) -> str:
        """Return an amount as text."""
        return money(amount, self.currency)

    def number(self, name: str) -> Fraction:
        """Return a term of the contract, or 0."""
        return Fraction(self.terms.get(name) or 0)

    def staff(self, number: str) -> Facts:
        """Return the person of a number."""
        found: Facts = next(e for e in self.firm["employees"] if e["id"] == number)
        return found

    def hours(self, *, billable: bool | None = None) -> list[Facts]:
        """Return the approved rows of the month."""
        return [
            row
            for row in self.firm.get("time_entries", [])
            if row["project"] == self.project
            and self.start <= date.fromisoformat(row["work_date"]) <= self.end
            and billable in {None, row.get("billable", True)}
        ]

    def spent(self, *, billable: bool | None = None) -> Fraction:
        """Return the expenses that are accepted, each at the month's average rate."""
        rows = (
            row
            for row in self.firm.get("expenses", [])
            if row["project"] == self.project
            and self.start <= date.fromisoformat(row["date"]) <= self.end
            and row.get("expect", {}).get("action", "accept") == "accept"
            and billable in {None, row.get("billable", True)}
            and not row.get("rejected_at")
        )
        return sum((self._own(Fraction(r["amount"]), r["currency"]) for r in rows), Fraction(0))

    def _own(self, amount: Fraction, currency: str) -> Fraction:
        """Return an amount in the contract's currency, which two others meet in ours."""
        if currency == self.currency:
            return amount
        ours = {self.firm["reporting_currency"]: "1"} | self.firm["fx_avg"]
        worth = amount * Fraction(ours[currency]) / Fraction(ours[self.currency])
        return halves(worth, self.currency, even=False)


def deals(firm: Facts) -> list[Deal]:
    """Return the contracts that cover a part of the month."""
    found = [Deal(firm, each) for each in firm["contracts"]]
    return [each for each in found if each.start <= each.end]


def worked_lines(deal: Deal, rows: list[Facts]) -> list[Facts]:
    """One line per person and rate, or per entry or role, where the contract asks."""
    detail = (deal.terms.get("invoicing") or {}).get("detail", "person")
    groups: dict[tuple[str, str], list[Facts]] = {}
    for row in rows:
        role = deal.staff(row["employee"])["role"]
        key = {"person": row["employee"], "entry": row["id"], "role": role}[detail]
        groups.setdefault((key, deal.terms["rates"][role]), []).append(row)
    lines = []
    for (_, rate), theirs in groups.items():
        hours = sum((Fraction(row["hours"]) for row in theirs), start=Fraction(0))
        line = {"kind": "time", "quantity": as_of(hours), "rate": rate}
        people = {row["employee"] for row in theirs}
        if len(people) == 1:
            line["employee"] = people.pop()
        lines.append(line | {"net": deal.told(deal.rounded(hours * Fraction(rate)))})
    return lines


def total(lines: list[Facts], *kinds: str) -> Fraction:
    """Add the nets of the lines of some kinds, or of all."""
    nets = (Fraction(each["net"]) for each in lines if not kinds or each["kind"] in kinds)
    return sum(nets, start=Fraction(0))


def over_cap(deal: Deal, fees: Fraction, expenses: Fraction) -> Fraction:
    """What exceeds the not-to-exceed amount."""
    if deal.terms.get("nte_cap") is None:
        return Fraction(0)
    counted = fees + (expenses if deal.terms.get("nte_scope") == "fees+expenses" else 0)
    excess = deal.number("billed_to_date") + counted - deal.number("nte_cap")
    return min(max(Fraction(0), excess), counted)


def fee(deal: Deal) -> Fraction:
    """The monthly fee, by the days of a part of a month."""
    first = deal.start.replace(day=1)
    days = ((first + timedelta(days=32)).replace(day=1) - first).days
    part = Fraction((deal.end - deal.start).days + 1, days)
    return deal.rounded(deal.number("monthly") * part)


def beyond(deal: Deal) -> Fraction:
    """The hours of a retainer over those included; a part of a month includes its share."""
    if deal.terms.get("included_hours") is None:
        return Fraction(0)
    first = deal.start.replace(day=1)
    days = ((first + timedelta(days=32)).replace(day=1) - first).days
    part = Fraction((deal.end - deal.start).days + 1, days)
    included = halves(deal.number("included_hours") * part, "USD", even=False)
    hours = sum((Fraction(r["hours"]) for r in deal.hours(billable=True)), start=Fraction(0))
    return max(Fraction(0), hours - included)


def documents(deal: Deal) -> list[tuple[date, list[Facts]]]:
    """Return what a contract has invoiced in the month: the day, and the lines before deposits."""
    found = _documents(deal)
    return [(day, lines) for day, lines in found if lines and _comes_free(deal, day, lines)]


def _documents(deal: Deal) -> list[tuple[date, list[Facts]]]:
    match deal.model:
        case "T&M":
            lines = worked_lines(deal, deal.hours(billable=True))
            at_cost = deal.terms.get("expenses") == "billable at cost"
            spent = deal.spent(billable=True) if at_cost else 0
            over = over_cap(deal, total(lines), Fraction(spent))
            if over:
                lines.append({"kind": "nte_adjustment", "net": deal.told(-over)})
            if spent:
                lines.append({"kind": "expenses", "net": deal.told(Fraction(spent))})
            return [(deal.end, lines)]
        case "FIXED_FEE":
            return [
                (
                    date.fromisoformat(each["planned_date"]),
                    [{"kind": "milestone", "milestone": each["id"], "net": each["amount"]}],
                )
                for each in planned(deal)
                if arrived(each.get("evidence")) <= _over(deal.month_end)
            ]
        case "RETAINER":
            lines = [{"kind": "retainer", "net": deal.told(fee(deal))}]
            if hours := beyond(deal):
                rate = deal.terms["overage_rate"]
                net = deal.told(deal.rounded(hours * Fraction(rate)))
                over = {"kind": "overage", "quantity": as_of(hours), "rate": rate, "net": net}
                lines.append(over)
            return [(deal.end, lines)]
        case _:
            in_advance = deal.terms.get("billing") == "in advance"
            day = deal.start if in_advance else deal.end
            return [(day, [{"kind": "subscription", "net": deal.told(fee(deal))}])]


def planned(deal: Deal) -> list[Facts]:
    """Return the milestones that are planned for the month."""
    first = date.fromisoformat(deal.firm["period"]["start"])
    return [
        each
        for each in deal.terms["milestones"]
        if first <= date.fromisoformat(each["planned_date"]) <= deal.month_end
    ]


def arrived(paper: Facts | None) -> datetime:
    """Return when a document came, or the end of time."""
    said = (paper or {}).get("received_at")
    return datetime.fromisoformat(said) if said else datetime.max.replace(tzinfo=UTC)


def _over(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


def _comes_free(deal: Deal, day: date, lines: list[Facts]) -> bool:
    """Whether the order that the client wants to be named comes in within the month."""
    if not deal.terms.get("po_required") or not total(lines):
        return True
    return arrived(deal.terms.get("purchase_order")) <= _over(deal.month_end)


def blockers(deal: Deal, day: date, lines: list[Facts]) -> list[Facts]:
    """Return what keeps an event back on the morning of its day."""
    check = datetime.combine(day, FIRST_CHECK)
    found: list[Facts] = []
    if deal.terms.get("po_required") and arrived(deal.terms.get("purchase_order")) > check:
        found.append({"code": "B03", "reason": "PO_MISSING"})
    if deal.model == "FIXED_FEE":
        proof = next(
            each.get("evidence")
            for each in deal.terms["milestones"]
            if each["id"] == lines[0]["milestone"]
        )
        if arrived(proof) > check:
            found.append({"code": "B08", "reason": "MILESTONE_EVIDENCE_MISSING"})
    if deal.model in {"T&M", "RETAINER"}:
        found += _undecided(deal, check)
    if over := -total(lines, "nte_adjustment"):
        at_risk = deal.told(over)
        found.append({"code": "B09", "reason": "NTE_EXCEEDED", "amount_at_risk": at_risk})
    return found


def _undecided(deal: Deal, check: datetime) -> list[Facts]:
    found = []
    for code, reason, name, on in (
        ("B04", "TIME_NOT_APPROVED", "bad_time_entries", "work_date"),
        ("B06", "EXPENSES_NOT_APPROVED", "expenses", "date"),
    ):
        if any(
            row["project"] == deal.project
            and deal.start <= date.fromisoformat(row[on]) <= deal.end
            and row.get("rejected_at")
            and datetime.fromisoformat(row["rejected_at"]) > check
            for row in deal.firm.get(name, [])
        ):
            found.append({"code": code, "reason": reason})
    if any(_is_owed(deal, week, check) for week in deal.firm.get("timesheets", [])):
        found.append({"code": "B05", "reason": "TIMESHEET_MISSING"})
    return found


def _is_owed(deal: Deal, week: Facts, check: datetime) -> bool:
    """Whether a week of somebody on the project is not handed in."""
    first = date.fromisoformat(week["week_start"])
    last = first + timedelta(days=6)
    booked = any(
        each["project"] == deal.project
        and each["employee"] == week["employee"]
        and date.fromisoformat(each["from"]) <= last
        and first <= date.fromisoformat(each["to"])
        for each in deal.firm.get("assignments", [])
    )
    said = week.get("submitted_at")
    late = said is None or datetime.fromisoformat(said) > check
    return booked and first <= deal.end and deal.start <= last and late


def service_credit(deal: Deal) -> tuple[date, Fraction] | None:
    """Return what a missed service level gives back, on the day of its report."""
    for each in deal.firm.get("service_levels", []):
        if each["contract"] == deal.terms["id"] and not each["met"]:
            at = datetime.fromisoformat(each["reported_at"]).astimezone(deal.zone)
            credit = deal.rounded(fee(deal) * Fraction(each["credit_pct"]) / 100)
            return at.date(), credit
    return None


def document(deal: Deal, kind: str, day: date, lines: list[Facts]) -> Facts:
    """Return a document with its totals; tax is rounded once, on the sum."""
    tax = deal.terms["tax"]
    net = total(lines)
    owed = deal.rounded(net * Fraction(tax["rate"]))
    return {
        "project": deal.project,
        "issue_date": day.isoformat(),
        "client": deal.terms["client"],
        "legal_entity": deal.terms["legal_entity"],
        "currency": deal.currency,
        "kind": kind,
        "lines": lines,
        "net": deal.told(net),
        "tax": deal.told(owed),
        "gross": deal.told(net + owed),
        "tax_category": tax["category"],
    }


def pct(part: Fraction, whole: Fraction) -> str | None:
    """Return a share to four decimals, or nothing of nothing."""
    return share(part / whole, Decimal("0.0001")) if whole else None

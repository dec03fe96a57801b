"""What is found about an expense when it is handed in: E01 to E12 of the domain handbook, 3c.

A fact that is not known is None, and nothing is said of it.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from process_apis.tax_ids import is_valid_tax_id
from process_apis.time_and_expense.records import ExpenseWish, PaidBy, PolicyFinding, Severity
from process_apis.time_and_expense.rules.findings import in_order
from process_apis.time_and_expense.rules.terms import ExpenseTerms, TimeAndExpenseTerms
from system_apis.canonical.attendance import WorkCalendar
from system_apis.canonical.money import Money
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.quality import expense as quality
from system_apis.canonical.time import ExpenseLine

_WEEKEND = (6, 7)


class ExpenseCase(Struct, frozen=True, kw_only=True):
    """An expense as it is handed in, and all that is known beside it.

    `others` are expenses that stand: the person's, and whoever's with the same receipt. `rate` is
    what one of the expense's currency is in that of the project. `on_card` are those that the
    company's cards paid.
    """

    wish: ExpenseWish
    line: ExpenseLine
    company: LegalEntity
    handed_in_at: datetime
    calendar: WorkCalendar | None = None
    others: tuple[ExpenseLine, ...] = ()
    on_card: tuple[ExpenseLine, ...] = ()
    project_currency: str | None = None
    rate: Decimal | None = None
    project_is_open: bool | None = None
    client_cap: Money | None = None
    client_spent: Money | None = None

    @property
    def today(self) -> date:
        """The day on which it is handed in, where the person's company is."""
        return self.company.day_of(self.handed_in_at)

    @property
    def own(self) -> tuple[ExpenseLine, ...]:
        """The person's other expenses."""
        return tuple(each for each in self.others if each.employee == self.line.employee)

    def facts(self, terms: ExpenseTerms) -> quality.ExpenseFacts:
        """Return what the rules of quality look at; in some countries no expense is small."""
        always = self.company.country in terms.every_receipt_in
        below = {} if always else terms.no_receipt_below
        return quality.ExpenseFacts(
            expense=self.line,
            others=self.others,
            receipt_needed=quality.needs_receipt(self.line, below),
            project_currency=self.project_currency,
            rate_known=self.rate is not None,
            project_takes_expenses=self.project_is_open,
        )


Check = Callable[[ExpenseCase, TimeAndExpenseTerms], PolicyFinding | None]


def judge(case: ExpenseCase, terms: TimeAndExpenseTerms) -> tuple[PolicyFinding, ...]:
    """Return everything that is found about an expense, the finding it is known by first."""
    found: Iterable[PolicyFinding | None] = (check(case, terms) for check in CHECKS)
    return in_order(each for each in found if each is not None)


def missing_receipt(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E01: an expense is proven, but for per diems, and small dollars outside the EU (DQ-X1)."""
    reason = quality.receipt_missing(case.facts(terms.expense))
    return _found("E01", "MISSING_RECEIPT", Severity.HOLD, reason, "hand in the receipt")


def over_cap(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E02: a night costs no more than the firm, or the trip, allows; what is over is told."""
    line, nights = case.line, case.wish.nights or 1
    if line.category not in terms.expense.lodging:
        return None
    told = case.wish.cap_per_night.value if case.wish.cap_per_night else None
    caps = (terms.expense.night_caps.get(line.amount.currency), told)
    cap = min((each for each in caps if each is not None), default=None)
    if cap is None or line.amount.value <= cap * nights:
        return None
    excess = Money.of(line.amount.value - cap * nights, line.amount.currency)
    reason = f"{line.amount} for {nights} night(s) is {excess} over {cap} a night"
    found = _found("E02", "OVER_CAP", Severity.HOLD, reason, "claim the cap, or say why")
    return replace(found, excess=excess) if found else None


def duplicate(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E03: an expense is claimed once, and a receipt by whomever once (DQ-X3)."""
    twins = [each.number for each in case.others if _facts(each) == _facts(case.line)]
    reason = quality.receipt_used_twice(case.facts(terms.expense))
    if reason is None and twins:
        reason = f"it repeats {', '.join(twins)}"
    return _found("E03", "DUPLICATE", Severity.BLOCK, reason, "strike it out")


def per_diem_double(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E04: a per diem pays the meals of its days, each of them once."""
    line, meals = case.line, terms.expense.meals
    paid = [
        each.number
        for each in case.own
        if (line.category in meals and each.trip is not None and each.trip.has(line.date))
        or (line.trip is not None and each.category in meals and line.trip.has(each.date))
        or (line.trip is not None and each.trip is not None and line.trip.meets(each.trip))
    ]
    reason = f"{', '.join(paid)} pays the same meals" if paid else None
    return _found("E04", "PER_DIEM_DOUBLE", Severity.BLOCK, reason, "claim the one or the other")


def per_diem_wrong(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E05: a per diem is three quarters on days of travel, and the whole between (GSA [K])."""
    line, trip = case.line, case.line.trip
    if line.category != quality.PER_DIEM:
        return None
    remedy = "claim what the days come to"
    currency = line.amount.currency
    told = case.wish.daily.value if case.wish.daily else None
    daily = terms.expense.per_diems.get(currency, told)
    if trip is None or daily is None:
        reason = "trip and daily say what the days come to, and one is absent"
        return _found("E05", "PER_DIEM_CALC", Severity.BLOCK, reason, remedy)
    due = per_diem(trip.start, trip.end, daily, currency, terms.expense)
    wrong = due != line.amount
    reason = f"{line.amount} is claimed, and the days come to {due}"
    return _found("E05", "PER_DIEM_CALC", Severity.BLOCK, reason if wrong else None, remedy)


def per_diem(start: date, end: date, daily: Decimal, currency: str, terms: ExpenseTerms) -> Money:
    """Return what the days of a trip come to, each rounded by itself."""
    count = (end - start).days + 1
    travel = Money.of(daily * terms.share_of_travel_days, currency)
    whole = Money.of(daily, currency)
    days = [travel if day in {0, count - 1} else whole for day in range(count)]
    return Money.total(days, currency)


def stale(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E06: an expense is handed in within two months."""
    day, today = case.line.date, case.today
    old = (today - day).days > terms.expense.stale_after_days
    reason = f"{day} is {(today - day).days} days ago"
    return _found("E06", "STALE", Severity.HOLD, reason if old else None, "say why it is late")


def wrong_rate(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E07: money of another currency has a rate (DQ-X2), and is claimed at about that one."""
    remedy = "claim it at the day's rate"
    if reason := quality.exchange_rate_missing(case.facts(terms.expense)):
        return _found("E07", "CURRENCY_FX", Severity.HOLD, reason, remedy)
    claimed, rate = case.wish.claimed_rate, case.rate
    if claimed is None or rate is None:
        return None
    off = abs(claimed / rate - 1) > terms.expense.rate_tolerance
    reason = f"it is claimed at {claimed}, and the rate is {rate:.6f}"
    return _found("E07", "CURRENCY_FX", Severity.HOLD, reason if off else None, remedy)


def not_billable(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E08: no client pays for drinks and fines."""
    wrong = case.line.billable and case.line.category in terms.expense.never_billable
    reason = f"{case.line.category} is never billed" if wrong else None
    return _found(
        "E08", "NOT_BILLABLE_CATEGORY", Severity.BLOCK, reason, "hand it in as not billable"
    )


def weekend(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E09: what is spent on a day off is told."""
    day = case.line.date
    if case.line.category == quality.PER_DIEM:
        return None
    off = (
        day.isoweekday() in _WEEKEND
        if case.calendar is None
        else day.isoweekday() not in case.calendar.working_days
    )
    reason = f"{day} is no working day" if off else None
    return _found("E09", "WEEKEND", Severity.WARN, reason, "say what it was for")


def card_and_cash(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E10: what the company's card paid is not paid again to the person."""
    line = case.line
    if case.wish.paid_by is PaidBy.COMPANY_CARD:
        return None
    paid = [
        each.number
        for each in case.on_card
        if each.employee == line.employee
        and each.amount == line.amount
        and abs(each.date - line.date) <= timedelta(days=1)
    ]
    reason = f"the company's card paid {', '.join(paid)}" if paid else None
    return _found("E10", "CARD_AND_CASH", Severity.HOLD, reason, "strike it out, or show both")


def tax_unproven(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E11: tax is claimed back on a supplier's invoice with a tax id that is well formed."""
    wish = case.wish
    if wish.tax is None or not wish.tax.value:
        return None
    tax_id, country = wish.supplier_tax_id, case.company.country
    proven = wish.receipt_hash and tax_id and is_valid_tax_id(tax_id, country)
    reason = None if proven else f"{wish.tax} of tax has no invoice with a supplier's tax id"
    return _found("E11", "TAX", Severity.WARN, reason, "ask the supplier for an invoice")


def client_cap(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """E12: a client may bound what it pays for expenses."""
    cap, spent = case.client_cap, case.client_spent
    if cap is None or not case.line.billable or case.line.amount.currency != cap.currency:
        return None
    total = case.line.amount if spent is None else spent + case.line.amount
    over = cap < total
    reason = f"{total} is over the client's cap of {cap}"
    return _found(
        "E12", "CLIENT_CAP", Severity.WARN, reason if over else None, "agree on a higher cap"
    )


def project_closed(case: ExpenseCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """DQ-X4: a project that is closed or unknown takes no expense."""
    reason = quality.project_closed(case.facts(terms.expense))
    return _found("DQ-X4", "PROJECT_CLOSED", Severity.BLOCK, reason, "name an open project")


CHECKS: tuple[Check, ...] = (
    missing_receipt,
    over_cap,
    duplicate,
    per_diem_double,
    per_diem_wrong,
    stale,
    wrong_rate,
    not_billable,
    weekend,
    card_and_cash,
    tax_unproven,
    client_cap,
    project_closed,
)


def _facts(line: ExpenseLine) -> tuple[object, ...]:
    return (line.employee, line.date, line.merchant, line.amount)


def _found(
    code: str, name: str, severity: Severity, reason: str | None, remedy: str
) -> PolicyFinding | None:
    if reason is None:
        return None
    return PolicyFinding(code=code, name=name, severity=severity, reason=reason, remedy=remedy)

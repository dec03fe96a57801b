"""Facts of one project's revenue; each test changes what it is about."""

from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec.structs import replace

from process_apis.revenue.figures.facts import Dated, RevenueFacts, Worked, WorkLine
from process_apis.revenue.figures.standing import Judged
from process_apis.revenue.records import MonthEarned, Rate
from process_apis.revenue.terms import RevenueTerms
from system_apis.canonical.billing import LineKind
from system_apis.canonical.contracts import BillingModel, RecurringTerms
from system_apis.canonical.fx import RateType
from system_apis.canonical.money import Money, Rounding
from system_apis.canonical.revenue import RevenueMethod
from tests.process_apis.billing_facts import contract

TERMS = RevenueTerms()
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 30)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def usd(amount: str) -> Money:
    """Return dollars."""
    return Money.of(amount, "USD")


def worked(
    hours: str,
    day: date = OCTOBER,
    *,
    employee: str = "E1",
    cost: str | None = "100",
    listed: str | None = "250",
    agreed: str | None = "200",
    billable: bool = True,
) -> Worked:
    """Return approved hours; what is told is by the hour."""

    def of(rate: str | None) -> Decimal | None:
        return None if rate is None else Decimal(rate) * Decimal(hours)

    return Worked(
        employee=employee,
        day=day,
        hours=Decimal(hours),
        billable=billable,
        cost=of(cost),
        listed=of(listed),
        agreed=of(agreed),
    )


def line(amount: str, kind: LineKind = LineKind.TIME, day: date = OCTOBER) -> WorkLine:
    """Return what a line of an invoice is earned at."""
    return WorkLine(day, kind, usd(amount))


def at_rates(**more: object) -> RevenueFacts:
    """Return a project that is billed by the hour."""
    facts = RevenueFacts(
        contract=contract(),
        method=RevenueMethod.RIGHT_TO_INVOICE,
        price=None,
        planned=None,
        estimate=None,
        hours_left=None,
        rounding=Rounding.HALF_UP,
        opening=usd("0"),
    )
    return replace(facts, **more)


def fixed(method: RevenueMethod = RevenueMethod.INPUT_COST, **more: object) -> RevenueFacts:
    """Return a project of 12,000 that costs 8,000 in the end, of which 2,000 are worked."""
    agreed = replace(contract(), billing_model=BillingModel.FIXED_FEE, rates=())
    facts = at_rates(
        contract=agreed,
        method=method,
        price=usd("12000"),
        estimate=Decimal(8000),
        worked=(worked("20"),),
        accepted=(Dated(OCTOBER, usd("5000")),),
        deliveries=2,
    )
    return replace(facts, **more)


def recurring(fee: str = "3100", **more: object) -> RevenueFacts:
    """Return a retainer from September to March."""
    terms = RecurringTerms(monthly_fee=usd(fee))
    agreed = replace(contract(), billing_model=BillingModel.RETAINER, recurring=terms, rates=())
    facts = at_rates(contract=agreed, method=RevenueMethod.STRAIGHT_LINE)
    return replace(facts, **more)


def judged(facts: RevenueFacts, month: str = "2026-10", terms: RevenueTerms = TERMS) -> Judged:
    """Return facts as they are judged after a month."""
    return Judged(facts=facts, terms=terms, terms_version=0, month=month, as_of=NOW)


def month_earned(
    earned: str, before: str = "0", month: str = "2026-10", **more: object
) -> MonthEarned:
    """Return what a month's entries are to come to."""
    meant = MonthEarned(
        project_number="P-1",
        contract_number="CT-1",
        legal_entity="US",
        month=month,
        method=RevenueMethod.INPUT_COST,
        earned_before=usd(before),
        earned=usd(earned),
        provision=usd("0"),
        limit=usd("12000"),
        basis=None,
        rate=Rate(rate=Decimal("0.5"), rate_type=RateType.MONTH_AVERAGE, rate_date=OCTOBER),
        functional_currency="EUR",
        terms_version=0,
    )
    return replace(meant, **more)

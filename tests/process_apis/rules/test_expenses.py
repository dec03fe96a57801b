"""Expenses are judged when they are handed in: every rule, at its edge."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from process_apis.time_and_expense.records import PaidBy, Severity
from process_apis.time_and_expense.rules.expense import ExpenseCase, judge, per_diem
from process_apis.time_and_expense.rules.terms import ExpenseTerms
from process_apis.time_and_expense.surroundings import as_line
from system_apis.canonical.money import Money
from system_apis.canonical.time import ExpenseLine, Trip
from tests.process_apis.working_facts import DE, TUESDAY, USUAL, spending, spent

WARN, HOLD, BLOCK = Severity.WARN, Severity.HOLD, Severity.BLOCK
Found = list[tuple[str, Severity]]
TRIP = Trip(date(2026, 10, 19), date(2026, 10, 21))
SATURDAY = date(2026, 10, 17)
SIXTY_DAYS_ON = datetime(2026, 12, 19, 20, tzinfo=UTC)
A_DAY_MORE = datetime(2026, 12, 20, 20, tzinfo=UTC)


def usd(amount: str) -> Money:
    """Return dollars."""
    return Money(amount, "USD")


def night(amount: str, nights: int = 1, cap: str | None = "100.00") -> ExpenseCase:
    """Return the case of some nights in a hotel."""
    told = usd(cap) if cap else None
    return spending(spent(amount=amount, category="hotel", nights=nights, cap_per_night=told))


def daily(amount: str, trip: Trip | None = TRIP, day: date = TUESDAY) -> ExpenseCase:
    """Return the case of a per diem, which needs no receipt."""
    more = {"merchant": None, "receipt_hash": None, "trip": trip, "daily": usd("80.00")}
    return spending(spent(amount=amount, category="per_diem", date=day, **more))


def beside(number: str = "X-2", **more: object) -> ExpenseLine:
    """Return an expense that stands beside another, of another amount and receipt."""
    line = as_line(spent(number, "51.00", **more))
    return replace(line, id=f"hi_{number[-1]:0>26}")


def diem(first: int, last: int, **more: object) -> ExpenseLine:
    """Return a per diem for some days of October that stands beside another."""
    trip = Trip(date(2026, 10, first), date(2026, 10, last))
    return beside(category="per_diem", merchant=None, trip=trip, **more)


LAST = beside(receipt_hash="sha256:X-1", employee="E2")
PAID = replace(beside(), amount=usd("50.00"), receipt_hash=None)
MEAL = spent(category="meal")


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (spending(spent()), []),
        (spending(spent(amount="74.99", receipt_hash=None)), []),
        (spending(spent(amount="75.00", receipt_hash=None)), [("E01", HOLD)]),
        (spending(spent(amount="1.00", currency="EUR", receipt_hash=None)), [("E01", HOLD)]),
        (replace(spending(spent(amount="1.00", receipt_hash=None)), company=DE), [("E01", HOLD)]),
        (daily("200.00"), []),
        (night("100.00"), []),
        (night("100.01"), [("E02", HOLD)]),
        (night("200.00", nights=2), []),
        (night("999.00", cap=None), []),
        (spending(spent(), others=(LAST,)), [("E03", BLOCK)]),
        (spending(spent(), others=(PAID,)), [("E03", BLOCK)]),
        (spending(spent(), others=(replace(PAID, merchant="Air One"),)), []),
        (spending(spent(), others=(replace(PAID, employee="E2"),)), []),
        (spending(MEAL, others=(beside(trip=TRIP),)), [("E04", BLOCK)]),
        (spending(MEAL, others=(beside(trip=TRIP, employee="E2"),)), []),
        (spending(MEAL, others=(beside(trip=Trip(TUESDAY, TUESDAY)),)), [("E04", BLOCK)]),
        (spending(spent(), others=(beside(trip=TRIP),)), []),
        (replace(daily("200.00"), others=(beside(category="meal"),)), [("E04", BLOCK)]),
        (replace(daily("200.00"), others=(diem(20, 22),)), [("E04", BLOCK)]),
        (replace(daily("200.00"), others=(diem(21, 21),)), [("E04", BLOCK)]),
        (replace(daily("200.00"), others=(diem(22, 23),)), []),
        (replace(daily("200.00"), others=(diem(20, 22, employee="E2"),)), []),
        (daily("199.99"), [("E05", BLOCK)]),
        (daily("240.00"), [("E05", BLOCK)]),
        (daily("200.00", trip=None), [("E05", BLOCK)]),
        (daily("60.00", trip=Trip(TUESDAY, TUESDAY)), []),
        (spending(spent(), handed_in_at=SIXTY_DAYS_ON), []),
        (spending(spent(), handed_in_at=A_DAY_MORE), [("E06", HOLD)]),
        (spending(spent(currency="EUR"), rate=None), [("E07", HOLD)]),
        (spending(spent(currency="EUR", claimed_rate=Decimal("1.133")), rate=Decimal("1.1")), []),
        (spending(spent(currency="EUR", claimed_rate=Decimal("1.134")), rate=Decimal("1.1")),
         [("E07", HOLD)]),
        (spending(spent(category="alcohol")), [("E08", BLOCK)]),
        (spending(spent(category="alcohol", billable=False)), []),
        (spending(spent(date=SATURDAY)), [("E09", WARN)]),
        (daily("60.00", trip=Trip(SATURDAY, SATURDAY), day=SATURDAY), []),
        (spending(spent(), on_card=(PAID,)), [("E10", HOLD)]),
        (spending(spent(paid_by=PaidBy.COMPANY_CARD), on_card=(PAID,)), []),
        (spending(spent(), on_card=(replace(PAID, date=date(2026, 10, 22)),)), []),
        (spending(spent(tax=usd("5.00"))), [("E11", WARN)]),
        (spending(spent(tax=usd("5.00"), supplier_tax_id="DE811000012"), DE), []),
        (spending(spent(tax=usd("5.00"), supplier_tax_id="DE811000013"), DE), [("E11", WARN)]),
        (spending(spent(), client_cap=usd("100.00"), client_spent=usd("50.00")), []),
        (spending(spent(), client_cap=usd("100.00"), client_spent=usd("50.01")), [("E12", WARN)]),
        (spending(spent(), project_is_open=False), [("DQ-X4", BLOCK)]),
    ],
)  # fmt: skip
def test_an_expense_is_found_with_what_is_wrong_and_nothing_else(
    case: ExpenseCase, expected: Found
) -> None:
    """On both sides of each limit."""
    assert [(each.code, each.severity) for each in judge(case, USUAL)] == expected


def test_a_night_over_the_cap_says_by_how_much() -> None:
    """The lower cap counts, that of the firm or that of the trip."""
    firms = replace(USUAL, expense=ExpenseTerms(night_caps={"USD": Decimal(90)}))

    [usual], [own] = (judge(night("260.00", nights=2), each) for each in (USUAL, firms))

    assert (usual.excess, own.excess) == (usd("60.00"), usd("80.00"))


@given(st.decimals("0.01", "999", places=2), st.integers(1, 30), st.sampled_from(["USD", "JPY"]))
def test_a_per_diem_is_three_quarters_on_travel_days_and_whole_between(
    rate: Decimal, days: int, currency: str
) -> None:
    """Each day is rounded by itself, and one day more never pays less."""
    terms, start = ExpenseTerms(), date(2026, 10, 1)

    amounts = [
        per_diem(start, date(2026, 10, 1 + count - 1), rate, currency, terms)
        for count in (days, days + 1)
    ]

    assert amounts[0] <= amounts[1]
    assert amounts[0].value <= Money.of(rate, currency).value * days

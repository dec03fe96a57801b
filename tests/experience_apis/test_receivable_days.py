"""Days sales outstanding, simple and counted back, in the currencies of several companies."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from experience_apis.executive.figures.receivable_days import (
    Days,
    Rates,
    ReceivableDays,
    receivable_days,
)
from process_apis.read_models.documents.records import PostedSum
from system_apis.canonical.money import Money
from tests.experience_apis.leading_facts import document

OCTOBER = Days(date(2026, 10, 1), date(2026, 10, 31))
RATES = Rates(
    currency="USD",
    average={"USD": Decimal(1), "EUR": Decimal("1.10")},
    closing={"USD": Decimal(1), "EUR": Decimal("1.12")},
)


def _of(*documents: PostedSum, **currencies: str) -> ReceivableDays:
    return receivable_days(documents, currencies or {"NWA-US": "USD"}, RATES, OCTOBER)


def test_what_is_owed_is_at_the_closing_rate_and_what_is_billed_at_the_average() -> None:
    """A company's own days need no rate: they are in its own currency."""
    told = _of(document("100.00", "2026-10-15", currency="EUR", entity="DE"), DE="EUR")

    assert told.receivables_reporting == Money("112.00", "USD")
    assert told.billings_reporting == Money("110.00", "USD")
    assert told.dso == Decimal("31.56")
    assert told.by_entity[0].dso == Decimal("31.00")


def test_where_nothing_is_billed_there_are_no_days() -> None:
    """What is still owed from before is told all the same."""
    told = _of(document("50.00", "2026-09-15"))

    assert told.dso is None
    assert told.receivables_reporting == Money("50.00", "USD")
    assert told.open_receivables == (Money("50.00", "USD"),)


def test_what_is_paid_or_billed_after_the_days_is_not_known_yet() -> None:
    """The figure of a month stays what it was, however late it is asked for."""
    told = _of(
        document("100.00", "2026-10-15"),
        document("-100.00", "2026-11-04", paid=True),
        document("70.00", "2026-11-01"),
    )

    assert told.receivables_reporting == Money("100.00", "USD")


def test_a_credit_note_is_less_billing_and_a_payment_is_not() -> None:
    """Both are less that is owed."""
    told = _of(
        document("100.00", "2026-10-02"),
        document("-20.00", "2026-10-10"),
        document("-50.00", "2026-10-20", paid=True),
    )

    assert told.billings_reporting == Money("80.00", "USD")
    assert told.receivables_reporting == Money("30.00", "USD")


def test_a_currency_without_a_rate_leaves_the_figure_untold() -> None:
    """Rather than counted as if it were another."""
    told = _of(document("100", "2026-10-02", currency="JPY", entity="JP"), JP="JPY")

    assert told.dso is None
    assert told.receivables_reporting is None
    assert told.by_entity[0].dso == Decimal("31.00")


def test_counting_back_takes_the_newest_months_whole_and_the_last_in_part() -> None:
    """October is owed whole, and half of September."""
    told = _of(document("100.00", "2026-10-15"), document("40.00", "2026-09-20"))
    part = _of(
        document("100.00", "2026-10-15"),
        document("40.00", "2026-09-20"),
        document("-20.00", "2026-10-20", paid=True),
    )

    assert told.count_back == Decimal("61.00")
    assert part.count_back == Decimal("46.00")


def test_counting_back_passes_a_month_without_billing_and_ends_where_there_is_no_more() -> None:
    """An empty September counts all its days; what no billing makes up has no days."""
    billed = [document("60.00", "2026-10-15"), document("30.00", "2026-08-02")]

    assert _of(*billed).count_back == Decimal("92.00")
    assert _of(document("-1.00", "2026-10-02")).count_back == Decimal("0.00")


@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 31)), min_size=1, max_size=8),
    st.integers(0, 100),
)
def test_whoever_is_paid_faster_waits_for_fewer_days(
    bills: list[tuple[int, int]], percent: int
) -> None:
    """From nothing, when all is paid, to the whole month, when nothing is."""
    billed = [document(f"{cents}.00", f"2026-10-{day:02}") for cents, day in bills]
    paid = sum(cents for cents, _ in bills) * percent // 100
    settled = [document(f"-{paid}.00", "2026-10-31", paid=True)] if paid else []
    told = _of(*billed, *settled)

    assert told.dso is not None
    assert told.count_back is not None
    assert 0 <= told.dso <= 31
    assert abs(told.dso - told.count_back) <= Decimal("0.01")

"""Revenue follows from work, to the cent and never beyond the price."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from process_apis.revenue.rules import (
    Modification,
    Obligation,
    by_days,
    by_output,
    constrained,
    loss_provision,
    modified,
    percent_complete,
    position,
    recognized_until,
    shown,
)
from system_apis.canonical.changes import ModificationAccounting
from system_apis.canonical.money import Money

PRICE = Money.of("120000", "EUR")
PROJECT = Obligation(price=PRICE, whole=Decimal("78250"))
DONE = Decimal("15650")
EFFORT = st.decimals("0.01", "100000", places=2)
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


def _eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def _change(whole_after: str, *, distinct: bool, standalone: bool = False) -> Modification:
    return Modification(
        price_delta=_eur("20000"),
        whole_after=Decimal(whole_after),
        distinct=distinct,
        at_standalone_price=standalone,
    )


def test_a_fifth_of_the_cost_earns_a_fifth_of_the_price() -> None:
    """Cost to date over the estimate is the part of the price that is earned."""
    earned = recognized_until(PROJECT, DONE)

    assert earned == _eur("24000")
    assert percent_complete(DONE, PROJECT.whole) == Decimal("0.2")


def test_work_beyond_its_estimate_earns_the_price_and_no_more() -> None:
    """Cost above the estimate is complete, and not more than that."""
    earned = recognized_until(PROJECT, Decimal(90000))

    assert earned == PRICE
    assert percent_complete(Decimal(90000), PROJECT.whole) == 1


@pytest.mark.parametrize(
    ("currency", "price", "earned"),
    [("USD", "100", "33.33"), ("JPY", "100", "33"), ("KWD", "100", "33.333")],
)
def test_revenue_has_the_digits_of_its_currency(currency: str, price: str, earned: str) -> None:
    """A third of 100 ends where the currency ends."""
    third = Obligation(price=Money.of(price, currency), whole=Decimal(3))

    assert recognized_until(third, Decimal(1)) == Money.of(earned, currency)


def test_nothing_is_earned_of_work_nobody_estimated_or_began() -> None:
    """Without effort to come and done, a promise is not fulfilled."""
    unknown = Obligation(price=PRICE, whole=Decimal(0))

    assert recognized_until(unknown, Decimal(0)) == _eur("0")
    assert percent_complete(DONE, Decimal(0)) is None


def test_a_change_that_is_not_distinct_catches_up_at_once() -> None:
    """CR-1: 15,650 of 90,000 earn 24,344.44 of 140,000; 344.44 come at once."""
    after = modified(PROJECT, DONE, _change("90000", distinct=False))

    assert after.treatment is ModificationAccounting.CUMULATIVE_CATCH_UP
    assert after.catch_up == _eur("344.44")
    [obligation] = after.obligations
    assert recognized_until(obligation, DONE) == _eur("24344.44")
    assert shown(DONE / obligation.whole) == Decimal("0.173889")


def test_a_distinct_change_off_its_standalone_price_changes_only_what_comes() -> None:
    """What is left of both prices is earned by the work that is left."""
    after = modified(PROJECT, DONE, _change("90000", distinct=True))

    assert after.treatment is ModificationAccounting.PROSPECTIVE
    assert after.catch_up == _eur("0")
    [obligation] = after.obligations
    assert recognized_until(obligation, DONE) == _eur("24000")
    half_way = DONE + (Decimal(90000) - DONE) / 2
    assert recognized_until(obligation, half_way) == _eur("82000")
    assert recognized_until(obligation, Decimal(90000)) == _eur("140000")


def test_a_distinct_change_at_its_standalone_price_is_a_contract_of_its_own() -> None:
    """The old promise goes on as it was; the new one begins with nothing."""
    after = modified(PROJECT, DONE, _change("90000", distinct=True, standalone=True))

    assert after.treatment is ModificationAccounting.SEPARATE_CONTRACT
    old, new = after.obligations
    assert old == PROJECT
    assert (new.price, new.whole) == (_eur("20000"), Decimal(11750))
    assert recognized_until(new, Decimal(0)) == _eur("0")


def test_what_is_billed_ahead_is_a_liability_and_what_is_earned_ahead_an_asset() -> None:
    """Recognized less billed is an asset or a liability, never both."""
    ahead, behind = (
        position(_eur("24000"), _eur("36000")),
        position(_eur("24000"), _eur("4000")),
    )

    assert (ahead.contract_liability, ahead.contract_asset) == (_eur("12000"), _eur("0"))
    assert (behind.contract_liability, behind.contract_asset) == (_eur("0"), _eur("20000"))


def test_a_loss_to_come_is_provided_for_whole() -> None:
    """With a fifth done, four fifths of the loss are still to come."""
    provided = loss_provision(PRICE, Decimal(130000), Decimal(1), Decimal(5))

    assert provided == _eur("8000")
    assert loss_provision(PRICE, Decimal(78250), Decimal(1), Decimal(5)) == _eur("0")


def test_half_a_unit_of_a_loss_is_a_whole_one() -> None:
    """Of a loss of 3 yen five sixths are 2.5, though a sixth has no end."""
    assert loss_provision(Money("3", "JPY"), Decimal(6), Decimal(1), Decimal(6)) == Money(
        "3", "JPY"
    )


def test_a_term_earns_the_same_each_day_and_its_whole_at_the_end() -> None:
    """Nothing before the first day, a tenth after one of ten, all on the last and later."""
    start, end = date(2026, 10, 1), date(2026, 10, 10)

    earned = [
        by_days(PRICE, start, end, until)
        for until in (date(2026, 9, 1), start, end, date(2027, 1, 1))
    ]
    assert earned == [_eur("0"), _eur("12000"), PRICE, PRICE]


def test_accepted_milestones_earn_what_they_are_worth_up_to_the_price() -> None:
    """Output is what the client accepted; the price is its end."""
    assert by_output([_eur("36000")], PRICE) == _eur("36000")
    assert by_output([_eur("100000"), _eur("48000")], PRICE) == PRICE
    assert constrained(_eur("48000"), None) == _eur("48000")


@given(price=EFFORT, whole=EFFORT, done=st.lists(EFFORT, max_size=6), currency=CURRENCIES)
def test_revenue_rises_with_the_work_and_ends_at_the_price(
    price: Decimal, whole: Decimal, done: list[Decimal], currency: str
) -> None:
    """More work never takes revenue back, and all of it earns exactly the price."""
    obligation = Obligation(price=Money.of(price, currency), whole=whole)
    earned = [recognized_until(obligation, each) for each in sorted(done)]

    assert earned == sorted(earned)
    assert all(each <= obligation.price for each in earned)
    assert recognized_until(obligation, whole) == obligation.price


@given(
    done=EFFORT, more=EFFORT, delta=st.decimals("-1000", "1000", places=2), distinct=st.booleans()
)
def test_every_changed_contract_ends_at_its_price(
    done: Decimal, more: Decimal, delta: Decimal, distinct: bool
) -> None:
    """Whatever the treatment, all the work earns the price before and the change together."""
    modification = Modification(
        price_delta=Money.of(delta, "EUR"), whole_after=done + more, distinct=distinct
    )
    after = modified(PROJECT, done, modification)

    [obligation] = after.obligations
    assert recognized_until(obligation, done + more) == PRICE + modification.price_delta
    assert recognized_until(obligation, done) - recognized_until(PROJECT, done) == after.catch_up

"""The not-to-exceed cap: one line takes off what exceeds it."""

import pytest

from process_apis.project_to_cash.rules import prepare
from system_apis.canonical.billing import LineKind
from system_apis.canonical.contracts import CapScope
from system_apis.canonical.money import Money
from tests.process_apis.billing_facts import HALF_UP, contract, entry, expense, facts, nets

TIME, EXPENSES, CAP = LineKind.TIME, LineKind.EXPENSES, LineKind.NTE_ADJUSTMENT


@pytest.mark.parametrize(
    ("billed", "over"),
    [
        ("0", "0.00"),
        ("720.00", "0.00"),
        ("720.01", "0.01"),
        ("900", "180.00"),
        ("999.99", "279.99"),
    ],
)
def test_a_cap_takes_off_what_exceeds_it_to_the_cent(billed: str, over: str) -> None:
    """What was billed before and this invoice together stay within the cap."""
    prepared = prepare(facts(entry("1"), agreed=contract(cap="1000"), billed=billed), HALF_UP)

    assert prepared.over_cap == Money(over, "USD")
    assert prepared.draft.net == Money("280.00", "USD") - prepared.over_cap


def test_a_contract_without_a_cap_bills_everything() -> None:
    """However much was billed before."""
    prepared = prepare(facts(entry("1"), billed="9999999"), HALF_UP)

    assert (nets(prepared), prepared.over_cap) == ([(TIME, "280.00")], Money.zero("USD"))


@pytest.mark.parametrize("billed", ["1000", "1500"])
def test_a_cap_that_was_reached_before_takes_off_all_fees_and_no_more(billed: str) -> None:
    """An invoice never gives back what was billed before; expenses outside the cap are billed."""
    under = facts(
        entry("1"), agreed=contract(cap="1000"), expenses=(expense("42.50"),), billed=billed
    )

    prepared = prepare(under, HALF_UP)

    assert nets(prepared) == [(TIME, "280.00"), (CAP, "-280.00"), (EXPENSES, "42.50")]


@pytest.mark.parametrize(
    ("scope", "over"), [(CapScope.FEES, "80.00"), (CapScope.FEES_AND_EXPENSES, "122.50")]
)
def test_the_contract_says_whether_expenses_count(scope: CapScope, over: str) -> None:
    """A cap of fees leaves expenses alone; a cap of fees and expenses counts both."""
    under = facts(
        entry("1"),
        agreed=contract(cap="1000", scope=scope),
        expenses=(expense("42.50"),),
        billed="800",
    )

    prepared = prepare(under, HALF_UP)

    assert prepared.over_cap.amount == over


def test_the_adjustment_stands_between_fees_and_expenses_and_bills_the_event_itself() -> None:
    """It has the billing event as its only source, so it is made once."""
    under = facts(entry("2"), agreed=contract(cap="1000"), expenses=(expense("1"),), billed="900")

    prepared = prepare(under, HALF_UP)

    assert nets(prepared) == [(TIME, "560.00"), (CAP, "-460.00"), (EXPENSES, "1.00")]
    [source] = prepared.billed[1].sources
    assert (source.source_id, source.amount) == (under.event.id, Money("-460.00", "USD"))


def test_a_cap_in_yen_is_kept_to_the_yen() -> None:
    """Currencies without decimals are capped like any other."""
    agreed = contract(rates={"Principal": "15000.5"}, currency="JPY", cap="18000")

    prepared = prepare(facts(entry("1.25"), agreed=agreed), HALF_UP)

    assert (prepared.over_cap, prepared.draft.net) == (Money("751", "JPY"), Money("18000", "JPY"))

"""Where CRM and contract disagree: the contract wins, but people look first."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.opportunity_to_project.differences import differences, price_difference
from process_apis.opportunity_to_project.rules import Agreement, SetupTerms
from system_apis.canonical.money import Money, Price
from system_apis.canonical.sales import RoleRate
from tests.process_apis.rules.agreements import agreement, opportunity

TERMS = SetupTerms()
Change = Callable[[Agreement], Agreement]


def _codes(seen: Agreement) -> list[str]:
    return [each.code for each in differences(seen.opportunity, seen.contract, TERMS)]


def _sold(**facts: object) -> Change:
    return lambda seen: replace(seen, opportunity=replace(seen.opportunity, **facts))


def _signed(**terms: object) -> Change:
    return lambda seen: replace(seen, contract=replace(seen.contract, **terms))


def test_a_deal_that_was_signed_as_it_was_sold_has_no_differences() -> None:
    """Nobody has to look."""
    assert _codes(agreement()) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (_sold(rates=(RoleRate("Principal", Price("280.01", "USD")),)), "PRICING_MISMATCH"),
        (_sold(rates=(RoleRate("Stranger", Price("280", "USD")),)), "PRICING_MISMATCH"),
        (_signed(discount_percent=Decimal(8)), "DISCOUNT_MISMATCH"),
        (_sold(legal_entity="DE"), "ENTITY_MISMATCH"),
        (_sold(billing_model="RETAINER"), "MODEL_MISMATCH"),
        (_sold(payment_terms_days=60), "TERMS_MISMATCH"),
        (_sold(nte_cap=Money("80001.00", "USD")), "CAP_MISMATCH"),
        (_sold(purchase_order_required=True), "PO_MISMATCH"),
        (_sold(expected_start=date(2026, 8, 17)), "DATES_MISMATCH"),
        (_sold(expected_start=date(2026, 9, 16)), "DATES_MISMATCH"),
        (_sold(expected_end=date(2027, 4, 15)), "DATES_MISMATCH"),
    ],
)
def test_each_difference_comes_alone(changed: Change, code: str) -> None:
    """One thing that was sold otherwise than it was signed is one difference."""
    seen = changed(agreement())
    [found] = differences(seen.opportunity, seen.contract, TERMS)

    assert found.code == code
    assert found.reason


@pytest.mark.parametrize("day", [date(2026, 8, 18), date(2026, 9, 1), date(2026, 9, 15)])
def test_a_date_may_be_two_weeks_away(day: date) -> None:
    """Sales plans before a contract is signed."""
    assert _codes(_sold(expected_start=day)(agreement())) == []


def test_what_sales_does_not_say_is_not_compared() -> None:
    """A discount that the contract does not name is the CRM's to say."""
    assert _codes(_sold(discount_percent=Decimal(4))(agreement())) == []


@pytest.mark.parametrize(
    ("sold", "price", "share"),
    [("95000", "92000", "0.0316"), ("80000", "80000", "0.0000"), ("80000", None, None)],
)
def test_a_price_difference_is_a_share_of_what_the_crm_says(
    sold: str, price: str | None, share: str | None
) -> None:
    """Three thousand of ninety-five thousand are 3.16 percent."""
    seen = agreement(sold, cap=price)
    found = price_difference(seen.opportunity, seen.contract)

    assert found == (None if share is None else Decimal(share))


@pytest.mark.parametrize(
    ("sold", "price", "differs"),
    [
        ("10000", "10100.00", False),
        ("10000", "10100.01", True),
        ("10000", "9900.00", False),
        ("10000", "9899.99", True),
        ("80000", "80500.00", False),
        ("80000", "80500.01", True),
        ("80000", "79500.00", False),
        ("80000", "79499.99", True),
        ("50000", "50500.00", False),
        ("50000", "50500.01", True),
    ],
)
def test_a_price_may_differ_by_one_percent_or_500_whichever_is_lower(
    sold: str, price: str, differs: bool
) -> None:
    """Exactly at the tolerance a deal passes; a cent more goes to a person."""
    assert ("PRICING_MISMATCH" in _codes(agreement(sold, cap=price))) is differs


def test_a_total_value_counts_before_a_cap() -> None:
    """What the contract says it is worth is what the CRM is compared with."""
    priced = _signed(total_value=Money("80000.00", "USD"), nte_cap=Money("99999.00", "USD"))

    assert _codes(priced(agreement())) == []


def test_a_contract_that_names_no_price_is_compared_by_its_rates_alone() -> None:
    """There is nothing else to compare."""
    assert _codes(agreement(sold="123456", cap=None)) == []


def test_another_currency_is_told_once() -> None:
    """Amounts and rates of two currencies are not compared."""
    euros = replace(agreement(), opportunity=opportunity("1", "EUR"))

    assert _codes(euros) == ["PRICING_MISMATCH"]


@pytest.mark.parametrize("rate", ["280", "280.0", "280.000000"])
def test_a_rate_is_the_same_however_it_is_written(rate: str) -> None:
    """Trailing zeros are no difference in price."""
    written = _sold(rates=(RoleRate("Principal", Price(rate, "USD")),))

    assert _codes(written(agreement())) == []

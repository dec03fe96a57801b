"""Who approves an invoice, by its total in the reporting currency."""

from decimal import Decimal

import pytest

from process_apis.project_to_cash.rules import ApprovalPolicy, Tier, approvers
from system_apis.canonical.money import Money

PM, FINANCE, CFO = "project_manager", "finance", "cfo"
POLICY = ApprovalPolicy(
    version=1,
    currency="USD",
    rates={"USD": Decimal(1), "EUR": Decimal("1.10"), "JPY": Decimal("0.0065")},
    tiers=(
        Tier(Decimal(50000), (PM,)),
        Tier(Decimal(250000), (PM, FINANCE)),
        Tier(None, (PM, FINANCE, CFO)),
    ),
)


@pytest.mark.parametrize(
    ("amount", "roles"),
    [
        ("0", (PM,)),
        ("49999.99", (PM,)),
        ("50000", (PM, FINANCE)),
        ("249999.99", (PM, FINANCE)),
        ("250000", (PM, FINANCE, CFO)),
        ("99999999", (PM, FINANCE, CFO)),
    ],
)
def test_a_tier_ends_before_its_limit(amount: str, roles: tuple[str, ...]) -> None:
    """Of exactly 50,000 finance is asked as well."""
    assert approvers(Money.of(amount, "USD"), POLICY) == roles


@pytest.mark.parametrize(
    ("amount", "currency", "roles"),
    [
        ("45454.54", "EUR", (PM,)),
        ("45454.55", "EUR", (PM, FINANCE)),
        ("7692307", "JPY", (PM,)),
        ("7692308", "JPY", (PM, FINANCE)),
    ],
)
def test_an_amount_counts_in_the_reporting_currency(
    amount: str, currency: str, roles: tuple[str, ...]
) -> None:
    """The limits are the same whatever currency a client pays in."""
    assert approvers(Money.of(amount, currency), POLICY) == roles


def test_an_amount_that_cannot_be_converted_is_approved_by_all() -> None:
    """Without a rate nobody can say that an amount is small."""
    assert approvers(Money.of("1", "KWD"), POLICY) == (PM, FINANCE, CFO)


def test_the_last_tier_has_no_limit_though_one_is_written() -> None:
    """No invoice is too large to be approved by anybody."""
    bounded = ApprovalPolicy(
        version=1, currency="USD", rates={}, tiers=(Tier(Decimal(100), (PM,)),)
    )

    assert approvers(Money.of("100", "USD"), bounded) == (PM,)

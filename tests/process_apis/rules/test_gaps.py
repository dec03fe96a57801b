"""What keeps a project from opening."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.opportunity_to_project.rules import (
    Agreement,
    gaps,
    is_agreed,
    ledger_client,
    provisioned,
)
from process_apis.tax_ids import is_valid_tax_id
from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.delivery import Budget, Project, ProjectStatus
from system_apis.canonical.money import Money
from system_apis.canonical.party import ClientStatus
from system_apis.canonical.sales import RoleRate, Stage
from tests.process_apis.billing_facts import contract
from tests.process_apis.rules.agreements import agreement, opportunity
from tests.process_apis.working_facts import PROJECT

Change = Callable[[Agreement], Agreement]


def _codes(seen: Agreement) -> list[str]:
    return [each.code for each in gaps(seen)]


def _sold(**facts: object) -> Change:
    return lambda seen: replace(seen, opportunity=replace(seen.opportunity, **facts))


def _signed(**terms: object) -> Change:
    return lambda seen: replace(seen, contract=replace(seen.contract, **terms))


def _buys(**facts: object) -> Change:
    return lambda seen: replace(seen, client=replace(seen.client, **facts))


def test_a_deal_in_which_nothing_is_amiss_has_no_gaps() -> None:
    """Its project can open without a person."""
    assert _codes(agreement()) == []


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (_sold(stage=Stage.OPEN), "OPPORTUNITY_INCOMPLETE"),
        (_sold(stage=Stage.CLOSED_LOST), "OPPORTUNITY_INCOMPLETE"),
        (_signed(signed_at=None), "CONTRACT_INCOMPLETE"),
        (_signed(document_hash=None), "CONTRACT_INCOMPLETE"),
        (_signed(project_manager=None), "CONTRACT_INCOMPLETE"),
        (_signed(payment_terms_days=None), "CONTRACT_INCOMPLETE"),
        (_signed(tax=None), "CONTRACT_INCOMPLETE"),
        (_signed(effective_to=date(2026, 8, 31)), "CONTRACT_INCOMPLETE"),
        (_signed(billing_model=BillingModel.FIXED_FEE), "CONTRACT_INCOMPLETE"),
        (_buys(status=ClientStatus.ON_HOLD), "CLIENT_BLOCKED"),
        (_buys(status=ClientStatus.BLOCKED), "CLIENT_BLOCKED"),
        (_buys(billing_address=None), "CLIENT_INCOMPLETE"),
        (_buys(tax_id="12-34"), "CLIENT_INCOMPLETE"),
        (_signed(opportunity_number="OPP-2"), "CONTRACT_MISMATCH"),
    ],
)
def test_each_gap_comes_alone(spoilt: Change, code: str) -> None:
    """One thing that is missing is one gap."""
    [gap] = gaps(spoilt(agreement()))

    assert gap.code == code
    assert gap.reason


def test_an_opportunity_without_an_amount_is_a_gap() -> None:
    """Work is not begun for nothing."""
    found = _codes(_sold(amount=Money.zero("USD"))(agreement(cap=None)))

    assert found == ["OPPORTUNITY_INCOMPLETE"]


def test_a_contract_without_rates_is_a_gap() -> None:
    """Time cannot be billed at no rate."""
    found = _codes(_sold(rates=())(_signed(rates=())(agreement())))

    assert found == ["RATE_NOT_FOUND"]


def test_all_gaps_are_told_at_once() -> None:
    """In the order in which they are to be solved."""
    worst = agreement(sold="70000")
    for spoil in (
        _sold(stage=Stage.OPEN),
        _signed(signed_at=None),
        _buys(status=ClientStatus.BLOCKED),
    ):
        worst = spoil(worst)

    assert _codes(worst) == [
        "OPPORTUNITY_INCOMPLETE",
        "CONTRACT_INCOMPLETE",
        "CLIENT_BLOCKED",
    ]


@pytest.mark.parametrize(
    ("tax_id", "country", "valid"),
    [
        ("98-7654321", "US", True),
        ("98-765432", "US", False),
        ("DE811000012", "DE", True),
        ("DE811000013", "DE", False),
        ("GB123456054", "GB", True),
        ("GB123456055", "GB", False),
        ("anything", "JP", True),
    ],
)
def test_a_tax_id_is_checked_as_its_country_does(tax_id: str, country: str, valid: bool) -> None:
    """Countries whose ids we cannot check are trusted."""
    assert is_valid_tax_id(tax_id, country) is valid


def test_work_begins_when_a_deal_is_both_won_and_signed() -> None:
    """Whichever comes second."""
    won, signed = opportunity(), contract()

    assert is_agreed(won, signed)
    assert not is_agreed(won, None)
    assert not is_agreed(won, replace(signed, signed_at=None))
    assert not is_agreed(replace(won, stage=Stage.OPEN), signed)


def test_the_erp_learns_the_contracts_payment_terms() -> None:
    """The contract wins over what the CRM has of the client."""
    seen = agreement()
    draft = ledger_client(
        replace(seen.client, payment_terms_days=14), replace(seen.contract, payment_terms_days=45)
    )

    assert draft.payment_terms_days == 45


def test_a_project_opens_with_a_budget_and_a_rate_for_every_role() -> None:
    """What is missing is named."""
    agreed = contract()
    whole = _project(Budget(Money("1", "USD"), Money.zero("USD"), Decimal(1)), tuple(agreed.rates))

    half = provisioned(_project(None, agreed.rates[:1]), agreed, in_books=False)

    assert provisioned(whole, agreed, in_books=True) == []
    assert [each.code for each in half] == [
        "PROJECT_INCOMPLETE",
        "RATE_NOT_FOUND",
        "PROJECT_INCOMPLETE",
    ]


def _project(budget: Budget | None, rates: tuple[RoleRate, ...]) -> Project:
    return replace(PROJECT, status=ProjectStatus.PROVISIONING, budget=budget, rate_card=rates)

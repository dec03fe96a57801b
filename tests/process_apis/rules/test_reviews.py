"""What people approve before a project opens, and who they are."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.opportunity_to_project.reviews import Review, review
from process_apis.opportunity_to_project.rules import Agreement, SetupTerms
from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.delivery import BudgetDraft, ProjectTemplate
from system_apis.canonical.money import Money
from tests.process_apis.rules.agreements import agreement

TERMS = SetupTerms(rates={"USD": Decimal(1), "EUR": Decimal("1.10")})
TEMPLATE = ProjectTemplate("TPL", 1, BillingModel.TIME_AND_MATERIALS, ("Deliver",), ())


def _review(
    seen: Agreement, *, margin: str = "0.5", is_known: bool = True, terms: SetupTerms = TERMS
) -> Review:
    price = Money("80000.00", "USD")
    cost = Money.of(price.value * (1 - Decimal(margin)), "USD")
    told = Decimal(margin).quantize(Decimal("0.0001"))
    budget = BudgetDraft(price=price, cost=cost, margin=told)
    return review(seen, TEMPLATE, budget, is_known=is_known, terms=terms)


def _codes(wanted: Review) -> list[str]:
    return [each.code for each in wanted.findings]


def _discounted(percent: str) -> Agreement:
    seen = agreement()
    sold = replace(seen.opportunity, discount_percent=Decimal(percent))
    return replace(seen, opportunity=sold)


def test_an_ordinary_deal_needs_nobody() -> None:
    """It was sold as it was signed, to a client we know, at a margin that we want."""
    wanted = _review(agreement())

    assert wanted.findings == ()
    assert wanted.roles == ()


@pytest.mark.parametrize(
    ("percent", "roles"),
    [
        ("0", ()),
        ("5", ()),
        ("5.01", ("sales_director",)),
        ("15", ("sales_director",)),
        ("15.01", ("sales_director", "cfo")),
        ("60", ("sales_director", "cfo")),
    ],
)
def test_a_discount_is_approved_by_its_tier(percent: str, roles: tuple[str, ...]) -> None:
    """Up to a tier's limit, the limit itself included."""
    assert _review(_discounted(percent)).roles == roles


def test_a_mismatch_takes_the_place_of_the_discounts_tier() -> None:
    """Sales operations and finance look at the price; no sales director is asked as well."""
    seen = _discounted("60")
    apart = replace(seen, contract=replace(seen.contract, nte_cap=Money("70000.00", "USD")))

    wanted = _review(apart)

    assert _codes(wanted) == ["PRICING_MISMATCH"]
    assert wanted.roles == ("sales_operations", "finance")


@pytest.mark.parametrize(
    ("margin", "found"),
    [("0.30", []), ("0.299999875", ["MARGIN_BELOW_FLOOR"]), ("0.2999", ["MARGIN_BELOW_FLOOR"])],
)
def test_a_margin_under_the_floor_is_for_finance(margin: str, found: list[str]) -> None:
    """Exactly at the floor nobody is asked; a cent under it, it is not rounded up to it."""
    assert _codes(_review(agreement(), margin=margin)) == found


@pytest.mark.parametrize(
    ("roles", "told"),
    [
        (2, "planned margin 10.00%, floor 30.00%"),
        (1, "planned margin below the floor of 30.00%"),
    ],
)
def test_the_margin_of_one_role_is_not_written_into_the_question(roles: int, told: str) -> None:
    """With the price it would be what that role costs, and others than finance are asked too."""
    seen = agreement()
    seen = replace(seen, contract=replace(seen.contract, rates=seen.contract.rates[:roles]))
    found = {each.code: each.reason for each in _review(seen, margin="0.1").findings}

    assert found["MARGIN_BELOW_FLOOR"] == told


def test_a_client_that_is_new_to_the_books_is_for_finance() -> None:
    """Whoever can be invoiced was approved."""
    wanted = _review(agreement(), is_known=False)

    assert _codes(wanted) == ["NEW_CLIENT"]
    assert wanted.roles == ("finance",)


@pytest.mark.parametrize(
    ("value", "currency", "found"),
    [
        ("100000.00", "USD", []),
        ("100000.01", "USD", ["TEMPLATE_CHOICE"]),
        ("90909.09", "EUR", []),
        ("90909.10", "EUR", ["TEMPLATE_CHOICE"]),
        ("1.000", "KWD", ["TEMPLATE_CHOICE"]),
    ],
)
def test_the_plan_of_a_large_project_is_confirmed_by_its_manager(
    value: str, currency: str, found: list[str]
) -> None:
    """Large in the reporting currency; a value that cannot be converted may be large."""
    seen = agreement()
    price = Money(value, currency)
    dear = Agreement(
        opportunity=replace(seen.opportunity, amount=price, rates=()),
        contract=replace(seen.contract, nte_cap=price, currency=currency),
        client=seen.client,
    )

    assert _codes(_review(dear)) == found


def test_one_request_asks_every_role_once_and_the_projects_manager_first() -> None:
    """A request that several people decide is one touch."""
    seen = agreement()
    dear = replace(seen, contract=replace(seen.contract, nte_cap=Money("180000.00", "USD")))

    wanted = _review(dear, margin="0.1", is_known=False)

    assert wanted.roles == ("project_manager", "sales_operations", "finance")


def test_a_change_of_either_side_is_another_version() -> None:
    """What was approved before does not hold for it."""
    seen = agreement()
    resold = replace(seen, opportunity=replace(seen.opportunity, version=2))
    resigned = replace(seen, contract=replace(seen.contract, version=2))

    versions = [_review(each).version for each in (seen, resold, resigned)]

    assert versions[0] < versions[1]
    assert versions[0] < versions[2]

"""A bill is right when it asks for what was ordered and received, and was not billed before."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from process_apis.procure_to_pay.bills.owing import holds
from process_apis.procure_to_pay.bills.rules import (
    duplicate,
    known_before,
    lookalike,
    matched,
)
from process_apis.procure_to_pay.records import BillCase, Finding, Hold, MatchType
from process_apis.procure_to_pay.rules import approvers
from process_apis.procure_to_pay.terms import Exchange, ProcureToPayTerms
from system_apis.canonical.money import Money, Price
from system_apis.canonical.procurement import (
    BankAccount,
    BillStatus,
    VendorBillDraft,
    VendorStatus,
)
from tests.process_apis.rules.buying_facts import DAY, bill, case, facts, vendor

TERMS = ProcureToPayTerms()
DOLLARS = Exchange("USD", {"EUR": Decimal("1.10")})


def _codes(found: BillCase) -> list[Finding]:
    return [each.code for each in found.variances]


def test_a_bill_of_what_was_received_matches_and_its_buyer_assesses_the_tax() -> None:
    """80 h at 70.00 from the Netherlands: 19 % of 5,600.00 is owed in Germany."""
    found = matched(case(bill("DD-88-C")), [], facts(), TERMS)

    assert (found.stage, found.match) == (BillStatus.MATCHED, MatchType.THREE_WAY)
    assert found.self_assessed == Money("1064.00", "EUR")
    assert (found.outcome, found.project_number) == ("MATCHED", "P-2001")


def test_two_hours_too_many_are_the_project_managers() -> None:
    """82 h billed, 80 received: 2 h and 140.00 too much."""
    found = matched(case(bill("DD-88", "82")), [], facts(), TERMS)
    [over] = found.variances

    assert (found.stage, over.code) == (BillStatus.EXCEPTION, Finding.QTY_OVER_RECEIPT)
    assert (over.owner, over.over) == ("project_manager", Decimal(2))
    assert over.amount_over == Money("140.00", "EUR")


def test_no_tolerance_of_quantities_reaches_beyond_the_order() -> None:
    """Where 2 % are let be, 102 hours of 100 received and ordered are still 2 too many."""
    lenient = ProcureToPayTerms(quantity_tolerance=Decimal("0.02"))
    within = matched(case(bill("A", "81.6")), [], facts(), lenient)
    beyond = matched(case(bill("B", "102")), [], facts("100"), lenient)

    assert within.stage is BillStatus.MATCHED
    assert [(each.code, each.over) for each in beyond.variances] == [
        (Finding.QTY_OVER_RECEIPT, Decimal(2))
    ]


def test_what_was_billed_rightly_before_is_not_billed_again() -> None:
    """A bill that was sent back counts for nothing, one that is right for all of its hours."""
    wrong = case(bill("A", "82"), stage=BillStatus.DISPUTED)
    right = case(bill("B", "50"), stage=BillStatus.POSTED)
    found = matched(case(bill("C", "40"), at=9), [wrong, right], facts(), TERMS)

    assert [each.over for each in found.variances] == [Decimal(10)]


def test_a_line_whose_net_is_not_its_quantity_and_price_is_found_before_it_is_posted() -> None:
    """It asks for what was ordered in all, at a price below nothing."""
    right = bill("B")
    [line] = right.lines
    wrong = replace(right, lines=(replace(line, unit_price=Price("-70.00", "EUR")),))

    [found] = matched(case(wrong), [], facts(), TERMS).variances

    assert (found.code, found.owner) == (Finding.PRICE, "procurement")
    assert found.amount_over == Money("11200.00", "EUR")


@pytest.mark.parametrize(
    ("draft", "seen", "code", "owner"),
    [
        (bill("B", price="70.01"), facts(), Finding.PRICE, "procurement"),
        (bill("B", order_number=None), facts(), Finding.NO_PO, "finance"),
        (bill("B"), facts("0"), Finding.NO_RECEIPT, "finance"),
        (bill("B", tax="1.01"), facts(), Finding.TAX, "finance"),
        (bill("B", currency="USD"), facts(), Finding.CURRENCY, "finance"),
        (
            bill("B"),
            facts(of=vendor(VendorStatus.SUSPENDED)),
            Finding.VENDOR_INACTIVE,
            "finance",
        ),
    ],
    ids=lambda each: str(each) if isinstance(each, str) else "",
)
def test_each_thing_that_is_wrong_has_its_owner(
    draft: VendorBillDraft, seen: object, code: Finding, owner: str
) -> None:
    """Quantities are the project manager's, prices procurement's, the rest accounts payable's."""
    found = matched(case(draft), [], seen, TERMS)  # type: ignore[arg-type]  # a table's column

    assert found.stage is BillStatus.EXCEPTION
    assert (found.variances[0].code, found.variances[0].owner) == (code, owner)


def test_a_vendor_at_home_charges_the_rate_at_home_within_one_unit() -> None:
    """19 % of 5,600.00 is 1,064.00; 1.00 apart is let be, more is not."""
    seen = facts(of=vendor(country="DE"))
    near = matched(case(bill("A", tax="1065.00")), [], seen, TERMS)
    far = matched(case(bill("A", tax="1065.01")), [], seen, TERMS)

    assert (near.stage, near.self_assessed) == (BillStatus.MATCHED, None)
    assert _codes(far) == [Finding.TAX]


def test_without_receipts_approved_time_is_the_evidence() -> None:
    """A two-way match, never for more than was worked."""
    seen = facts("0", worked="80", has_receipts=False)
    right = matched(case(bill("A")), [], seen, TERMS)
    more = matched(case(bill("A", "81")), [], seen, TERMS)

    assert (right.stage, right.match) == (BillStatus.MATCHED, MatchType.TWO_WAY)
    assert _codes(more) == [Finding.QTY_OVER_RECEIPT]


def test_the_same_number_however_spelled_is_a_duplicate() -> None:
    """The one that came first is the bill."""
    first, again = case(bill("DD-88")), case(bill("dd 88"), at=1)

    assert duplicate(again.bill, known_before(again, [first, again]))
    assert duplicate(first.bill, known_before(first, [first, again])) is None


@pytest.mark.parametrize(
    ("days", "price", "alike"), [(10, "70.00", True), (11, "70.00", False), (1, "70.01", False)]
)
def test_about_the_same_amount_within_ten_days_looks_like_one_bill(
    days: int, price: str, alike: bool
) -> None:
    """Of another number; people decide."""
    first = case(bill("A"))
    second = case(bill("B", price=price, on=DAY + timedelta(days=days)), at=1)
    found = lookalike(second.bill, known_before(second, [first]), TERMS)

    assert (found is not None) is alike


@pytest.mark.parametrize(
    ("amount", "roles"),
    [("4545.45", 1), ("4545.46", 2), ("7000.00", 2), ("22727.28", 3), ("90909.10", 4)],
)
def test_the_tier_of_an_order_is_in_the_reporting_currency(amount: str, roles: int) -> None:
    """7,000.00 EUR are 7,700.00 USD: the project manager and procurement."""
    assert len(approvers(Money(amount, "EUR"), TERMS, DOLLARS)) == roles
    assert len(approvers(Money("5000.00", "USD"), TERMS, DOLLARS)) == 1


def test_an_account_that_nobody_else_verified_holds_the_payment() -> None:
    """Until a second person called back about it; who entered it is none."""
    new = vendor(accounts=(BankAccount(masked="**02", entered_by="U-1"),))

    assert holds(bill("A"), new, frozenset(), []) == (Hold.BANK_UNVERIFIED,)
    assert holds(bill("A"), new, frozenset({("**02", "U-1")}), []) == (Hold.BANK_UNVERIFIED,)
    assert holds(bill("A"), new, frozenset({("**02", "U-2")}), []) == ()


@given(some.lists(some.integers(1, 60), max_size=8))
def test_never_more_matches_than_was_received(hours: list[int]) -> None:
    """However many bills come, in whatever order: matched <= received <= ordered."""
    cases: list[BillCase] = []
    for count, each in enumerate(hours):
        drafted = case(bill(f"B-{count}", str(each)), at=count)
        cases.append(matched(drafted, cases, facts(), TERMS))
    right = [each for each in cases if each.stage is BillStatus.MATCHED]

    assert sum(each.bill.lines[0].quantity for each in right) <= 80

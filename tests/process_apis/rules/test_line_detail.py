"""How many lines hours make: as the contract asks, and the total follows the lines."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from process_apis.project_to_cash.rules import prepare
from system_apis.canonical.billing import PostingTerms
from system_apis.canonical.contracts import InvoicingTerms, LineDetail, TaxTerms
from system_apis.canonical.money import Rounding
from tests.process_apis.billing_facts import HALF_UP, contract, entry, facts

NORTHWIND = Path(__file__).parents[3] / "northwind"
CASE = json.loads((NORTHWIND / "fixture.json").read_text())["rounding_case"]
EXPECTED = json.loads((NORTHWIND / "expected.json").read_text())["rounding"]


def test_a_line_for_each_entry_is_rounded_by_itself() -> None:
    """The firm's rounding case, figure by figure."""
    rate = CASE["lines"][0][1]
    agreed = replace(
        contract(rates={"Advisor": rate}, currency=CASE["currency"]),
        invoicing=InvoicingTerms(LineDetail.ENTRY),
        tax=TaxTerms("S", Decimal(CASE["tax_rate"])),
    )
    worked = [
        entry(hours, role="Advisor", number=number)
        for number, (hours, _) in enumerate(CASE["lines"])
    ]
    terms = PostingTerms(Rounding(CASE["rounding"]))
    draft = prepare(facts(*worked, agreed=agreed), terms).draft

    assert [each.net.amount for each in draft.lines] == EXPECTED["lines"]
    assert (draft.net.amount, draft.tax.amount, draft.gross.amount) == (
        EXPECTED["net"],
        EXPECTED["tax"],
        EXPECTED["gross"],
    )


@pytest.mark.parametrize(
    ("detail", "found"),
    [
        (LineDetail.ENTRY, [("E1", "35.00"), ("E1", "35.00"), ("E2", "35.00"), ("E2", "28.00")]),
        (LineDetail.PERSON, [("E1", "69.99"), ("E2", "35.00"), ("E2", "28.00")]),
        (LineDetail.ROLE, [(None, "104.99"), ("E2", "28.00")]),
    ],
)
def test_the_contract_says_what_makes_a_line(
    detail: LineDetail, found: list[tuple[str | None, str]]
) -> None:
    """By entry, by person and rate, or by role; a line of several people names none."""
    agreed = replace(
        contract(rates={"Advisor": "99.99", "Clerk": "80"}), invoicing=InvoicingTerms(detail)
    )
    worked = [
        entry("0.35", "E1", "Advisor", 1),
        entry("0.35", "E1", "Advisor", 2),
        entry("0.35", "E2", "Advisor", 3),
        entry("0.35", "E2", "Clerk", 4),
    ]
    draft = prepare(facts(*worked, agreed=agreed), HALF_UP).draft

    assert [(each.employee, each.net.amount) for each in draft.lines] == found

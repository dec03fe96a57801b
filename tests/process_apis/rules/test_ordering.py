"""What a request to order services is held against, at its edge."""

from datetime import date
from decimal import Decimal

import pytest

from process_apis.procure_to_pay.ordering.requests import (
    Obstacle,
    OrderRequest,
    OrderWish,
    RequestStage,
)
from process_apis.procure_to_pay.ordering.rules import RequestFacts, checked
from process_apis.procure_to_pay.terms import Exchange, ProcureToPayTerms
from system_apis.canonical.money import Money, Price
from tests.process_apis.rules.buying_facts import NOW, VENDOR_ID

EUROS = Exchange("EUR", {"EUR": Decimal(1)})
FACTS = RequestFacts(
    missing=(),
    bill_rate=Price("100.00", "EUR"),
    planned_margin=None,
    planned_cost=None,
    ordered=Decimal(0),
    contract_end=date(2026, 12, 31),
    project_manager="U-PM2",
)


def request(rate: str) -> OrderRequest:
    """Return a request for ten hours at a rate."""
    wish = OrderWish(
        vendor_id=VENDOR_ID,
        legal_entity="NWA-DE",
        project_number="P-2001",
        role="Engineer",
        hours=Decimal(10),
        rate=Price(rate, "EUR"),
        start=date(2026, 11, 2),
        end=date(2026, 11, 30),
    )
    return OrderRequest(
        id="por_1",
        legal_entity="NWA-DE",
        vendor_id=VENDOR_ID,
        project_number="P-2001",
        wish=wish,
        amount=Money.of(Decimal(rate) * 10, "EUR"),
        stage=RequestStage.PENDING_APPROVAL,
        requested_by="U-RM1",
        opened_at=NOW,
    )


@pytest.mark.parametrize(
    ("rate", "found"), [("70.00", []), ("70.001", [Obstacle.MARGIN_BELOW_FLOOR])]
)
def test_a_margin_just_under_the_floor_is_not_rounded_up_to_it(
    rate: str, found: list[Obstacle]
) -> None:
    """Both are told as 0.3000."""
    held = checked(request(rate), [], FACTS, ProcureToPayTerms(), EUROS)

    assert [each.code for each in held.blockers] == found
    assert held.margin == Decimal("0.3000")

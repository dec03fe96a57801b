"""What a request to order services is held against, at its edge."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.procure_to_pay.ordering.requests import (
    CheckDone,
    ClearanceStage,
    Obstacle,
    OrderRequest,
    OrderWish,
    RequestStage,
    VendorFile,
)
from process_apis.procure_to_pay.ordering.rules import RequestFacts, checked, committed, missing
from process_apis.procure_to_pay.terms import Check, Exchange, ProcureToPayTerms
from system_apis.canonical.money import Money, Price
from tests.process_apis.rules.buying_facts import DAY, NOW, VENDOR_ID, order, vendor

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


def test_requests_of_one_day_count_together_whatever_their_currency() -> None:
    """Two of 4,000 euros are above the first tier, and so they are when one is in dollars."""
    rates = Exchange("EUR", {"USD": Decimal("0.80")})
    here = replace(request("80.00"), amount=Money("4000.00", "EUR"))
    other = replace(here, id="por_2", amount=Money("5000.00", "USD"))

    held = checked(here, [here, other], FACTS, ProcureToPayTerms(), rates)

    assert held.splits_with == ("por_2",)
    assert held.approvers == ("project_manager", "procurement")


def test_a_request_beside_one_of_a_currency_without_a_rate_is_for_the_last_tier() -> None:
    """Nobody can say how much the two are together."""
    other = replace(request("80.00"), id="por_2", amount=Money("4000", "JPY"))

    held = checked(request("80.00"), [other], FACTS, ProcureToPayTerms(), EUROS)

    assert held.approvers == ("project_manager", "procurement", "finance_director", "cfo")


@pytest.mark.parametrize(
    ("seen", "now", "lacks"),
    [
        (datetime(2026, 10, 30, tzinfo=UTC), NOW, ()),
        (datetime(2026, 10, 30, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC), ("insurance",)),
        (datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC), ()),
    ],
)
def test_an_insurance_that_was_looked_at_holds_until_it_expires(
    seen: datetime, now: datetime, lacks: tuple[str, ...]
) -> None:
    """It runs out on the first of November; who looks after that has seen the next one."""
    looked = CheckDone(item=Check.INSURANCE, evidence="policy", done_by="U-PR1", done_at=seen)
    file = VendorFile(
        id="vf_1",
        legal_entity="NWA-DE",
        vendor_id=VENDOR_ID,
        stage=ClearanceStage.OPEN,
        checks=(looked,),
        opened_at=NOW,
    )

    assert vendor().insurance_expiry == date(2026, 11, 1) > DAY
    assert missing(vendor(), file, ProcureToPayTerms(checklist=(Check.INSURANCE,)), now) == lacks


def test_requests_on_their_way_to_an_order_take_of_the_budget_once() -> None:
    """Another vendor's too; what was written already counts as its order alone."""
    mine = request("80.00")
    waits = replace(mine, id="por_2", vendor_id="vn_" + "1" * 26)
    written = replace(mine, id="por_3", stage=RequestStage.APPROVED)
    over = replace(mine, id="por_4", stage=RequestStage.REJECTED)
    elsewhere = replace(mine, id="por_5", project_number="P-2002")
    orders = [order("10", "80.00"), replace(order("10", "80.00"), reference=written.reference)]

    found = committed(mine, [mine, waits, written, over, elsewhere], orders, EUROS)

    assert found == 3 * 800

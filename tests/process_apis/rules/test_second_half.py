"""How long a deal waits for its other half: business days where the company is."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.opportunity_to_project.second_half import (
    Deal,
    Missing,
    business_days_after,
    wait_of,
)
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.sales import Stage
from tests.process_apis.billing_facts import contract
from tests.process_apis.rules.agreements import opportunity

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
COMPANY = LegalEntity(
    code="US",
    name="US",
    country="US",
    currency="USD",
    timezone="America/New_York",
    hours_per_day=Decimal(8),
    holidays=(date(2026, 9, 7),),
)
WON = replace(opportunity(), legal_entity="US", closed_won_at=datetime(2026, 9, 2, 3, tzinfo=UTC))
OPEN = replace(opportunity(), stage=Stage.OPEN, closed_won_at=None)
SIGNED = replace(contract(), signed_at=datetime(2026, 9, 3, 12, tzinfo=UTC))
DRAFT = replace(contract(), signed_at=None)


@pytest.mark.parametrize(
    ("start", "count", "company", "last"),
    [
        (date(2026, 9, 14), 10, COMPANY, date(2026, 9, 28)),
        (date(2026, 9, 1), 10, COMPANY, date(2026, 9, 16)),
        (date(2026, 9, 1), 10, None, date(2026, 9, 15)),
        (date(2026, 9, 5), 1, COMPANY, date(2026, 9, 8)),
        (date(2026, 9, 4), 0, COMPANY, date(2026, 9, 4)),
    ],
)
def test_weekends_and_the_companys_holidays_are_no_business_days(
    start: date, count: int, company: LegalEntity | None, last: date
) -> None:
    """Ten business days are two weeks, and one day more over Labor Day."""
    assert business_days_after(start, count, company) == last


def test_a_won_deal_waits_for_its_signature_from_the_day_it_was_won_there() -> None:
    """Three in the morning of the second is the evening of the first in New York."""
    wait = wait_of(Deal("OPP-1", WON, DRAFT), {"US": COMPANY}, 10, NOON)

    assert wait is not None
    assert (wait.missing, wait.subject_id) == (Missing.SIGNATURE, WON.id)
    assert (wait.since, wait.last_day) == (date(2026, 9, 1), date(2026, 9, 16))


@pytest.mark.parametrize("sold", [OPEN, None])
def test_a_signed_deal_waits_for_its_win(sold: object) -> None:
    """Whether sales has not closed it yet, or the CRM does not know it."""
    deal = Deal("OPP-1", OPEN if sold else None, SIGNED)
    wait = wait_of(deal, {"US": COMPANY}, 10, NOON)

    assert wait is not None
    assert (wait.missing, wait.subject_id) == (Missing.WIN, SIGNED.id)
    assert wait.since == date(2026, 9, 3)


@pytest.mark.parametrize(
    "deal",
    [Deal("OPP-1", WON, SIGNED), Deal("OPP-1", OPEN, DRAFT), Deal("OPP-1", OPEN, None)],
)
def test_a_deal_with_both_halves_or_none_waits_for_nothing(deal: Deal) -> None:
    """Set-up begins, or nothing has happened yet."""
    assert wait_of(deal, {"US": COMPANY}, 10, NOON) is None

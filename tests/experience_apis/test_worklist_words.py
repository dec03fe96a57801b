"""What people read on their worklist: whose work, what of it, for when and how much."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from experience_apis.worklist import items
from governance.quality.findings import FindingState, QualityFinding
from governance.quality.rules import Action, AtRisk, Kind
from process_apis.exceptions.queue import ExceptionStatus, OpenException
from process_apis.project_to_cash.records import BillingEvent, BillingKind, EventStatus
from system_apis.canonical.money import Money
from tests.process_apis.billing_facts import id_of

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
STOPPED = OpenException(
    id="exc_1",
    process="procure-to-pay.take-in",
    command_key="bill:1",
    step=1,
    step_name="match_bill",
    code="PRICE",
    reason="DD-88 is 4.00 EUR an hour over its order",
    owner_role="procurement",
    on_behalf_of="process:feeds",
    opened_at=NOW,
    due_at=NOW,
    status=ExceptionStatus.OPEN,
    amount_at_risk=Money.of("140", "EUR"),
)
WRONG = QualityFinding(
    id="dqf_1",
    rule="DQ-C3",
    rule_version=1,
    kind=Kind.CLIENT,
    subject=id_of("cl", 1),
    called="client Rhein Motor AG (D-1)",
    subject_version=1,
    system="erp-a",
    legal_entity=None,
    owner="steward",
    action=Action.QUARANTINE,
    detail="tax_id is also that of D-2",
    remedy="merge the two clients",
    at_risk=AtRisk("42000.00", "EUR"),
    state=FindingState.OPEN,
    opened_at=NOW,
    seen_at=NOW,
)
OCTOBER = BillingEvent(
    id=id_of("be", 1),
    contract_id=id_of("ct", 1),
    contract_number="CT-1",
    project_number="P-1",
    legal_entity="US",
    client_number="C-1",
    currency="USD",
    period_start=date(2026, 10, 1),
    period_end=date(2026, 10, 31),
    planned_date=date(2026, 10, 31),
    status=EventStatus.PLANNED,
)


def test_a_stop_says_whose_work_it_is_and_what_is_at_risk() -> None:
    """What is of no project begins with what stopped."""
    named = items.exception(STOPPED, "Rhein Motor AG, P-2001").title
    unnamed = items.exception(replace(STOPPED, amount_at_risk=None), None).title

    assert named == (
        "Rhein Motor AG, P-2001: PRICE stopped procure-to-pay.take-in at match bill: "
        "DD-88 is 4.00 EUR an hour over its order, 140.00 EUR at risk"
    )
    assert unnamed.startswith("PRICE stopped procure-to-pay.take-in at match bill: DD-88")


def test_a_finding_calls_a_record_as_people_do() -> None:
    """One that could not be read is told by what it is, and where; its id is never."""
    known = items.quality(WRONG).title
    unread = items.quality(replace(WRONG, called=None, at_risk=None)).title

    assert known == (
        "client Rhein Motor AG (D-1): tax_id is also that of D-2 (DQ-C3), "
        "42,000.00 EUR at risk; merge the two clients"
    )
    assert unread == "client of erp-a: tax_id is also that of D-2 (DQ-C3); merge the two clients"


@pytest.mark.parametrize(
    ("bills", "said"),
    [
        ({}, "2026-10"),
        ({"period_start": date(2026, 10, 12)}, "2026-10-12 to 2026-10-31"),
        ({"period_end": date(2026, 11, 30)}, "2026-10-01 to 2026-11-30"),
        ({"kind": BillingKind.MILESTONE, "milestone": "M2"}, "milestone M2"),
    ],
)
def test_a_bill_says_its_month_its_days_or_its_milestone(bills: dict[str, Any], said: str) -> None:
    """A month in full is told as a month."""
    assert replace(OCTOBER, **bills).span == said

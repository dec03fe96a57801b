"""What an invoice waits for on paper, and the statement of hours that goes with it by itself."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.project_to_cash.invoicing.hours_statements import statement
from process_apis.project_to_cash.records import BillingKind, HoursOfDay
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequest,
    ChangeStatus,
    MilestoneChange,
)
from system_apis.canonical.contracts import Backup, InvoicingTerms
from system_apis.canonical.money import Money
from system_apis.canonical.time import EntryStatus
from tests.process_apis.billing_facts import SOURCE, entry, facts, id_of, week
from tests.process_apis.rules.test_other_models import FIXED, RETAINER, due, reasons


def _change(status: ChangeStatus, milestone: str) -> ChangeRequest:
    return ChangeRequest(
        id=id_of("chg"),
        contract_id=id_of("ct"),
        contract_number="CT-1",
        project_number="P-1",
        legal_entity="US",
        number="CR-1",
        reason=ChangeReason.SCOPE,
        requested_by="Client",
        requested_at=datetime(2026, 10, 20, tzinfo=UTC),
        deltas=ChangeDeltas(
            milestones=(MilestoneChange(number=milestone, amount=Money("1.00", "USD")),)
        ),
        status=status,
        source=SOURCE,
    )


@pytest.mark.parametrize(
    ("status", "milestone", "found"),
    [
        (ChangeStatus.DRAFT, "M1", ["CHANGE_REQUEST_PENDING"]),
        (ChangeStatus.CLIENT_APPROVED, "M1", ["CHANGE_REQUEST_PENDING"]),
        (ChangeStatus.APPLIED, "M1", []),
        (ChangeStatus.WITHDRAWN, "M1", []),
        (ChangeStatus.DRAFT, "M2", []),
    ],
)
def test_a_milestone_that_is_about_to_change_waits_for_the_change(
    status: ChangeStatus, milestone: str, found: list[str]
) -> None:
    """Until it is applied or given up; what another milestone waits for does not matter."""
    event = due(FIXED, BillingKind.MILESTONE, milestone="M1")

    assert reasons(replace(event, changes=(_change(status, milestone),))) == found


def test_a_client_that_wants_timesheets_waits_with_us_for_each_week() -> None:
    """A week that is missing is named; the same contract without the wish needs only B05."""
    wanted = replace(RETAINER, invoicing=InvoicingTerms(backup=(Backup.TIMESHEETS,)))
    late = (week("E1", submitted=False),)
    with_wish = replace(due(wanted, BillingKind.RETAINER), timesheets=late)
    without = replace(due(RETAINER, BillingKind.RETAINER), timesheets=late)

    assert reasons(with_wish) == ["TIMESHEET_MISSING", "BACKUP_MISSING"]
    assert reasons(without) == ["TIMESHEET_MISSING"]


def test_a_retainers_hours_are_stated_by_person_and_day() -> None:
    """Two entries of a day are one row; rejected hours are not in it, and nothing is waited for."""
    worked = due(
        RETAINER,
        BillingKind.RETAINER,
        entry("2", number=1),
        replace(entry("1.5", number=2), work_date=date(2026, 10, 2)),
        entry("3", "E2", number=3),
        entry("4", number=4, status=EntryStatus.REJECTED),
    )
    stated = statement(worked)

    assert stated is not None
    assert stated.rows == (
        HoursOfDay("E1", date(2026, 10, 2), Decimal("3.5")),
        HoursOfDay("E2", date(2026, 10, 4), Decimal(3)),
    )
    assert (stated.total, stated.included) == (Decimal("6.5"), Decimal(10))
    assert reasons(worked) == []


def test_hours_that_nobody_decided_are_not_stated_yet() -> None:
    """The statement is of what is billed, and comes with the invoice."""
    undecided = due(
        RETAINER, BillingKind.RETAINER, entry("2", number=1, status=EntryStatus.SUBMITTED)
    )

    assert statement(undecided) is None
    assert statement(facts(entry("2"))) is None

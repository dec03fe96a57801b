"""What fell due to be billed is counted by how it stands."""

from datetime import date

import pytest
from msgspec.structs import replace

from process_apis.project_to_cash.records import BillingEvent, EventStatus
from process_apis.vital_signs import DueState, due_state
from tests.process_apis.billing_facts import id_of

EVENT = BillingEvent(
    id=id_of("be"),
    contract_id=id_of("ct"),
    contract_number="CT-1",
    project_number="P-1",
    legal_entity="US",
    client_number="CL-1",
    currency="USD",
    period_start=date(2026, 10, 1),
    period_end=date(2026, 10, 31),
    planned_date=date(2026, 10, 31),
    status=EventStatus.PLANNED,
)
OF_TODAY, OF_A_WEEK_AGO = date(2026, 10, 31), date(2026, 11, 7)


@pytest.mark.parametrize(
    ("status", "late_before", "state"),
    [
        (EventStatus.PLANNED, OF_TODAY, DueState.READY),
        (EventStatus.BLOCKED, OF_TODAY, DueState.BLOCKED),
        (EventStatus.PLANNED, OF_A_WEEK_AGO, DueState.LATE),
        (EventStatus.BLOCKED, OF_A_WEEK_AGO, DueState.LATE),
        (EventStatus.INVOICED, OF_A_WEEK_AGO, DueState.BILLED),
        (EventStatus.NOTHING_TO_BILL, OF_A_WEEK_AGO, DueState.BILLED),
        (EventStatus.CANCELLED, OF_A_WEEK_AGO, DueState.BILLED),
    ],
)
def test_what_is_not_billed_in_time_is_late_whatever_holds_it(
    status: EventStatus, late_before: date, state: DueState
) -> None:
    """And what is settled never is."""
    assert due_state(replace(EVENT, status=status), late_before=late_before) is state

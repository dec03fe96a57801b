"""What fell due to be billed is counted by how it stands."""

from datetime import date

import pytest
from msgspec.structs import replace

from process_apis.intake.inbox import Trouble
from process_apis.project_to_cash.records import BillingEvent, EventStatus
from process_apis.vital_signs import OTHER, DueState, due_state, kind_of
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
        (EventStatus.WRITTEN_OFF, OF_A_WEEK_AGO, DueState.BILLED),
    ],
)
def test_what_is_not_billed_in_time_is_late_whatever_holds_it(
    status: EventStatus, late_before: date, state: DueState
) -> None:
    """And what is settled never is."""
    assert due_state(replace(EVENT, status=status), late_before=late_before) is state


@pytest.mark.parametrize("code", ["PERIOD_CLOSED", "SYSTEM_UNAVAILABLE", *Trouble])
def test_a_case_is_counted_under_its_code(code: str) -> None:
    """Whoever is on call sees which kind of case waits."""
    assert kind_of(code) == code


@pytest.mark.parametrize("code", ["", "ODD_WORD_7", "period_closed"])
def test_a_word_of_a_system_is_no_kind_of_case(code: str) -> None:
    """A system may refuse with any code, and each would be series of its own for ever."""
    assert kind_of(code) == OTHER

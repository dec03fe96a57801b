"""Reminders come level by level, and never about what is paid or disputed."""

from datetime import date

from msgspec.structs import replace

from process_apis.project_to_cash.collection.dunning import (
    DunningTerms,
    NextStep,
    claimable,
    next_step,
    to_credit,
)
from process_apis.project_to_cash.receivables import DisputeStatus, ReminderStatus
from system_apis.canonical.money import Money
from tests.process_apis.owing_facts import objection, posted, reminder

TERMS = DunningTerms()
INVOICE = posted("INV-1", "100")  # due 2026-11-30


def test_the_first_reminder_is_due_three_days_after_the_due_date() -> None:
    """Nothing was written before."""
    assert next_step(INVOICE, [], TERMS) == NextStep(1, date(2026, 12, 3))


def test_a_level_follows_the_one_before_by_the_days_between_them() -> None:
    """A late first letter does not bring the second on the next day."""
    on_time = next_step(INVOICE, [reminder(1, date(2026, 12, 3))], TERMS)
    late = next_step(INVOICE, [reminder(1, date(2026, 12, 9))], TERMS)

    assert on_time == NextStep(2, date(2026, 12, 10))
    assert late == NextStep(2, date(2026, 12, 16))


def test_while_a_draft_waits_for_a_person_nothing_follows() -> None:
    """Nor after the last level."""
    waiting = reminder(1, date(2026, 12, 3), ReminderStatus.DRAFT)
    all_written = [reminder(level, date(2027, 1, 1)) for level in (1, 2, 3)]

    assert next_step(INVOICE, [waiting], TERMS) is None
    assert next_step(INVOICE, all_written, TERMS) is None


def test_a_client_may_have_days_of_its_own() -> None:
    """Or never be reminded."""
    own = DunningTerms(of_clients={"CL-1": (7,)}, version=2)
    never = DunningTerms(of_clients={"CL-1": ()})

    assert next_step(INVOICE, [], own) == NextStep(1, date(2026, 12, 7))
    assert next_step(INVOICE, [], never) is None


def test_what_is_paid_or_disputed_is_not_asked_for() -> None:
    """Of 100, 30 are paid and 50 disputed; a dispute of more leaves nothing."""
    partly = posted("INV-1", "100", paid="30")

    assert claimable(partly, [objection(partly, "50")]).amount == "20.00"
    assert claimable(partly, [objection(partly, "50"), objection(partly, "40")]).amount == "0.00"


def test_what_was_accepted_is_not_asked_for_before_it_is_credited_nor_taken_off_twice() -> None:
    """Of 100, 40 were accepted: 60 may be asked for, whether 0, 25 or 40 are credited yet."""
    agreed = replace(objection(INVOICE, "40"), status=DisputeStatus.ACCEPTED)
    upheld = replace(objection(INVOICE, "30"), status=DisputeStatus.REJECTED)
    stages = [replace(INVOICE, credited=Money.of(each, "USD")) for each in ("0", "25", "40")]

    assert [claimable(each, [agreed, upheld]).amount for each in stages] == ["60.00"] * 3
    assert [to_credit(each, [agreed, upheld]).amount for each in stages] == [
        "40.00",
        "15.00",
        "0.00",
    ]

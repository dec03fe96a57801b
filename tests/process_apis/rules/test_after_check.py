"""What a billing event becomes after a check."""

from datetime import timedelta
from decimal import Decimal

import pytest

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.readiness.blockers import blockers
from process_apis.project_to_cash.records import BillingEvent, EventStatus
from process_apis.project_to_cash.rules import after_check, prepare
from system_apis.canonical.money import Money
from system_apis.canonical.time import EntryStatus
from tests.process_apis.billing_facts import HALF_UP, NOON, billing_event, contract, entry, facts

LATER = NOON + timedelta(hours=8)


def _checked(
    seen: BillingFacts, event: BillingEvent | None = None, *, later: bool = False
) -> BillingEvent:
    prepared = prepare(seen, HALF_UP)
    found = blockers(seen, prepared.draft, prepared.over_cap)
    return after_check(event or seen.event, prepared, found, at=LATER if later else NOON)


def _over(amount: str) -> BillingFacts:
    """Return facts whose fees of 280 exceed the cap by an amount."""
    left = Decimal(280) - Decimal(amount)
    return facts(entry("1"), agreed=contract(cap="1000"), billed=str(Decimal(1000) - left))


def test_an_event_that_nothing_keeps_back_is_ready_for_its_amount() -> None:
    """It says what will be billed."""
    event = _checked(facts(entry("1"), agreed=contract(tax="0.19")))

    assert (event.status, event.amount_expected) == (EventStatus.READY, Money("333.20", "USD"))


def test_the_first_findings_are_kept_for_good() -> None:
    """What the first check found is what first-pass readiness is measured by."""
    first = _checked(facts(entry("1", status=EntryStatus.SUBMITTED)))
    second = _checked(facts(entry("1")), first, later=True)

    assert (first.status, second.status) == (EventStatus.BLOCKED, EventStatus.READY)
    assert [each.code for each in first.blockers] == ["B04"]
    assert second.blockers == ()
    assert second.first_blockers == first.blockers
    assert second.first_checked_at == NOON


def test_an_event_that_was_ready_at_first_stays_so_in_its_first_findings() -> None:
    """No finding at all is a finding that is kept, too."""
    first = _checked(facts(entry("1")))
    second = _checked(facts(entry("1", status=EntryStatus.HELD)), first, later=True)

    assert (first.first_blockers, second.first_blockers) == ((), ())


def test_a_version_rises_only_when_the_amount_over_the_cap_changes() -> None:
    """So an answer of finance never counts for another amount than it was asked about."""
    first = _checked(_over("180"))
    same = _checked(_over("180"), first)
    other = _checked(_over("180.01"), same)
    within = _checked(_over("0"), other)
    again = _checked(_over("0"), within)

    assert [each.version for each in (first, same, other, within, again)] == [1, 1, 2, 3, 3]


def test_other_findings_leave_the_version_as_it_is() -> None:
    """A question that was asked stays the same question while other things change."""
    first = _checked(facts(entry("1", status=EntryStatus.SUBMITTED)))
    second = _checked(facts(entry("1"), entry("2", number=2)), first)

    assert (first.version, second.version) == (1, 1)


def test_a_period_without_work_has_nothing_to_bill() -> None:
    """No invoice is made of nothing."""
    assert _checked(facts()).status is EventStatus.NOTHING_TO_BILL


@pytest.mark.parametrize(
    "waiting",
    [
        facts(entry("8", status=EntryStatus.SUBMITTED)),
        facts(entry("8", role="Stranger")),
    ],
    ids=["undecided", "without a rate"],
)
def test_work_that_may_still_be_billed_keeps_an_event_open(waiting: BillingFacts) -> None:
    """Hours that wait for a decision or for a rate are not lost as nothing to bill."""
    assert _checked(waiting).status is EventStatus.BLOCKED


def test_a_checked_event_is_still_the_same_event() -> None:
    """Only what a check finds changes."""
    event = _checked(facts(entry("1")))

    assert (event.id, event.planned_date) == (billing_event().id, billing_event().planned_date)

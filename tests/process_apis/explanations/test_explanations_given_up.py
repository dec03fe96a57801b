"""Why a billing event is not invoiced: what holds it, and what was written off of it."""

from msgspec.structs import replace

from process_apis.explanations.billing_events import why_event
from process_apis.explanations.tree import Fact, explanation
from process_apis.project_to_cash.records import BillingEvent, Blocker, EventStatus
from process_apis.project_to_cash.rules import prepare
from process_apis.project_to_cash.write_offs.records import WriteOff, WriteOffStage
from tests.process_apis.billing_facts import HALF_UP, contract, entry, facts
from tests.process_apis.explanations.test_explanations import does_not_add_up
from tests.process_apis.test_verification_write_offs import OFF

SEEN = facts(entry("7.25"), entry("3.5", number=2), agreed=contract(cap="1500", tax="0.19"))
PREPARED = prepare(SEEN, HALF_UP)
GIVEN_UP = replace(OFF, draft=PREPARED.draft)
HELD = Blocker(code="B03", reason="NO_ORDER", owner="sales_operations", remedy="get one")


def explained(event: BillingEvent, off: WriteOff | None) -> dict[str, tuple[Fact, ...]]:
    """Return what is said of an event, each with what is known of it."""
    sources = [each.sources for each in PREPARED.billed]
    found = explanation("it", why_event(event, off, sources, ())).nodes
    assert does_not_add_up(found) == []
    return {each.what: each.facts for each in found}


def test_what_is_written_off_adds_up_and_says_why() -> None:
    """Down to the hours, with what was over the cap, who agreed and by which terms."""
    gone = replace(SEEN.event, status=EventStatus.WRITTEN_OFF)

    said = explained(gone, GIVEN_UP)

    assert {"time entry TE-1", "time entry TE-2", "net of tax", "tax"} <= said.keys()
    because = said[f"write-off {OFF.id}"]
    assert Fact("reason", "the client is insolvent") in because
    assert Fact("approvers", "finance_director") in because
    assert Fact("terms version", "0") in because


def test_what_is_held_says_by_what_and_nothing_is_given_up() -> None:
    """Also once a write-off was put back, of which it tells."""
    held = replace(SEEN.event, status=EventStatus.BLOCKED, blockers=(HELD,))
    back = replace(GIVEN_UP, stage=WriteOffStage.REVERSED, reversal_reason="they pay")

    said, after = explained(held, None), explained(held, back)

    assert list(said) == [f"billing event {held.id}", "B03 NO_ORDER"]
    assert Fact("remedy", "get one") in said["B03 NO_ORDER"]
    assert Fact("put back because", "they pay") in after[f"write-off {OFF.id}"]
    assert "net of tax" not in after

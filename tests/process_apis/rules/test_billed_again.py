"""What a later event of a period bills: what no invoice bills, as it is recorded by then."""

from decimal import Decimal

from msgspec.structs import replace

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.readiness.blockers import blockers
from process_apis.project_to_cash.records import BillingKind
from process_apis.project_to_cash.rules import prepare
from system_apis.canonical.billing import LineKind
from system_apis.canonical.time import TimeEntry
from tests.process_apis.billing_facts import HALF_UP, entry, expense, facts, id_of, nets
from tests.process_apis.rules.test_other_models import FIXED, RETAINER, due

WRONG = entry("8", number=1)


def _corrected(wrong: TimeEntry, hours: str) -> list[TimeEntry]:
    reversing = replace(wrong, id=id_of("te", 91), hours=-wrong.hours, adjusts=wrong.id)
    right = replace(
        wrong, id=id_of("te", 92), number="TE-1-C", hours=Decimal(hours), adjusts=wrong.id
    )
    return [reversing, right]


def _later(seen: BillingFacts, *billed: str) -> BillingFacts:
    """Return the facts of the period's second event, with what stands on its first invoice."""
    event = replace(seen.event, sequence=2)
    return replace(seen, event=event, billed_sources=frozenset(billed))


def _codes(seen: BillingFacts) -> list[str]:
    prepared = prepare(seen, HALF_UP)
    return [each.code for each in blockers(seen, prepared.draft, prepared.over_cap)]


def test_a_corrected_entry_is_billed_for_the_right_hours_alone() -> None:
    """Neither the wrong hours nor their reversal are on the invoice, the first time either."""
    [line] = prepare(facts(WRONG, *_corrected(WRONG, "6")), HALF_UP).draft.lines

    assert (line.quantity, line.net.amount) == (Decimal(6), "1680.00")


def test_an_entry_that_was_corrected_while_it_is_billed_waits_for_its_credit() -> None:
    """Billed at eight hours and corrected to six, both would be paid."""
    seen = facts(WRONG, *_corrected(WRONG, "6"))

    assert _codes(_later(seen, WRONG.id)) == ["B10"]
    assert _codes(_later(seen)) == []


def test_what_is_billed_already_is_left_out_of_a_later_event() -> None:
    """Only the entry and the expense that were credited are billed again."""
    seen = facts(
        WRONG,
        entry("2", number=2),
        expenses=(expense("42.50", 1), expense("10", 2)),
    )
    later = _later(seen, WRONG.id, id_of("ex", 1))

    assert nets(prepare(later, HALF_UP)) == [
        (LineKind.TIME, "560.00"),
        (LineKind.EXPENSES, "10.00"),
    ]
    assert _codes(later) == []


def test_a_milestone_is_billed_again_only_when_it_was_credited() -> None:
    """While it stands on an invoice there is nothing to bill."""
    seen = due(FIXED, BillingKind.MILESTONE, milestone="M1")
    source = f"{seen.contract.id}:M1"

    assert nets(prepare(_later(seen, source), HALF_UP)) == []
    assert nets(prepare(_later(seen), HALF_UP)) == [(LineKind.MILESTONE, "40000.00")]


def test_hours_beyond_those_included_are_billed_again_one_by_one() -> None:
    """Of two entries over a retainer's ten hours, the one that was credited comes again."""
    seen = due(RETAINER, BillingKind.RETAINER, *(entry("8", number=n) for n in (1, 2, 3)))
    fee = seen.event.id
    later = _later(seen, id_of("te", 2), fee)
    fee_again = prepare(replace(later, event=seen.event), HALF_UP)

    assert nets(fee_again) == [(LineKind.OVERAGE, "1200.00")]
    assert [each.source_id for each in fee_again.billed[0].sources] == [id_of("te", 3)]

"""Each way in which a write-off does not hold is seen, and nothing beside it."""

import pytest
from msgspec.structs import replace

from process_apis.project_to_cash.records import BillingEvent, EventStatus
from process_apis.project_to_cash.write_offs.records import WriteOff, WriteOffStage
from process_apis.verification.evidence import Allocated, Kept
from tests.process_apis.billing_facts import facts, id_of
from tests.process_apis.owing_facts import posted
from tests.process_apis.test_verification_looks import BILLED, IN_BOOKS, broken
from tests.process_apis.verified_facts import MONTH_END, allocated, approved, usd

EVENT = replace(facts().event, id=id_of("be", 9), status=EventStatus.WRITTEN_OFF)
LIKE = posted("INV-9", "250")
OFF = WriteOff(
    id=id_of("wo"),
    billing_event_id=EVENT.id,
    contract_number="CT-1",
    version=1,
    stage=WriteOffStage.WRITTEN_OFF,
    draft=LIKE.draft,
    ground="",
    reason="the client is insolvent",
    requested_by="U-3",
    approvers=("finance_director",),
    terms_version=0,
    written_off_on=MONTH_END,
)
GONE = allocated(LIKE, id=2, document_id=OFF.id, source_id="M9", source_number="M9")
BACK = replace(GONE, id=3, sign=-1)
AGREED = approved(OFF.id, "finance_director", "U-9", question="write_off")
REVERSED = replace(OFF, stage=WriteOffStage.REVERSED)
RETURNED = replace(EVENT, status=EventStatus.RETURNED)
BY_INVOICE = allocated(LIKE, id=4, document_id=id_of("inv", 1), source_id="M9", line=7)


def kept(
    off: WriteOff = OFF,
    rows: tuple[Allocated, ...] = (GONE,),
    event: BillingEvent = EVENT,
    **more: object,
) -> Kept:
    """Return the books with a write-off in them."""
    whole = replace(
        BILLED,
        write_offs=(off,),
        allocations=(*BILLED.allocations, *rows),
        events=(event,),
        approvals=(*BILLED.approvals, AGREED),
    )
    return replace(whole, **more)


@pytest.mark.parametrize(
    "books", [kept(), kept(REVERSED, (GONE, BACK), RETURNED)], ids=["written off", "put back"]
)
def test_everything_holds_of_a_write_off_that_is_as_it_should_be(books: Kept) -> None:
    """And of one that was put back."""
    assert broken(books, IN_BOOKS) == {}


@pytest.mark.parametrize(
    ("invariant", "books", "reason"),
    [
        ("I5", kept(rows=()), "gives 250.00 USD up, its sources 0.00 USD"),
        ("I5", kept(rows=(replace(GONE, amount=usd("249.99")),)), "its sources 249.99 USD"),
        ("I5", kept(rows=(GONE, BY_INVOICE)), "2 of it is billed, and 1 was approved"),
        ("I5", kept(event=RETURNED), "is not written off, and its work is given up"),
        ("I5", kept(write_offs=(), allocations=BILLED.allocations), "nothing says what"),
        ("I5", kept(REVERSED, (GONE,), RETURNED), "its sources 250.00 USD"),
        ("I7", kept(approvals=BILLED.approvals), "without finance_director (terms version 0)"),
    ],
)
def test_each_way_to_break_is_named(invariant: str, books: Kept, reason: str) -> None:
    """To the cent, once, with an event that says so, and agreed to."""
    found = broken(books, IN_BOOKS)

    assert {name: len(breaks) for name, breaks in found.items()} == {invariant: 1}
    assert reason in found[invariant][0].reason

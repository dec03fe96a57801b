"""Each way in which something does not hold is seen, and nothing beside it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.commands import CommandStatus
from process_apis.resource_to_revenue.questions import LENDING
from process_apis.verification.evidence import Booked, Kept
from process_apis.verification.records import Break, Looked
from process_apis.verification.table import INVARIANTS
from system_apis.canonical.billing import Payment
from system_apis.effect_ledger import EffectState
from tests.process_apis.billing_facts import SOURCE, id_of
from tests.process_apis.books_examples import credit
from tests.process_apis.owing_facts import posted
from tests.process_apis.verified_facts import (
    GIVEN,
    MONTH_END,
    NOTHING,
    allocated,
    answered,
    approved,
    booked_invoice,
    engaged,
    noted,
    ordered,
    usd,
    written,
)

BILL = replace(posted("INV-1", "400"), ledger_id=id_of("inv", 7), reference="INV:1")
LARGE = replace(posted("INV-2", "900"), ledger_id=id_of("inv", 8), reference="INV:2")
IN_BOOKS = Booked(invoices={"erp": (booked_invoice(BILL),)})
BILLED = replace(
    NOTHING,
    invoices=(BILL,),
    allocations=(allocated(BILL),),
    approvals=(approved(BILL.id, "manager", "U-1"),),
    effects=(written(),),
    audit=(noted("erp.create_invoice", reason="INV:1"), GIVEN),
    answers=(answered(),),
)
PAID = Payment(
    id=id_of("pay"),
    legal_entity="US",
    invoice_number="INV-1",
    date=MONTH_END,
    amount=usd("400"),
    reference="BANK-1",
    applications=(),
    unapplied=usd("400"),
    source=SOURCE,
)
REFUSED = noted("/system/erp/v1:record_payment", reason="403", trace_id="t", stream="requests")


def with_(**more: object) -> Kept:
    """Return the books with an invoice in them, and something else."""
    return replace(BILLED, **more)


def books(**more: object) -> Booked:
    """Return what the systems hold, and something else."""
    return replace(IN_BOOKS, **more)


def keyed(**more: object) -> Booked:
    """Return the books with a second invoice in them."""
    second = booked_invoice(BILL, id=id_of("inv", 70), number="INV-2", reference=None)
    return Booked(invoices={"erp": (booked_invoice(BILL), replace(second, **more))})


CASES: dict[str, tuple[str, Kept, Booked]] = {
    "a project that no PSA has": ("I1", with_(engagements=(engaged(),)), IN_BOOKS),
    "an invoice that the ERP lost": ("I1", BILLED, Booked()),
    "a payment that is there twice": (
        "I2",
        BILLED,
        books(payments={"erp": (PAID, replace(PAID, id=id_of("pay", 2)))}),
    ),
    "a document that names no command of ours": ("I3", BILLED, keyed(reference="INV:9")),
    "an invoice that was paid beyond itself": (
        "I5",
        with_(invoices=(replace(BILL, paid=usd("500")),)),
        IN_BOOKS,
    ),
    "a source that is billed beyond approval": (
        "I5",
        with_(allocations=(allocated(BILL, approved=Decimal("0.5")),)),
        IN_BOOKS,
    ),
    "an hour that the PSA does not have": (
        "I5",
        with_(allocations=(allocated(BILL, source_type="time_entry"),)),
        IN_BOOKS,
    ),
    "an answer that cannot be read": ("I6", with_(answers=(answered(status=None),)), IN_BOOKS),
    "an answer that nobody was given": ("I6", with_(answers=(answered(status=202),)), IN_BOOKS),
    "a draft after the posting": (
        "I7",
        with_(audit=(*BILLED.audit, noted("invoice.posted"), noted("invoice.drafted"))),
        IN_BOOKS,
    ),
    "a decision after a decision": (
        "I7",
        with_(audit=(*BILLED.audit, noted("approval.rejected"), noted("approval.approved"))),
        IN_BOOKS,
    ),
    "a posting that nobody approved": ("I7", with_(approvals=()), IN_BOOKS),
    "two approvals of one person": (
        "I8",
        with_(approvals=(*BILLED.approvals, approved(BILL.id, "finance", "U-1"))),
        IN_BOOKS,
    ),
    "an effect without an entry": ("I9", with_(audit=(GIVEN,)), IN_BOOKS),
    "what was done in a refused request": (
        "I10",
        with_(audit=(*BILLED.audit, REFUSED, noted("dispute.opened", trace_id="t"))),
        IN_BOOKS,
    ),
    "a write that was sent without end": (
        "I11",
        with_(effects=(written(attempts=401),)),
        IN_BOOKS,
    ),
    "a command that never ends": (
        "I12",
        with_(commands=(ordered(CommandStatus.ACCEPTED),)),
        IN_BOOKS,
    ),
    "a write that nothing carries on": (
        "I12",
        with_(effects=(written(state=EffectState.SENT),)),
        IN_BOOKS,
    ),
    "an answer that nothing followed": (
        "I12",
        with_(approvals=(replace(BILLED.approvals[0], continued=False),)),
        IN_BOOKS,
    ),
    "a number that two documents have": ("I13", BILLED, keyed(number="INV-1")),
    "a number that no document has": ("I13", BILLED, keyed(number="INV-3")),
    "an id that leads nowhere": (
        "I14",
        with_(effects=(written(record_id=id_of("inv", 5)),)),
        IN_BOOKS,
    ),
    "an answer about another company": (
        "I15",
        with_(answers=(answered(body=b'{"items":[{"legal_entity":"DE"}]}'),)),
        IN_BOOKS,
    ),
}


def broken(kept: Kept, booked: Booked) -> dict[str, tuple[Break, ...]]:
    """Return what breaks, by what does not hold."""
    looks: dict[str, Callable[[Kept, Booked], Looked]] = {e.id: e.look for e in INVARIANTS}
    found = {name: look(kept, booked).breaks for name, look in looks.items()}
    return {name: breaks for name, breaks in found.items() if breaks}


def test_everything_holds_of_an_invoice_that_is_as_it_should_be() -> None:
    """The books that each case breaks are whole."""
    assert broken(BILLED, IN_BOOKS) == {}


@pytest.mark.parametrize("what", CASES)
def test_each_way_to_break_is_named_and_nothing_beside_it(what: str) -> None:
    """One thing does not hold, at one place."""
    invariant, kept, booked = CASES[what]

    found = broken(kept, booked)

    assert {name: len(breaks) for name, breaks in found.items()} == {invariant: 1}


def test_a_large_invoice_asks_for_every_role_of_its_amount() -> None:
    """What the manager alone approved is too much for the manager alone."""
    kept = with_(
        invoices=(LARGE,),
        allocations=(allocated(LARGE),),
        approvals=(approved(LARGE.id, "manager", "U-1"),),
    )

    [found] = broken(kept, Booked(invoices={"erp": (booked_invoice(LARGE),)})).get("I8", ())
    assert found.reason == "its amount asks for finance as well (policy version 1)"
    assert found.amount == usd("900")


def test_who_does_not_hold_the_role_is_named() -> None:
    """A person whom the firm knows decided in a role that is another's."""
    kept = with_(approvals=(approved(BILL.id, "manager", "U-2"),))

    [found] = broken(kept, IN_BOOKS)["I10"]
    assert found.reason.startswith("U-2 decided as manager of US")


def test_an_invoice_of_another_hand_is_no_phantom_once_somebody_is_told() -> None:
    """Keyed in on work of ours without a finding it is one."""
    carried = with_(engagements=(engaged(),))
    found = broken(carried, keyed())

    assert [each.subject for each in found["I3"]] == ["INV-2"]
    assert "I3" not in broken(BILLED, keyed())


def test_a_credit_note_may_be_numbered_with_the_invoices() -> None:
    """What no invoice has of a series is no gap where a credit note has it."""
    note = replace(credit("10"), number="INV-2")
    numbered = replace(keyed(number="INV-3"), credit_notes={"erp": (note,)})

    assert "I13" not in broken(BILLED, numbered)


@pytest.mark.parametrize(("question", "apart"), [(LENDING, True), ("invoice_content", False)])
def test_a_company_may_be_asked_to_lend_to_anothers_project(question: str, apart: bool) -> None:
    """About nothing else of it."""
    asked = approved("case", "resource_manager", "U-1", question=question, legal_entity="DE")
    named = replace(asked, approval=replace(asked.approval, project_number="P-1"))
    kept = with_(engagements=(engaged(),), approvals=(*BILLED.approvals, named))

    assert ("I15" not in broken(kept, IN_BOOKS)) is apart

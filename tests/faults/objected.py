"""A scene of a client's objection that the firm agrees with, and whose credit is sent back."""

from msgspec.structs import replace

from process_apis.due.follow_ups import FollowUps
from process_apis.engine import Engine
from process_apis.events.billing import CreditNoteRejected, DisputeAccepted
from process_apis.project_to_cash.credits import rules as credit_rules
from process_apis.project_to_cash.receivables import Dispute, Verdict
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from tests.faults.changed_project import COMPANY, now, person
from tests.faults.cutting import Carried, carrying
from tests.faults.sent_back import SentBack
from tests.process_apis.billing_facts import HALF_UP, entry
from tests.process_apis.owing_facts import objection

AGREES = person("U-FI1", "finance")


async def objecting(carried: Carried) -> None:
    """What is agreed to is announced, and again when nobody knows that it was.

    Finance is left with it until as much is credited, and so while a credit is sent back.
    """
    works = carried.works
    assert isinstance(works, SentBack)
    invoice = await _billed(works)
    disputes = works.collecting().disputes
    told = await disputes.open(objection(invoice, "40"), invoice, by=AGREES)
    agreed = await disputes.resolve(told.id, Verdict.ACCEPT, note="so it is", by=AGREES, at=now())
    accepted = _accepted(agreed)
    await carried.done(accepted)

    async def announce(engine: Engine) -> None:
        await FollowUps(engine, works.collecting(), frozenset({COMPANY}), now).of_disputes()

    await carried.carried_on(accepted.business_key, announce)
    await carried.done(await _sent_back(works, invoice))
    assert await disputes.to_credit(frozenset({agreed.legal_entity})) == [agreed]
    assert await disputes.unannounced() == []


async def _billed(works: SentBack) -> ClientInvoice:
    works.ledger.entries = [entry("8", number=number) for number in (1, 2)]
    drafted = await works.ledger.invoiced(1)
    assert drafted is not None
    total = drafted.draft.gross
    posted = replace(drafted, stage=InvoiceStage.POSTED, number="INV-1", posted=total)
    return await works.ledger.billing.moved(posted, seen=drafted)


def _accepted(dispute: Dispute) -> DisputeAccepted:
    return DisputeAccepted(
        dispute_id=dispute.id,
        invoice_id=dispute.invoice_id,
        amount=dispute.amount,
        legal_entity=dispute.legal_entity,
    )


async def _sent_back(works: SentBack, invoice: ClientInvoice) -> CreditNoteRejected:
    """Have finance draft the credit, and somebody send it back."""
    ledger = works.ledger
    standing = credit_rules.chosen(await ledger.credits.standing(invoice.id), ["TE-1"])
    lines = credit_rules.work_lines(standing, invoice.draft.lines, HALF_UP)
    note = await ledger.drafted(await ledger.billing.invoice(invoice.id), lines)
    return CreditNoteRejected(
        credit_note_id=note.id, version=note.version, approval_id="APP-1", legal_entity=COMPANY
    )


SCENES = {"objecting": (carrying(SentBack), objecting)}
STARTED = {"objecting": frozenset({"project-to-cash.propose-credit"})}

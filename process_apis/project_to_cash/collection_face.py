"""What clients owe over HTTP: what they object to, what they are reminded of, what they pay."""

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET

from governance.access import current_caller
from process_apis.engagements import Engagements
from process_apis.errors import NoSuchRecord
from process_apis.lists import Lists
from process_apis.project_to_cash.collection.cash import Cash
from process_apis.project_to_cash.collection.disputes import DISPUTES, Disputes
from process_apis.project_to_cash.collection.receipts import RECEIPTS, UNPLACED
from process_apis.project_to_cash.collection.reminders import REMINDERS
from process_apis.project_to_cash.identifiers import dispute_id as id_of_dispute
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.receivables import (
    Dispute,
    DisputeList,
    Objection,
    Receipt,
    ReceiptList,
    ReminderList,
    ResolutionBody,
)
from process_apis.project_to_cash.seen import invoice_seen
from process_apis.rounds import Rounds
from store.clock import BusinessClock
from system_apis.canonical.billing import PaymentApplication


@post("/invoices/{invoice_id:str}/disputes", status_code=201, opt={"operation": "open_dispute"})
async def open_dispute(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    disputes: NamedDependency[Disputes],
    business_clock: NamedDependency[BusinessClock],
    invoice_id: FromPath[str],
    data: JSONBody[Objection],
) -> Dispute:
    """Write down what a client objects to; its contract is not billed further meanwhile.

    The same objection to the same invoice is one dispute, however often it is told.
    """
    caller = current_caller()
    invoice = await invoice_seen(billing, engagements, invoice_id)
    event = await billing.event(invoice.billing_event_id)
    dispute = Dispute(
        id=id_of_dispute(invoice.id, msgspec.json.encode(data).decode()),
        invoice_id=invoice.id,
        invoice_number=invoice.number or "",
        contract_number=event.contract_number,
        project_number=invoice.draft.project_number,
        legal_entity=invoice.draft.legal_entity,
        reason=data.reason,
        amount=invoice.owed if data.amount is UNSET else data.amount,
        lines=data.lines,
        note=data.note,
        opened_by=caller.subject,
        opened_at=business_clock.now(),
    )
    return await disputes.open(dispute, invoice, by=caller)


@get("/disputes", opt={"operation": "list_disputes"})
async def list_disputes(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> DisputeList:
    """Return the disputes of the caller's companies and units, a page at a time."""
    return DisputeList(*await lists.page(DISPUTES, cursor))


@post(
    "/disputes/{dispute_id:str}/resolution", status_code=200, opt={"operation": "resolve_dispute"}
)
async def resolve_dispute(
    disputes: NamedDependency[Disputes],
    rounds: NamedDependency[Rounds],
    business_clock: NamedDependency[BusinessClock],
    engagements: NamedDependency[Engagements],
    dispute_id: FromPath[str],
    data: JSONBody[ResolutionBody],
) -> Dispute:
    """End a dispute: what is accepted is credited, and the contract is billed further."""
    caller = current_caller()
    if not (await engagements.sight(caller)).sees(await disputes.get(dispute_id)):
        raise NoSuchRecord(f"there is no dispute {dispute_id}")
    ended = await disputes.resolve(
        dispute_id, data.verdict, note=data.note, by=caller, at=business_clock.now()
    )
    rounds.nudge()
    return ended


@get("/reminders", opt={"operation": "list_reminders"})
async def list_reminders(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> ReminderList:
    """Return a page of the caller's companies' and units' reminders, those not sent included."""
    return ReminderList(*await lists.page(REMINDERS, cursor))


@get("/receipts", opt={"operation": "list_receipts"})
async def list_receipts(
    lists: NamedDependency[Lists],
    unplaced: FromQuery[bool] = False,
    cursor: FromQuery[str | None] = None,
) -> ReceiptList:
    """Return a page of the money that came in, and what each receipt was applied to."""
    return ReceiptList(*await lists.page(UNPLACED if unplaced else RECEIPTS, cursor))


@post(
    "/receipts/{receipt_id:str}/applications", status_code=200, opt={"operation": "apply_receipt"}
)
async def apply_receipt(
    cash: NamedDependency[Cash],
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    receipt_id: FromPath[str],
    data: JSONBody[PaymentApplication],
) -> Receipt:
    """Apply a part of a receipt to an invoice; repeated, it is applied once."""
    receipt, sight = await cash.receipts.get(receipt_id), await engagements.sight(current_caller())
    if not sight.sees(receipt):
        raise NoSuchRecord(f"there is no receipt {receipt_id}")
    entity = frozenset({receipt.legal_entity})
    for invoice in await billing.invoices(number=data.invoice_number, entities=entity):
        if not sight.sees(invoice):
            raise NoSuchRecord(f"there is no invoice {data.invoice_number}")
    return await cash.place(receipt, data)


handlers = [
    open_dispute,
    list_disputes,
    resolve_dispute,
    list_reminders,
    list_receipts,
    apply_receipt,
]

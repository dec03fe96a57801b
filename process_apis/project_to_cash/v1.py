"""Project-to-cash over HTTP: billing events with their blockers, and invoices."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, Meta, Struct

from governance.access import current_caller
from governance.once import command_name
from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Stage,
    TenantRule,
)
from process_apis.engagements import Engagements
from process_apis.engine import Engine
from process_apis.errors import NoSuchRecord
from process_apis.events.billing import BillingFallenDue, CreditNoteDrafted
from process_apis.lists import Lists
from process_apis.project_to_cash import write_off_face
from process_apis.project_to_cash.collection.cash import Cash
from process_apis.project_to_cash.collection.disputes import DISPUTES, Disputes
from process_apis.project_to_cash.collection.receipts import RECEIPTS, UNPLACED
from process_apis.project_to_cash.collection.reminders import REMINDERS
from process_apis.project_to_cash.credit_records import (
    CapStanding,
    ClientCreditNote,
    CreditNoteList,
    CreditRequest,
    ServiceCreditCheck,
)
from process_apis.project_to_cash.credits.crediting import Crediting
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.credits.questions import content_approval
from process_apis.project_to_cash.credits.rebilling import Rebilling
from process_apis.project_to_cash.credits.servicing import Servicing
from process_apis.project_to_cash.identifiers import dispute_id as id_of_dispute
from process_apis.project_to_cash.ledger import listings
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.mailing.records import InvoiceMailList
from process_apis.project_to_cash.mailing.register import MAILS
from process_apis.project_to_cash.receivables import (
    Dispute,
    DisputeList,
    Objection,
    Receipt,
    ReceiptList,
    ReminderList,
    ResolutionBody,
)
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice
from process_apis.project_to_cash.seen import event_seen, invoice_seen
from process_apis.rounds import Rounds
from process_apis.runs import Run, run_of
from store.clock import BusinessClock
from system_apis.canonical.billing import PaymentApplication

_READ = "process:project-to-cash:read"
_BY_FILTER = Operation(scope=_READ, tenants=TenantRule.BY_FILTER)
_BY_RECORD = Operation(scope=_READ, tenants=TenantRule.BY_RECORD)


def _writing(verb: str) -> Operation:
    scope = f"process:project-to-cash:{verb}"
    return Operation(scope=scope, tenants=TenantRule.BY_RECORD, writes=True)


POLICY = ApiPolicy(
    name="project-to-cash",
    layer=Layer.PROCESS,
    version=1,
    title="Project to cash",
    owner=Owner(team="Finance Operations", contact="finance-operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="300/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "list_billing_events": _BY_FILTER,
        "check_billing_event": _writing("start"),
        "read_write_off": _BY_RECORD,
        "request_write_off": _writing("write_off"),
        "request_write_off_reversal": _writing("write_off"),
        "read_cap": _BY_RECORD,
        "list_invoices": _BY_FILTER,
        "read_invoice": _BY_RECORD,
        "request_credit": _writing("credit"),
        "request_rebill": _writing("credit"),
        "read_service_credit": _BY_RECORD,
        "list_credit_notes": _BY_FILTER,
        "read_credit_note": _BY_RECORD,
        "open_dispute": _writing("dispute"),
        "list_disputes": _BY_FILTER,
        "resolve_dispute": _writing("resolve_dispute"),
        "list_reminders": _BY_FILTER,
        "list_mails": _BY_FILTER,
        "list_receipts": _BY_FILTER,
        "apply_receipt": _writing("apply_cash"),
    },
)
Note = Annotated[str, Meta(min_length=1, max_length=1000)]


class BillingEventList(Struct, frozen=True):
    """Billing events in the order of their planned dates."""

    items: list[BillingEvent]
    next_cursor: str | None = None


class InvoiceList(Struct, frozen=True):
    """Invoices in the order of their issue dates."""

    items: list[ClientInvoice]
    next_cursor: str | None = None


@get("/billing-events", opt={"operation": "list_billing_events"})
async def list_billing_events(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> BillingEventList:
    """Return the billing events of the caller's companies and units, a page at a time."""
    return BillingEventList(*await lists.page(listings.EVENTS, cursor))


@post(
    "/billing-events/{billing_event_id:str}/check",
    status_code=202,
    opt={"operation": "check_billing_event"},
)
async def check_billing_event(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    engine: NamedDependency[Engine],
    business_clock: NamedDependency[BusinessClock],
    billing_event_id: FromPath[str],
) -> Run:
    """Look at a billing event again now."""
    caller = current_caller()
    event = await event_seen(billing, engagements, billing_event_id)
    due = BillingFallenDue(
        billing_event_id=event.id,
        occasion=f"asked:{command_name() or business_clock.now().isoformat()}",
        legal_entity=event.legal_entity,
    )
    command = await engine.start(due, by=caller.subject)
    return run_of(command, await engine.progress(command.key))


@get("/invoices", opt={"operation": "list_invoices"})
async def list_invoices(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> InvoiceList:
    """Return a page of the caller's companies' and units' invoices, rejected drafts included."""
    return InvoiceList(*await lists.page(listings.INVOICES, cursor))


@get("/invoices/{invoice_id:str}", opt={"operation": "read_invoice"})
async def read_invoice(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    invoice_id: FromPath[str],
) -> ClientInvoice:
    """Return one invoice with what was expected and what was posted."""
    return await invoice_seen(billing, engagements, invoice_id)


@post("/invoices/{invoice_id:str}/credits", status_code=202, opt={"operation": "request_credit"})
async def request_credit(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    crediting: NamedDependency[Crediting],
    engine: NamedDependency[Engine],
    invoice_id: FromPath[str],
    data: JSONBody[CreditRequest],
) -> Response[ClientCreditNote]:
    """Draft the credit of some sources of a posted invoice; `Location` is its first approval.

    Asked for again, it is the same credit note.
    """
    caller = current_caller()
    invoice = await invoice_seen(billing, engagements, invoice_id)
    note = await crediting.work(invoice, data.sources, reason=data.reason, by=caller.subject)
    drafted = CreditNoteDrafted(
        credit_note_id=note.id, version=note.version, legal_entity=note.draft.legal_entity
    )
    await engine.start(drafted, by=caller.subject)
    where = f"/process/approvals/v1/{content_approval(note)}"
    return Response(note, status_code=202, headers={"Location": where})


@post("/invoices/{invoice_id:str}/rebill", status_code=202, opt={"operation": "request_rebill"})
async def request_rebill(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    rebilling: NamedDependency[Rebilling],
    engine: NamedDependency[Engine],
    invoice_id: FromPath[str],
) -> Run:
    """Bill again what was credited of an invoice, as it is recorded and approved now."""
    caller = current_caller()
    planned = await rebilling.again(await invoice_seen(billing, engagements, invoice_id))
    due = BillingFallenDue(
        billing_event_id=planned.id, occasion="planned", legal_entity=planned.legal_entity
    )
    command = await engine.start(due, by=caller.subject)
    return run_of(command, await engine.progress(command.key))


@get("/invoices/{invoice_id:str}/service-credit", opt={"operation": "read_service_credit"})
async def read_service_credit(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    servicing: NamedDependency[Servicing],
    invoice_id: FromPath[str],
) -> ServiceCreditCheck:
    """Return whether the period's service was as promised, and what blocks its credit."""
    return await servicing.check(await invoice_seen(billing, engagements, invoice_id))


@get("/billing-events/{billing_event_id:str}/cap", opt={"operation": "read_cap"})
async def read_cap(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    rebilling: NamedDependency[Rebilling],
    billing_event_id: FromPath[str],
) -> CapStanding:
    """Return how the contract of a billing event stands to its cap."""
    return await rebilling.cap(await event_seen(billing, engagements, billing_event_id))


@get("/credit-notes", opt={"operation": "list_credit_notes"})
async def list_credit_notes(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> CreditNoteList:
    """Return a page of the caller's companies' and units' credit notes, rejected ones included."""
    return CreditNoteList(*await lists.page(listings.CREDIT_NOTES, cursor))


@get("/credit-notes/{credit_note_id:str}", opt={"operation": "read_credit_note"})
async def read_credit_note(
    credit_ledger: NamedDependency[CreditLedger],
    engagements: NamedDependency[Engagements],
    credit_note_id: FromPath[str],
) -> ClientCreditNote:
    """Return one credit note with what was expected and what was posted."""
    note = await credit_ledger.credit_note(credit_note_id)
    if not (await engagements.sight(current_caller())).sees(note):
        raise NoSuchRecord(f"there is no credit note {credit_note_id}")
    return note


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


@get("/mails", opt={"operation": "list_mails"})
async def list_mails(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> InvoiceMailList:
    """Return a page of the caller's companies' and units' mails, drafts and withdrawn included."""
    return InvoiceMailList(*await lists.page(MAILS, cursor))


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
    list_billing_events,
    check_billing_event,
    list_invoices,
    read_invoice,
    request_credit,
    request_rebill,
    read_service_credit,
    *write_off_face.handlers,
    read_cap,
    list_credit_notes,
    read_credit_note,
    open_dispute,
    list_disputes,
    resolve_dispute,
    list_reminders,
    list_mails,
    list_receipts,
    apply_receipt,
]

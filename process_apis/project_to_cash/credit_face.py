"""Credits over HTTP: what is taken back of an invoice, billed again, or held by a cap."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from governance.access import current_caller
from process_apis.engagements import Engagements
from process_apis.engine import Engine
from process_apis.errors import NoSuchRecord
from process_apis.events.billing import BillingFallenDue, CreditNoteDrafted
from process_apis.lists import Lists
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
from process_apis.project_to_cash.ledger import listings
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.seen import event_seen, invoice_seen
from process_apis.runs import Run, run_of


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


handlers = [
    request_credit,
    request_rebill,
    read_service_credit,
    read_cap,
    list_credit_notes,
    read_credit_note,
]

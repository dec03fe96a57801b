"""Project-to-cash over HTTP: billing events with their blockers, and invoices."""

from datetime import date
from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from governance.access import current_caller
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
from process_apis.engine import Engine
from process_apis.errors import NoSuchRecord
from process_apis.events import BillingFallenDue, CreditNoteDrafted
from process_apis.project_to_cash.credit_ledger import CreditLedger
from process_apis.project_to_cash.credit_questions import content_approval
from process_apis.project_to_cash.credit_records import (
    CapStanding,
    ClientCreditNote,
    ServiceCreditCheck,
)
from process_apis.project_to_cash.crediting import Crediting
from process_apis.project_to_cash.ledger import BillingLedger
from process_apis.project_to_cash.rebilling import Rebilling
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice, InvoiceStage
from process_apis.project_to_cash.servicing import Servicing
from process_apis.runs import Run, run_of
from store.clock import BusinessClock
from system_apis.canonical.record import Text

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
        "list_billing_events": Operation(
            scope="process:project-to-cash:read", tenants=TenantRule.BY_FILTER
        ),
        "check_billing_event": Operation(
            scope="process:project-to-cash:start", tenants=TenantRule.BY_RECORD, writes=True
        ),
        "list_invoices": Operation(
            scope="process:project-to-cash:read", tenants=TenantRule.BY_FILTER
        ),
        "read_invoice": Operation(
            scope="process:project-to-cash:read", tenants=TenantRule.BY_RECORD
        ),
        "request_credit": Operation(
            scope="process:project-to-cash:credit", tenants=TenantRule.BY_RECORD, writes=True
        ),
        "request_rebill": Operation(
            scope="process:project-to-cash:credit", tenants=TenantRule.BY_RECORD, writes=True
        ),
        "read_service_credit": Operation(
            scope="process:project-to-cash:read", tenants=TenantRule.BY_RECORD
        ),
        "read_cap": Operation(scope="process:project-to-cash:read", tenants=TenantRule.BY_RECORD),
        "list_credit_notes": Operation(
            scope="process:project-to-cash:read", tenants=TenantRule.BY_FILTER
        ),
        "read_credit_note": Operation(
            scope="process:project-to-cash:read", tenants=TenantRule.BY_RECORD
        ),
    },
)


class BillingEventList(Struct, frozen=True):
    """Billing events in the order of their planned dates."""

    items: list[BillingEvent]


class InvoiceList(Struct, frozen=True):
    """Invoices in the order of their issue dates."""

    items: list[ClientInvoice]


class CreditRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What of an invoice is to be credited: time entries, expenses and others by number."""

    sources: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=1000)]
    reason: Text


class CreditNoteList(Struct, frozen=True):
    """Credit notes in the order of their issue dates."""

    items: list[ClientCreditNote]


@get("/billing-events", opt={"operation": "list_billing_events"})
async def list_billing_events(billing: NamedDependency[BillingLedger]) -> BillingEventList:
    """Return the billing events of the caller's legal entities."""
    return BillingEventList(await billing.events(entities=current_caller().entities))


@post(
    "/billing-events/{billing_event_id:str}/check",
    status_code=202,
    opt={"operation": "check_billing_event"},
)
async def check_billing_event(
    billing: NamedDependency[BillingLedger],
    engine: NamedDependency[Engine],
    business_clock: NamedDependency[BusinessClock],
    billing_event_id: FromPath[str],
) -> Run:
    """Look at a billing event again now."""
    caller = current_caller()
    event = await billing.event(billing_event_id)
    if not caller.sees(event.legal_entity):
        raise NoSuchRecord(f"there is no billing event {billing_event_id}")
    due = BillingFallenDue(
        billing_event_id=event.id,
        occasion=f"asked:{business_clock.now().isoformat()}",
        legal_entity=event.legal_entity,
    )
    command = await engine.start(due, by=caller.subject)
    return run_of(command, await engine.progress(command.key))


@get("/invoices", opt={"operation": "list_invoices"})
async def list_invoices(billing: NamedDependency[BillingLedger]) -> InvoiceList:
    """Return the invoices of the caller's legal entities, rejected drafts included."""
    entities = current_caller().entities
    return InvoiceList(await billing.invoices(entities=entities, stages=tuple(InvoiceStage)))


@get("/invoices/{invoice_id:str}", opt={"operation": "read_invoice"})
async def read_invoice(
    billing: NamedDependency[BillingLedger], invoice_id: FromPath[str]
) -> ClientInvoice:
    """Return one invoice with what was expected and what was posted."""
    return await _seen(billing, invoice_id)


@post("/invoices/{invoice_id:str}/credits", status_code=202, opt={"operation": "request_credit"})
async def request_credit(
    billing: NamedDependency[BillingLedger],
    crediting: NamedDependency[Crediting],
    engine: NamedDependency[Engine],
    invoice_id: FromPath[str],
    data: JSONBody[CreditRequest],
) -> Response[ClientCreditNote]:
    """Draft the credit of some sources of a posted invoice; `Location` is its first approval.

    Asked for again, it is the same credit note.
    """
    caller = current_caller()
    invoice = await _seen(billing, invoice_id)
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
    rebilling: NamedDependency[Rebilling],
    engine: NamedDependency[Engine],
    invoice_id: FromPath[str],
) -> Run:
    """Bill again what was credited of an invoice, as it is recorded and approved now."""
    caller = current_caller()
    planned = await rebilling.again(await _seen(billing, invoice_id))
    due = BillingFallenDue(
        billing_event_id=planned.id, occasion="planned", legal_entity=planned.legal_entity
    )
    command = await engine.start(due, by=caller.subject)
    return run_of(command, await engine.progress(command.key))


@get("/invoices/{invoice_id:str}/service-credit", opt={"operation": "read_service_credit"})
async def read_service_credit(
    billing: NamedDependency[BillingLedger],
    servicing: NamedDependency[Servicing],
    invoice_id: FromPath[str],
) -> ServiceCreditCheck:
    """Return whether the period's service was as promised, and what blocks its credit."""
    return await servicing.check(await _seen(billing, invoice_id))


@get("/billing-events/{billing_event_id:str}/cap", opt={"operation": "read_cap"})
async def read_cap(
    billing: NamedDependency[BillingLedger],
    rebilling: NamedDependency[Rebilling],
    billing_event_id: FromPath[str],
) -> CapStanding:
    """Return how the contract of a billing event stands to its cap."""
    event = await billing.event(billing_event_id)
    if not current_caller().sees(event.legal_entity):
        raise NoSuchRecord(f"there is no billing event {billing_event_id}")
    return await rebilling.cap(event)


@get("/credit-notes", opt={"operation": "list_credit_notes"})
async def list_credit_notes(credit_ledger: NamedDependency[CreditLedger]) -> CreditNoteList:
    """Return the credit notes of the caller's legal entities, rejected drafts included."""
    entities = current_caller().entities
    return CreditNoteList(
        await credit_ledger.credit_notes(entities=entities, stages=tuple(InvoiceStage))
    )


@get("/credit-notes/{credit_note_id:str}", opt={"operation": "read_credit_note"})
async def read_credit_note(
    credit_ledger: NamedDependency[CreditLedger], credit_note_id: FromPath[str]
) -> ClientCreditNote:
    """Return one credit note with what was expected and what was posted."""
    note = await credit_ledger.credit_note(credit_note_id)
    if not current_caller().sees(note.draft.legal_entity):
        raise NoSuchRecord(f"there is no credit note {credit_note_id}")
    return note


async def _seen(billing: BillingLedger, invoice_id: str) -> ClientInvoice:
    """Return an invoice that the caller may see, or raise `NoSuchRecord`."""
    invoice = await billing.invoice(invoice_id)
    if not current_caller().sees(invoice.draft.legal_entity):
        raise NoSuchRecord(f"there is no invoice {invoice_id}")
    return invoice


handlers = [
    list_billing_events,
    check_billing_event,
    list_invoices,
    read_invoice,
    request_credit,
    request_rebill,
    read_service_credit,
    read_cap,
    list_credit_notes,
    read_credit_note,
]

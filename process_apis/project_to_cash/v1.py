"""Project-to-cash over HTTP: billing events with their blockers, and invoices."""

from datetime import date

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct

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
from process_apis.events.billing import BillingFallenDue
from process_apis.lists import Lists
from process_apis.project_to_cash import collection_face, credit_face, write_off_face
from process_apis.project_to_cash.ledger import listings
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.mailing.records import InvoiceMailList
from process_apis.project_to_cash.mailing.register import MAILS
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice
from process_apis.project_to_cash.seen import event_seen, invoice_seen
from process_apis.runs import Run, run_of
from store.clock import BusinessClock

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


@get("/mails", opt={"operation": "list_mails"})
async def list_mails(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> InvoiceMailList:
    """Return a page of the caller's companies' and units' mails, drafts and withdrawn included."""
    return InvoiceMailList(*await lists.page(MAILS, cursor))


handlers = [
    list_billing_events,
    check_billing_event,
    list_invoices,
    read_invoice,
    list_mails,
    *credit_face.handlers,
    *write_off_face.handlers,
    *collection_face.handlers,
]

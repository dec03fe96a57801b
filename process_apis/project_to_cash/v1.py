"""Project-to-cash over HTTP: billing events with their blockers, and invoices."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
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
from process_apis.events import BillingFallenDue
from process_apis.project_to_cash.cash import Cash
from process_apis.project_to_cash.collecting import Collecting
from process_apis.project_to_cash.disputes import Disputes
from process_apis.project_to_cash.identifiers import dispute_id as id_of_dispute
from process_apis.project_to_cash.ledger import BillingLedger
from process_apis.project_to_cash.receivables import (
    Dispute,
    DisputeReason,
    Receipt,
    Reminder,
    Verdict,
)
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice, InvoiceStage
from process_apis.rounds import Rounds
from process_apis.runs import Run, run_of
from store.clock import BusinessClock
from system_apis.canonical.billing import PaymentApplication
from system_apis.canonical.money import Money

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
        "open_dispute": Operation(
            scope="process:project-to-cash:dispute", tenants=TenantRule.BY_RECORD, writes=True
        ),
        "list_disputes": Operation(
            scope="process:project-to-cash:read", tenants=TenantRule.BY_FILTER
        ),
        "resolve_dispute": Operation(
            scope="process:project-to-cash:resolve_dispute",
            tenants=TenantRule.BY_RECORD,
            writes=True,
        ),
        "list_reminders": Operation(
            scope="process:project-to-cash:read", tenants=TenantRule.BY_FILTER
        ),
        "list_receipts": Operation(
            scope="process:project-to-cash:read", tenants=TenantRule.BY_FILTER
        ),
        "apply_receipt": Operation(
            scope="process:project-to-cash:apply_cash", tenants=TenantRule.BY_RECORD, writes=True
        ),
    },
)
Note = Annotated[str, Meta(min_length=1, max_length=1000)]


class BillingEventList(Struct, frozen=True):
    """Billing events in the order of their planned dates."""

    items: list[BillingEvent]


class InvoiceList(Struct, frozen=True):
    """Invoices in the order of their issue dates."""

    items: list[ClientInvoice]


class Objection(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a client objects to; without an amount it is all that is owed."""

    reason: DisputeReason
    amount: Money | None = None
    lines: Annotated[tuple[int, ...], Meta(max_length=500)] = ()
    note: Note


class ResolutionBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a dispute ends, and why."""

    verdict: Verdict
    note: Note


class DisputeList(Struct, frozen=True):
    """Disputes in the order they were opened."""

    items: list[Dispute]


class ReminderList(Struct, frozen=True):
    """Reminders by invoice and level."""

    items: list[Reminder]


class ReceiptList(Struct, frozen=True):
    """Receipts, oldest first."""

    items: list[Receipt]


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
    invoice = await billing.invoice(invoice_id)
    if not current_caller().sees(invoice.draft.legal_entity):
        raise NoSuchRecord(f"there is no invoice {invoice_id}")
    return invoice


@post("/invoices/{invoice_id:str}/disputes", status_code=201, opt={"operation": "open_dispute"})
async def open_dispute(
    billing: NamedDependency[BillingLedger],
    disputes: NamedDependency[Disputes],
    business_clock: NamedDependency[BusinessClock],
    invoice_id: FromPath[str],
    data: JSONBody[Objection],
) -> Dispute:
    """Write down what a client objects to; its contract is not billed further meanwhile.

    The same objection to the same invoice is one dispute, however often it is told.
    """
    caller = current_caller()
    invoice = await billing.invoice(invoice_id)
    if not caller.sees(invoice.draft.legal_entity):
        raise NoSuchRecord(f"there is no invoice {invoice_id}")
    event = await billing.event(invoice.billing_event_id)
    dispute = Dispute(
        id=id_of_dispute(invoice.id, msgspec.json.encode(data).decode()),
        invoice_id=invoice.id,
        invoice_number=invoice.number or "",
        contract_number=event.contract_number,
        project_number=invoice.draft.project_number,
        legal_entity=invoice.draft.legal_entity,
        reason=data.reason,
        amount=data.amount or invoice.owed,
        lines=data.lines,
        note=data.note,
        opened_by=caller.subject,
        opened_at=business_clock.now(),
    )
    return await disputes.open(dispute, invoice, by=caller)


@get("/disputes", opt={"operation": "list_disputes"})
async def list_disputes(disputes: NamedDependency[Disputes]) -> DisputeList:
    """Return the disputes of the caller's legal entities."""
    return DisputeList(await disputes.listed(entities=current_caller().entities))


@post(
    "/disputes/{dispute_id:str}/resolution", status_code=200, opt={"operation": "resolve_dispute"}
)
async def resolve_dispute(
    disputes: NamedDependency[Disputes],
    rounds: NamedDependency[Rounds],
    business_clock: NamedDependency[BusinessClock],
    dispute_id: FromPath[str],
    data: JSONBody[ResolutionBody],
) -> Dispute:
    """End a dispute: what is accepted is credited, and the contract is billed further."""
    caller = current_caller()
    if not caller.sees((await disputes.get(dispute_id)).legal_entity):
        raise NoSuchRecord(f"there is no dispute {dispute_id}")
    ended = await disputes.resolve(
        dispute_id, data.verdict, note=data.note, by=caller, at=business_clock.now()
    )
    rounds.nudge()
    return ended


@get("/reminders", opt={"operation": "list_reminders"})
async def list_reminders(collecting: NamedDependency[Collecting]) -> ReminderList:
    """Return the reminders of the caller's legal entities, those not sent included."""
    entities = current_caller().entities
    return ReminderList(await collecting.reminders.listed(entities=entities))


@get("/receipts", opt={"operation": "list_receipts"})
async def list_receipts(
    cash: NamedDependency[Cash], unplaced: FromQuery[bool] = False
) -> ReceiptList:
    """Return the money that came in, and what each receipt was applied to."""
    entities = current_caller().entities
    return ReceiptList(await cash.receipts.listed(entities=entities, unplaced=unplaced))


@post(
    "/receipts/{receipt_id:str}/applications", status_code=200, opt={"operation": "apply_receipt"}
)
async def apply_receipt(
    cash: NamedDependency[Cash], receipt_id: FromPath[str], data: JSONBody[PaymentApplication]
) -> Receipt:
    """Apply a part of a receipt to an invoice; repeated, it is applied once."""
    receipt = await cash.receipts.get(receipt_id)
    if not current_caller().sees(receipt.legal_entity):
        raise NoSuchRecord(f"there is no receipt {receipt_id}")
    return await cash.place(receipt, data)


handlers = [
    list_billing_events,
    check_billing_event,
    list_invoices,
    read_invoice,
    open_dispute,
    list_disputes,
    resolve_dispute,
    list_reminders,
    list_receipts,
    apply_receipt,
]

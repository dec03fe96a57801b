"""How finance sees billing: figures with their currency, reasons with their remedies."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from process_apis.project_to_cash.credit_records import ClientCreditNote, HeldWork
from process_apis.project_to_cash.records import (
    GIVEN_UP,
    BillingEvent,
    Blocker,
    ClientInvoice,
    EventStatus,
    InvoiceStage,
)
from system_apis.canonical.billing import InvoiceLine, LineKind
from system_apis.canonical.money import Money

HOURS = {LineKind.TIME, LineKind.OVERAGE}


class ReadinessView(Struct, frozen=True, kw_only=True):
    """One billing event: whether it can become an invoice, and what keeps it from that.

    `amount_at_risk` is the whole expected amount for as long as anything blocks the event.
    """

    billing_event_id: str
    project_number: str
    client_number: str
    legal_entity: str
    period_start: date
    period_end: date
    planned_date: date
    milestone: str | None
    status: EventStatus
    ready_at_first_check: bool | None
    first_checked_at: datetime | None
    first_blockers: tuple[Blocker, ...]
    blockers: tuple[Blocker, ...]
    amount_expected: Money | None
    amount_at_risk: Money | None


class ReadinessPage(Struct, frozen=True):
    """Billing events by planned date, and what is at risk in each currency."""

    items: list[ReadinessView]
    at_risk: list[Money]


class InvoiceLineView(Struct, frozen=True, kw_only=True):
    """One line of an invoice; quantity and rate only where it bills hours."""

    kind: LineKind
    description: str
    net: Money
    employee: str | None = None
    milestone: str | None = None
    quantity: Decimal | None = None
    rate: Decimal | None = None


class DocumentKind(StrEnum):
    """What kind of document a client gets."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceView(Struct, frozen=True, kw_only=True):
    """An invoice with the total that was expected beside the one that was posted.

    `credited` is what posted credit notes took back of it, each with its tax.
    """

    id: str
    kind: DocumentKind
    number: str | None
    stage: InvoiceStage
    project_number: str
    client_number: str
    legal_entity: str
    issue_date: date
    due_date: date
    purchase_order: str | None
    lines: list[InvoiceLineView]
    net: Money
    tax: Money
    tax_category: str
    expected: Money
    posted: Money | None
    difference: Money | None
    paid: Money | None
    paid_on: date | None
    credited: Money
    credit_notes: list["CreditNoteView"]


class CreditNoteView(Struct, frozen=True, kw_only=True):
    """A credit note: what it takes back of which invoice, expected beside posted."""

    id: str
    kind: DocumentKind
    number: str | None
    stage: InvoiceStage
    invoice_id: str
    invoice_number: str
    project_number: str
    client_number: str
    legal_entity: str
    issue_date: date
    reason: str
    lines: list[InvoiceLineView]
    net: Money
    tax: Money
    tax_category: str
    expected: Money
    posted: Money | None
    difference: Money | None


class HeldView(Struct, frozen=True, kw_only=True):
    """Work that was done and is not billed: how much, and why."""

    project_number: str
    legal_entity: str
    billing_event_id: str
    period_end: date
    amount: Money
    reason: str
    accepted: bool


def readiness(events: Sequence[BillingEvent]) -> ReadinessPage:
    """Return billing events with their blockers and the money at risk."""
    items = [_readiness(each) for each in events]
    risks = [each.amount_at_risk for each in items if each.amount_at_risk]
    return ReadinessPage(items, _by_currency(risks))


def _readiness(event: BillingEvent) -> ReadinessView:
    blocked = event.status in {EventStatus.BLOCKED, EventStatus.RETURNED}
    checked = event.first_blockers is not None
    return ReadinessView(
        billing_event_id=event.id,
        project_number=event.project_number,
        client_number=event.client_number,
        legal_entity=event.legal_entity,
        period_start=event.period_start,
        period_end=event.period_end,
        planned_date=event.planned_date,
        milestone=event.milestone,
        status=event.status,
        ready_at_first_check=not event.first_blockers if checked else None,
        first_checked_at=event.first_checked_at,
        first_blockers=event.first_blockers or (),
        blockers=event.blockers,
        amount_expected=event.amount_expected,
        amount_at_risk=event.amount_expected if blocked else None,
    )


def invoice(found: ClientInvoice, notes: Sequence[ClientCreditNote] = ()) -> InvoiceView:
    """Return an invoice with its credit notes, expected against posted."""
    draft = found.draft
    posted = [each.posted for each in notes if each.posted]
    return InvoiceView(
        id=found.id,
        kind=DocumentKind.INVOICE,
        number=found.number,
        stage=found.stage,
        project_number=draft.project_number,
        client_number=draft.client_number,
        legal_entity=draft.legal_entity,
        issue_date=draft.issue_date,
        due_date=draft.due_date,
        purchase_order=draft.purchase_order,
        lines=[_line(each) for each in draft.lines],
        net=draft.net,
        tax=draft.tax,
        tax_category=draft.tax_category,
        expected=draft.gross,
        posted=found.posted,
        difference=found.posted - draft.gross if found.posted else None,
        paid=found.paid,
        paid_on=found.paid_on,
        credited=Money.total(posted, draft.currency),
        credit_notes=[credit_note(each) for each in notes],
    )


def credit_note(found: ClientCreditNote) -> CreditNoteView:
    """Return a credit note, expected against posted."""
    draft = found.draft
    return CreditNoteView(
        id=found.id,
        kind=DocumentKind.CREDIT_NOTE,
        number=found.number,
        stage=found.stage,
        invoice_id=found.invoice_id,
        invoice_number=draft.invoice_number,
        project_number=draft.project_number,
        client_number=draft.client_number,
        legal_entity=draft.legal_entity,
        issue_date=draft.issue_date,
        reason=draft.reason,
        lines=[_line(each) for each in draft.lines],
        net=draft.net,
        tax=draft.tax,
        tax_category=draft.tax_category,
        expected=draft.gross,
        posted=found.posted,
        difference=found.posted - draft.gross if found.posted else None,
    )


def _line(line: InvoiceLine) -> InvoiceLineView:
    hours = line.kind in HOURS
    return InvoiceLineView(
        kind=line.kind,
        description=line.description,
        net=line.net,
        employee=line.employee,
        milestone=line.milestone,
        quantity=line.quantity if hours else None,
        rate=line.unit_price.value if hours else None,
    )


def held(events: Iterable[BillingEvent], standing: Iterable[HeldWork]) -> list[HeldView]:
    """Return the work over a cap that is unbilled: on its way, or as posted invoices left it."""
    left = {each.billing_event_id for each in standing}
    over = [each for each in events if each.over_cap]
    return [
        HeldView(
            project_number=event.project_number,
            legal_entity=event.legal_entity,
            billing_event_id=event.id,
            period_end=event.period_end,
            amount=event.over_cap,
            reason="NTE_EXCEEDED",
            accepted=event.accepted_over_cap == event.over_cap,
        )
        for event in over
        if event.over_cap
        and event.status not in GIVEN_UP
        and (event.status is not EventStatus.INVOICED or event.id in left)
    ]


def _by_currency(amounts: Iterable[Money]) -> list[Money]:
    totals: dict[str, Money] = {}
    for amount in amounts:
        totals[amount.currency] = totals.get(amount.currency, Money.zero(amount.currency)) + amount
    return [totals[currency] for currency in sorted(totals)]

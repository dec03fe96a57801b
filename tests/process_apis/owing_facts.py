"""Invoices that clients owe on, and money that came in; each test changes what it is about."""

from datetime import UTC, date, datetime
from decimal import Decimal

from process_apis.project_to_cash.receivables import (
    Dispute,
    DisputeReason,
    Reminder,
    ReminderStatus,
)
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from system_apis.canonical.billing import InvoiceDraft, InvoiceLine, LineKind, Payment
from system_apis.canonical.money import Money, Price
from tests.process_apis.billing_facts import SOURCE, id_of

DUE = date(2026, 11, 30)


def posted(
    number: str,
    amount: str,
    *,
    paid: str = "0",
    client: str = "CL-1",
    currency: str = "USD",
    due: date = DUE,
    kind: LineKind = LineKind.MILESTONE,
    stage: InvoiceStage = InvoiceStage.POSTED,
) -> ClientInvoice:
    """Return a posted invoice of one line without tax."""
    gross = Money.of(amount, currency)
    line = InvoiceLine(
        kind=kind,
        description="Work",
        quantity=Decimal(1),
        unit_price=Price(gross.amount, currency),
        net=gross,
    )
    draft = InvoiceDraft(
        legal_entity="US",
        client_number=client,
        project_number="P-1",
        currency=currency,
        issue_date=date(2026, 10, 31),
        due_date=due,
        purchase_order=None,
        tax_category="E",
        tax_rate=Decimal(0),
        lines=(line,),
        net=gross,
        tax=Money.zero(currency),
        gross=gross,
    )
    return ClientInvoice(
        id=id_of("inv", int("".join(filter(str.isdigit, number)))),
        billing_event_id=id_of("be"),
        version=1,
        stage=stage,
        draft=draft,
        reference="INV:1",
        project_manager="U-1",
        instance="books",
        number=number,
        posted=gross,
        paid=Money.of(paid, currency),
    )


def received(
    amount: str, text: str | None = None, *, client: str = "CL-1", currency: str = "USD"
) -> Payment:
    """Return money of a client that is not applied to anything."""
    return Payment(
        id=id_of("pay"),
        legal_entity="US",
        invoice_number=None,
        client_number=client,
        date=date(2026, 11, 20),
        amount=Money.of(amount, currency),
        reference=text,
        applications=(),
        unapplied=Money.of(amount, currency),
        source=SOURCE,
    )


def objection(invoice: ClientInvoice, amount: str) -> Dispute:
    """Return an open dispute about a part of an invoice."""
    return Dispute(
        id=id_of("dsp"),
        invoice_id=invoice.id,
        invoice_number=invoice.number or "",
        contract_number="CT-1",
        project_number="P-1",
        legal_entity="US",
        reason=DisputeReason.QUALITY,
        amount=Money.of(amount, invoice.draft.currency),
        lines=(),
        note="not as ordered",
        opened_by="U-1",
        opened_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


def reminder(level: int, on: date, status: ReminderStatus = ReminderStatus.SENT) -> Reminder:
    """Return a reminder of a level that was sent on a day."""
    return Reminder(
        id=id_of("rem", level),
        invoice_id=id_of("inv"),
        invoice_number="INV-1",
        legal_entity="US",
        level=level,
        terms_version=1,
        amount=Money.of("1", "USD"),
        text="Reminder",
        status=status,
        drafted_on=on,
        sent_on=on if status is ReminderStatus.SENT else None,
    )

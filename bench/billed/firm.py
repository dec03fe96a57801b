"""The bills of a firm: events, invoices and what each line bills, and the books' documents."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct
from sqlalchemy import Connection, insert, text

from process_apis.project_to_cash.ledger.rows import event_row, invoice_row
from process_apis.project_to_cash.ledger.tables import billing_events, client_invoices
from process_apis.project_to_cash.records import (
    BillingEvent,
    ClientInvoice,
    EventStatus,
    InvoiceStage,
)
from system_apis.canonical.billing import (
    Invoice,
    InvoiceDraft,
    InvoiceLine,
    InvoiceStatus,
    LineKind,
    Payment,
    PaymentApplication,
)
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.money import Money, Price
from system_apis.canonical.record import Page, Source
from system_apis.errors import NotFound

T = TypeVar("T")
ENTITY, CURRENCY, ERP = "US", "USD", "books"
PROJECTS, A_MONTH, PAGE = 200, 17_600, 200
LAST = date(2026, 10, 1)
_NET, _TAX = Money.of("13200", CURRENCY), Money.of("1056", CURRENCY)
# A time entry each, all of a month's shared out among the projects.
_ALLOCATE = """
INSERT INTO billing_allocations (source_type, source_id, source_number, billing_event_id,
    invoice_id, line, sign, quantity, approved, unit_rate, amount, currency)
WITH RECURSIVE entry(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM entry WHERE n < :each)
SELECT 'time_entry', id || '.' || n, '', billing_event_id, id, 0, 1, '3.75', '3.75', '40', '150',
    'USD'
FROM (SELECT i.id, e.id AS billing_event_id FROM client_invoices i
    JOIN billing_events e ON e.contract_number = i.contract_number
    AND e.planned_date = i.issue_date), entry
"""


class Bill(Struct, frozen=True):
    """What one project is billed in one month, and what the books have of it."""

    event: BillingEvent
    invoice: ClientInvoice
    booked: Invoice
    payment: Payment | None


def months(entries: int) -> list[date]:
    """Return the first days of as many months as have so many time entries."""
    found = [LAST]
    while len(found) < max(1, entries // A_MONTH):
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def bills(entries: int) -> Iterator[Bill]:
    """Yield a firm's bills, oldest first; those of the last two months are not paid yet."""
    known = months(entries)
    for place, month in enumerate(known):
        for project in range(PROJECTS):
            number = place * PROJECTS + project
            yield _bill(number, project, month, paid=place < len(known) - 2)


def lay_down(connection: Connection, known: list[Bill]) -> None:
    """Write bills as the billing ledger has them, with an allocation for every time entry."""
    connection.execute(insert(billing_events), [event_row(each.event) for each in known])
    rows = [
        invoice_row(each.invoice) | {"contract_number": each.event.contract_number}
        for each in known
    ]
    connection.execute(insert(client_invoices), rows)
    connection.execute(text(_ALLOCATE), {"each": A_MONTH // PROJECTS})


def _bill(number: int, project: int, month: date, *, paid: bool) -> Bill:
    end = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    event = BillingEvent(
        id=_id("be", number),
        contract_id=_id("ct", project),
        contract_number=f"C-{project:03}",
        project_number=f"P-{project:03}",
        legal_entity=ENTITY,
        client_number=f"CL-{project // 4:02}",
        currency=CURRENCY,
        period_start=month,
        period_end=end,
        planned_date=end,
        status=EventStatus.INVOICED,
        first_blockers=(),
        first_checked_at=datetime.combine(end, time(8), UTC),
        amount_expected=_NET,
    )
    return Bill(
        event, _invoice(number, event, paid), _booked(number, event), _paid(number, event, paid)
    )


def _invoice(number: int, event: BillingEvent, paid: bool) -> ClientInvoice:
    line = InvoiceLine(
        kind=LineKind.TIME,
        description=f"Consultant, {event.period_start:%B %Y}",
        quantity=Decimal(330),
        unit_price=Price("40", CURRENCY),
        net=_NET,
    )
    draft = InvoiceDraft(
        legal_entity=ENTITY,
        client_number=event.client_number,
        project_number=event.project_number,
        currency=CURRENCY,
        issue_date=event.planned_date,
        due_date=event.planned_date + timedelta(days=30),
        purchase_order=None,
        tax_category="S",
        tax_rate=Decimal(8),
        lines=(line,),
        net=_NET,
        tax=_TAX,
        gross=_NET + _TAX,
    )
    return ClientInvoice(
        id=_id("inv", number),
        billing_event_id=event.id,
        version=1,
        stage=InvoiceStage.PAID if paid else InvoiceStage.POSTED,
        draft=draft,
        reference=f"INV:{number}",
        project_manager="U-PM1",
        instance=ERP,
        ledger_id=_id("inv", 10_000_000 + number),
        number=f"INV-{number:06}",
        posted=draft.gross,
        paid=draft.gross if paid else None,
        posted_at=datetime.combine(event.planned_date, time(12), UTC),
    )


def _booked(number: int, event: BillingEvent) -> Invoice:
    return Invoice(
        id=_id("inv", 10_000_000 + number),
        number=f"INV-{number:06}",
        reference=f"INV:{number}",
        legal_entity=ENTITY,
        client_number=event.client_number,
        project_number=event.project_number,
        currency=CURRENCY,
        status=InvoiceStatus.POSTED,
        issue_date=event.planned_date,
        due_date=event.planned_date + timedelta(days=30),
        net=_NET,
        tax=_TAX,
        gross=_NET + _TAX,
        paid=Money.zero(CURRENCY),
        source=Source("erp", ERP, "invoice", str(number)),
    )


def _paid(number: int, event: BillingEvent, paid: bool) -> Payment | None:
    gross = _NET + _TAX
    if not paid:
        return None
    return Payment(
        id=_id("pay", number),
        legal_entity=ENTITY,
        invoice_number=f"INV-{number:06}",
        date=event.planned_date + timedelta(days=30),
        amount=gross,
        reference=f"bank {number}",
        applications=(PaymentApplication(f"INV-{number:06}", gross),),
        unapplied=Money.zero(CURRENCY),
        source=Source("erp", ERP, "payment", str(number)),
    )


def _id(kind: str, number: int) -> str:
    return f"{kind}_{number:026}"


class Books:
    """An ERP that answers at once, with the documents of a firm's bills."""

    instance = ERP

    def __init__(self, known: list[Bill]) -> None:
        self._invoices = [each.booked for each in known]
        self._payments = [each.payment for each in known if each.payment]

    async def invoice(self, invoice_id: str) -> Invoice:
        """Return nothing: no document changes."""
        raise NotFound(ERP, invoice_id)

    async def credit_note(self, credit_note_id: str) -> CreditNote:
        """Return nothing."""
        raise NotFound(ERP, credit_note_id)

    async def payment(self, payment_id: str) -> Payment:
        """Return nothing."""
        raise NotFound(ERP, payment_id)

    async def invoices(self, *, legal_entity: str, cursor: str | None = None) -> Page[Invoice]:
        """Return a page of invoices."""
        return _page(self._invoices, cursor)

    async def credit_notes(self, *, cursor: str | None = None) -> Page[CreditNote]:
        """Return nothing: nothing was credited."""
        return Page([])

    async def payments(self, *, cursor: str | None = None) -> Page[Payment]:
        """Return a page of payments."""
        return _page(self._payments, cursor)


def _page(known: list[T], cursor: str | None) -> Page[T]:
    first = int(cursor or 0)
    more = str(first + PAGE) if first + PAGE < len(known) else None
    return Page(known[first : first + PAGE], more)

"""A month's service was not as promised: its credit note is posted and taken off the invoice."""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from experience_apis.finance.v1 import CreditNotePage
from experience_apis.finance.views import CreditNoteView, InvoiceView
from process_apis.project_to_cash.credit_records import ServiceCreditCheck
from process_apis.project_to_cash.records import InvoiceStage
from system_apis.canonical.billing import LineKind
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.record import Page
from tests.stories.engagement import Scene, scene
from tests.stories.people import until
from tests.stories.programs import NORTHWIND

FIRST = "2026-10-01T08:00:00Z"
BEFORE_REPORT = "2026-10-30T08:00:00Z"
AFTER_REPORT = "2026-10-30T09:00:01Z"
NOTES = "/experience/finance/v1/credit-notes"


class ExpectedLine(Struct):
    """A line of a credit note as the firm expects it."""

    kind: str
    net: str


class ExpectedNote(Struct):
    """A credit note as the firm expects it."""

    issue_date: str
    legal_entity: str
    lines: list[ExpectedLine]
    net: str
    tax: str
    gross: str
    tax_category: str


class Expected(Struct):
    """The credit notes of the firm's month."""

    credit_notes: list[ExpectedNote]


EXPECTED = msgspec.json.decode((NORTHWIND / "expected.json").read_bytes(), type=Expected)


async def test_a_missed_service_level_is_credited_on_the_invoice_of_its_month(
    tmp_path: Path,
) -> None:
    """From the report to a posted credit note, and a payment of the rest that settles all."""
    async with scene(tmp_path, project="P-3001") as stage:
        invoice = await _posted(stage)
        await stage.engagement.at(BEFORE_REPORT)
        waiting = await _check(stage, invoice)
        await stage.engagement.at(AFTER_REPORT)
        await stage.engagement.approve("U-PM3", "credit of")
        note = await _credited(stage)
        known = await _check(stage, invoice)
        booked = await _booked(stage, note)
        rest = await _pay_rest(stage, invoice, note)
        settled = await stage.engagement.invoice(InvoiceStage.PAID)

    [wanted] = EXPECTED.credit_notes
    assert [(b.code, b.owner) for b in waiting.blockers] == [("B18", "project_manager")]
    assert (waiting.met, known.met, known.blockers) == (None, False, ())
    assert note.issue_date == date.fromisoformat(wanted.issue_date)
    assert [(each.kind, each.net.amount) for each in note.lines] == [
        (LineKind(each.kind), each.net) for each in wanted.lines
    ]
    assert (note.net.amount, note.tax.amount, note.tax_category) == (
        wanted.net,
        wanted.tax,
        wanted.tax_category,
    )
    assert note.posted is not None
    assert note.posted.amount == wanted.gross
    assert note.invoice_number == invoice.number
    assert [(each.gross, each.applied) for each in booked] == [(note.posted, note.posted)]
    assert rest == 201
    assert settled.credited == note.posted
    assert settled.paid == invoice.expected - note.posted


async def _posted(stage: Scene) -> InvoiceView:
    await stage.engagement.set_up()
    await stage.engagement.at(FIRST)
    await stage.engagement.approve("U-PM3", "invoice of")
    return await stage.engagement.invoice(InvoiceStage.POSTED)


async def _check(stage: Scene, invoice: InvoiceView) -> ServiceCreditCheck:
    path = f"/process/project-to-cash/v1/invoices/{invoice.id}/service-credit"
    return await stage.people.read("finance", path, ServiceCreditCheck)


async def _credited(stage: Scene) -> CreditNoteView:
    async def there() -> CreditNoteView | None:
        page = await stage.people.read("finance", NOTES, CreditNotePage)
        return next((each for each in page.items if each.posted), None)

    return await until(there, "the posted service credit")


async def _booked(stage: Scene, note: CreditNoteView) -> list[CreditNote]:
    """Return the credit note as the firm's ERPs have it, one after the other."""
    path, found, cursor = f"/system/erp/v1/credit-notes?number={note.number}", [], ""
    while True:
        page = await stage.people.read("finance", path + cursor, Page[CreditNote])
        found += page.items
        if page.next_cursor is None:
            return found
        cursor = f"&cursor={page.next_cursor}"


async def _pay_rest(stage: Scene, invoice: InvoiceView, note: CreditNoteView) -> int:
    payment = {
        "legal_entity": invoice.legal_entity,
        "invoice_number": invoice.number,
        "date": datetime(2026, 10, 30, tzinfo=UTC).date().isoformat(),
        "amount": invoice.expected - note.expected,
        "reference": "BANK-REST",
    }
    answer = await stage.people.call(
        "finance", "POST", "/system/erp/v1/payments", payment, Idempotency_Key="rest"
    )
    return answer.status

"""What was billed of a contract, by the store's own sums, is what its documents come to."""

import asyncio
import tempfile
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from governance.access import acting_as
from governance.audit import Audit
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import AdoptedDocument, ClientInvoice, InvoiceStage
from store.clock import wall_clock
from system_apis.canonical.billing import InvoiceLine, LineKind
from system_apis.canonical.contracts import CapScope
from system_apis.canonical.credits import CreditNoteDraft
from system_apis.canonical.money import Money, Price, minor_unit
from tests.process_apis.billing_facts import billing_event, id_of
from tests.process_apis.ledger_house import CALLER
from tests.process_apis.owing_facts import posted
from tests.stores import empty_store

DAYS = [date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)]
ORDERS = [None, "PO-1", "PO-2"]
OFF = {LineKind.DOWN_PAYMENT_APPLIED, LineKind.NTE_ADJUSTMENT, LineKind.SERVICE_CREDIT}
PREPAID = {LineKind.DOWN_PAYMENT, LineKind.DOWN_PAYMENT_APPLIED}
quietly = settings(max_examples=30, deadline=None, database=None)


class Document(Struct, frozen=True):
    """An invoice or a credit note: its lines in the smallest units, and how it was written."""

    lines: list[tuple[LineKind, int]]
    order: str | None
    on: date
    credits: bool
    adopted: bool
    gone: bool
    moved: bool


class Story(Struct, frozen=True):
    """What was written under a contract, and what is asked of it."""

    written: list[Document]
    currency: str
    scope: CapScope
    covered: date | None


documents = st.builds(
    Document,
    lines=st.lists(
        st.tuples(st.sampled_from(list(LineKind)), st.integers(1, 99_999)),
        min_size=1,
        max_size=3,
    ),
    order=st.sampled_from(ORDERS),
    on=st.sampled_from(DAYS),
    credits=st.booleans(),
    adopted=st.booleans(),
    gone=st.booleans(),
    moved=st.booleans(),
)
stories = st.builds(
    Story,
    written=st.lists(documents, max_size=6),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
    scope=st.sampled_from(list(CapScope)),
    covered=st.sampled_from([None, *DAYS]),
)


class Ledgers:
    """The ledgers of a firm, as they are opened."""

    def __init__(self, folder: Path) -> None:
        self.store = empty_store(folder / "strata.sqlite")
        audit = Audit(self.store, wall_clock, folder / "heads.jsonl")
        self.billing, self.credits = (
            BillingLedger(self.store, audit),
            CreditLedger(self.store, audit),
        )

    async def write(self, document: Document, invoice: ClientInvoice) -> None:
        """Write a document, and what becomes of it."""
        if document.credits:
            await self._credit(document, invoice)
        elif document.adopted:
            await self._adopt(invoice)
        else:
            await self._bill(document, invoice)

    async def _bill(self, document: Document, invoice: ClientInvoice) -> None:
        drafted = await self.billing.draft(invoice, "CT-1", [])
        if document.gone:
            await self.billing.release(drafted)
        elif document.moved:
            await self.billing.moved(replace(drafted, stage=InvoiceStage.PAID), seen=drafted)

    async def _adopt(self, invoice: ClientInvoice) -> None:
        event = replace(billing_event(), id=invoice.billing_event_id)
        taken = AdoptedDocument(event=event, invoice=replace(invoice, adopted=True), sources=())
        await self.store.write(lambda connection: self.billing.adopt(connection, taken, CALLER))

    async def _credit(self, document: Document, invoice: ClientInvoice) -> None:
        note = await self.credits.draft(_note(invoice), invoice, [])
        if document.gone:
            await self.credits.release(note)
        elif document.moved:
            await self.credits.moved(replace(note, stage=InvoiceStage.POSTED), seen=note)


@quietly
@given(story=stories)
def test_the_sums_are_those_of_the_documents_to_the_cent(story: Story) -> None:
    """Adopted, credited, sent back or moved, in any currency, and after a restart."""
    asyncio.run(_told(story))


async def _told(story: Story) -> None:
    scope, event = story.scope, replace(billing_event(story.currency), id=id_of("be", 1))
    with tempfile.TemporaryDirectory() as folder, acting_as(CALLER):
        ledgers = Ledgers(Path(folder))
        for number, document in enumerate(story.written, start=1):
            await ledgers.write(document, _invoice(story, document, number))
        ledgers.store.close()
        ledgers = Ledgers(Path(folder))
        billing = ledgers.billing
        invoices = await billing.invoices(contract_number="CT-1")
        notes = await billing.so_far.credits("CT-1")
        before = await billing.so_far.before(event, scope, covered=story.covered)
        counted = await billing.so_far.counted("CT-1", scope, story.currency, covered=story.covered)
        ledgers.store.close()

    others = [each for each in invoices if each.billing_event_id != event.id]
    assert before.counted == _counted(story, others, notes)
    assert counted == _counted(story, invoices, notes)
    for order in filter(None, ORDERS):
        nets = [each.draft.net for each in others if each.draft.purchase_order == order]
        taken = [-each.draft.net for each in notes if each.purchase_order == order]
        assert before.ordered([order]) == Money.total([*nets, *taken], story.currency)


def _counted(
    story: Story, invoices: Iterable[ClientInvoice], notes: Iterable[ClientCreditNote]
) -> Money:
    """Return what a cap counts, line by line."""
    fresh = [
        each for each in invoices if story.covered is None or each.draft.issue_date > story.covered
    ]
    billed = [each.net for one in fresh for each in one.draft.lines if _counts(story, each)]
    taken = [-each.net for one in notes for each in one.draft.lines if _counts(story, each)]
    return Money.total([*billed, *taken], story.currency)


def _counts(story: Story, line: InvoiceLine) -> bool:
    outside = {LineKind.EXPENSES} if story.scope is CapScope.FEES else set[LineKind]()
    return line.kind not in outside | PREPAID


def _invoice(story: Story, document: Document, number: int) -> ClientInvoice:
    lines = tuple(_line(kind, units, story.currency) for kind, units in document.lines)
    if not document.credits:  # what is taken off is below nothing, and a credit note never is
        lines = tuple(replace(each, net=-each.net) if each.kind in OFF else each for each in lines)
    net = Money.total((each.net for each in lines), story.currency)
    invoice = posted(f"I-{number}", "1", currency=story.currency)
    draft = replace(
        invoice.draft,
        lines=lines,
        net=net,
        gross=net,
        issue_date=document.on,
        purchase_order=document.order,
    )
    return replace(invoice, draft=draft, billing_event_id=id_of("be", number), posted=net)


def _line(kind: LineKind, units: int, currency: str) -> InvoiceLine:
    net = Money.of(units * minor_unit(currency), currency)
    return InvoiceLine(
        kind=kind,
        description="Work",
        quantity=Decimal(1),
        unit_price=Price(net.amount, currency),
        net=net,
    )


def _note(invoice: ClientInvoice) -> ClientCreditNote:
    draft = invoice.draft
    return ClientCreditNote(
        id=invoice.id.replace("inv", "cn"),
        invoice_id=invoice.id,
        billing_event_id=invoice.billing_event_id,
        contract_number="CT-1",
        purchase_order=draft.purchase_order,
        version=1,
        stage=InvoiceStage.PENDING_APPROVAL,
        draft=CreditNoteDraft(
            legal_entity=draft.legal_entity,
            client_number=draft.client_number,
            project_number=draft.project_number,
            invoice_number=invoice.number or "",
            reason="too many",
            currency=draft.currency,
            issue_date=draft.issue_date,
            tax_category=draft.tax_category,
            tax_rate=draft.tax_rate,
            lines=draft.lines,
            net=draft.net,
            tax=draft.tax,
            gross=draft.gross,
        ),
        reference="CRN:1",
        project_manager="U-1",
        requested_by="tests",
        instance="erp",
    )

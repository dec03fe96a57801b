"""Small books whose documents change, and the read model of them on a database of its own."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import select

from experience_apis.executive.postings import documents, posted_sums
from process_apis.read_models.documents.records import PostedSum, PostedSums, Wanted
from process_apis.read_models.documents.sources import DocumentsSource
from process_apis.read_models.tables import known_postings
from system_apis.canonical.billing import Invoice, InvoiceStatus, Payment, PaymentApplication
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.money import Money
from system_apis.canonical.record import Change, Page, Source
from system_apis.errors import NotFound, TryAgain
from tests.proof.reading.model_world import AT, ModelWorld

ERP, COMPANIES = "books-1", frozenset({"US", "DE"})
FIRST = date(2026, 9, 20)
WANTED = Wanted(entities=COMPANIES, start=date(2026, 10, 1), end=date(2026, 10, 31))
_PAGE = 3
D = TypeVar("D", Invoice, CreditNote, Payment)


class DocumentsErp:
    """Books in memory: documents with versions, a feed of their changes, pages of three."""

    def __init__(self) -> None:
        self.kept: dict[str, Invoice | CreditNote | Payment] = {}
        self.feed: list[Change] = []
        self.answers_left: int | None = None
        self.meanwhile: Callable[[str | None], Awaitable[None]] | None = None
        self.late: Callable[[str | None], Awaitable[None]] | None = None

    def put(self, document: Invoice | CreditNote | Payment) -> None:
        """Write a document as its next version, and tell of it."""
        version = sum(1 for each in self.feed if each.id == document.id) + 1
        known = document if isinstance(document, Payment) else replace(document, version=version)
        self.kept[document.id] = known
        self._tell(document.id, document.source.record_type, version)

    def delete(self, document_id: str) -> None:
        """Delete a document, and tell of it."""
        gone = self.kept.pop(document_id)
        version = sum(1 for each in self.feed if each.id == document_id) + 1
        self._tell(document_id, gone.source.record_type, version)

    async def invoice(self, invoice_id: str) -> Invoice:
        """Return one invoice."""
        return self._one(invoice_id, Invoice)

    async def credit_note(self, credit_note_id: str) -> CreditNote:
        """Return one credit note."""
        return self._one(credit_note_id, CreditNote)

    async def payment(self, payment_id: str) -> Payment:
        """Return one payment."""
        return self._one(payment_id, Payment)

    async def invoices(self, *, legal_entity: str, cursor: str | None = None) -> Page[Invoice]:
        """Return a page of a company's invoices."""
        return await self._page(Invoice, cursor, legal_entity)

    async def credit_notes(self, *, cursor: str | None = None) -> Page[CreditNote]:
        """Return a page of credit notes."""
        return await self._page(CreditNote, cursor)

    async def payments(self, *, cursor: str | None = None) -> Page[Payment]:
        """Return a page of payments."""
        return await self._page(Payment, cursor)

    def of(self, kind: type[D]) -> list[D]:
        """Return the documents of a kind."""
        return [each for each in self.kept.values() if isinstance(each, kind)]

    def _one(self, document_id: str, kind: type[D]) -> D:
        self._answer()
        found = self.kept.get(document_id)
        if not isinstance(found, kind):
            raise NotFound(ERP, document_id)
        return found

    async def _page(self, kind: type[D], cursor: str | None, company: str = "") -> Page[D]:
        """Return a page: `meanwhile` something happens before it is read, or `late` after it."""
        self._answer()
        if self.meanwhile is not None:
            await self.meanwhile(cursor)
        first = int(cursor or 0)
        found = [each for each in self.of(kind) if company in {"", each.legal_entity}]
        more = str(first + _PAGE) if first + _PAGE < len(found) else None
        if self.late is not None:
            await self.late(cursor)
        return Page(found[first : first + _PAGE], more)

    def _tell(self, document_id: str, record_type: str, version: int) -> None:
        self.feed.append(Change(len(self.feed) + 1, record_type, document_id, version, AT))

    def _answer(self) -> None:
        if self.answers_left is not None:
            if not self.answers_left:
                raise TryAgain(ERP, "away")
            self.answers_left -= 1


class Bookkept(ModelWorld):
    """The read model of books."""

    def __init__(self, path: Path, erp: DocumentsErp) -> None:
        self.erp = erp
        super().__init__(path, ERP, DocumentsSource(erp, COMPANIES))

    async def kept(self) -> list[tuple[object, ...]]:
        """Return the postings that are read now."""
        state, table = await self.models.states.of(ERP), known_postings.c
        mine = [each for each in table if each.name not in {"generation", "version"}]
        query = select(*mine).where(table.generation == state.generation, table.gone.is_(False))
        rows = self.store.read_waiting(lambda connection: connection.execute(query).all())
        return sorted(tuple(row) for row in rows)

    async def posted(self, wanted: Wanted = WANTED) -> PostedSums:
        """Return what was posted, by the model."""
        return await self.models.posted(await self.models.states.of(ERP), wanted)

    def really_posted(self, wanted: Wanted = WANTED) -> PostedSums:
        """Return what was posted, by the books' own documents."""
        erp = self.erp
        found = [
            each
            for company in sorted(COMPANIES)
            for each in documents(
                company,
                [each for each in erp.of(Invoice) if each.legal_entity == company],
                erp.of(CreditNote),
                erp.of(Payment),
            )
        ]
        return posted_sums(found, wanted)


def monthly(
    told: Iterable[PostedSum], start: date = WANTED.start
) -> dict[tuple[str, str, str, bool, bool], Decimal]:
    """Return sums by company, currency and month, and whether they are of the days asked for."""
    found: dict[tuple[str, str, str, bool, bool], Decimal] = {}
    for each in told:
        of_days = each.day >= start
        month = f"{each.day:%Y-%m}"
        key = (each.legal_entity, each.amount.currency, month, of_days, each.is_billing)
        found[key] = found.get(key, Decimal(0)) + each.amount.value
    return found


def invoice(
    number: int,
    gross: str = "100.00",
    *,
    on: int = 0,
    company: str = "US",
    status: InvoiceStatus = InvoiceStatus.POSTED,
    project: str | None = "P-1",
) -> Invoice:
    """Return an invoice of some day; a draft has no number yet."""
    day, amount = FIRST + timedelta(days=on), Money(gross, "USD")
    return Invoice(
        id=f"inv_{number}",
        number=None if status is InvoiceStatus.DRAFT else f"I-{number}",
        reference=None,
        legal_entity=company,
        client_number=f"CL-{number % 2}",
        project_number=project,
        currency="USD",
        status=status,
        issue_date=day,
        due_date=day,
        net=amount,
        tax=Money.zero("USD"),
        gross=amount,
        paid=Money.zero("USD"),
        source=Source("erp", ERP, "invoice", str(number)),
    )


def note(number: int, of: int, gross: str = "10.00", *, on: int = 0) -> CreditNote:
    """Return a posted credit note of an invoice."""
    amount = Money(gross, "USD")
    return CreditNote(
        id=f"cn_{number}",
        number=f"C-{number}",
        reference=None,
        legal_entity="US",
        client_number=f"CL-{of % 2}",
        project_number="P-1",
        invoice_number=f"I-{of}",
        currency="USD",
        status=InvoiceStatus.POSTED,
        issue_date=FIRST + timedelta(days=on),
        net=amount,
        tax=Money.zero("USD"),
        gross=amount,
        applied=amount,
        source=Source("erp", ERP, "credit_note", str(number)),
    )


def payment(number: int, *of: int, on: int = 0) -> Payment:
    """Return a payment of thirty on each of some invoices, and of five on none."""
    parts = tuple(PaymentApplication(f"I-{each}", Money("30.00", "USD")) for each in of)
    return Payment(
        id=f"pay_{number}",
        legal_entity="US",
        invoice_number=None,
        date=FIRST + timedelta(days=on),
        amount=Money.of(Decimal(30 * len(of) + 5), "USD"),
        reference=None,
        applications=parts,
        unapplied=Money("5.00", "USD"),
        source=Source("erp", ERP, "payment", str(number)),
    )


async def rebuilt(path: Path, erp: DocumentsErp) -> list[tuple[object, ...]]:
    """Return what a model holds that is built of books from nothing."""
    anew = Bookkept(path, erp)
    await anew.models.building.whole()
    found = await anew.kept()
    anew.store.close()
    return found

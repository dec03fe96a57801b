"""The books, as far as their documents are read for the models."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from sqlalchemy import Connection

from governance.access import Caller
from process_apis.read_models.documents.keeping import DocumentShelf
from process_apis.read_models.documents.records import (
    CREDIT_NOTE,
    INVOICE,
    PAYMENT,
    RECORD_TYPES,
    Document,
    Record,
    kept,
)
from process_apis.read_models.heard import Heard
from process_apis.read_models.sources import NAME, Looked
from system_apis.canonical.billing import Invoice, Payment
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.record import Page
from system_apis.errors import NotFound, Refused, Unreadable

DOCUMENTS = "posting"
_AT_ONCE = 8
Listing = Callable[[str | None], Awaitable[Page[Invoice] | Page[CreditNote] | Page[Payment]]]


class DocumentsTold(Protocol):
    """A system that has the books of some companies."""

    async def invoice(self, invoice_id: str) -> Invoice:
        """Return one invoice, or raise `NotFound`."""

    async def credit_note(self, credit_note_id: str) -> CreditNote:
        """Return one credit note, or raise `NotFound`."""

    async def payment(self, payment_id: str) -> Payment:
        """Return one payment, or raise `NotFound`."""

    async def invoices(self, *, legal_entity: str, cursor: str | None = None) -> Page[Invoice]:
        """Return a company's invoices, a page at a time."""

    async def credit_notes(self, *, cursor: str | None = None) -> Page[CreditNote]:
        """Return credit notes, a page at a time."""

    async def payments(self, *, cursor: str | None = None) -> Page[Payment]:
        """Return payments, a page at a time."""


class Documents(Struct, frozen=True):
    """Some documents as their system shows them."""

    records: tuple[Record, ...]

    @property
    def versions(self) -> Mapping[str, int]:
        """The versions that they are of, by their ids."""
        return {each.id: each.version for each in self.records}

    def apply(self, connection: Connection, instance: str, generation: int) -> None:
        """Keep what is news of what was told, in a generation."""
        DocumentShelf(instance, generation).apply(connection, self.records)

    def fill(self, connection: Connection, instance: str, generation: int) -> None:
        """Keep what was listed, unless something as new was told since."""
        DocumentShelf(instance, generation).fill(connection, self.records)


class DocumentsSource(Struct, frozen=True):
    """A system that has the books of some companies."""

    erp: DocumentsTold
    entities: frozenset[str]

    @property
    def model(self) -> str:
        """What is kept of it."""
        return DOCUMENTS

    @property
    def record_types(self) -> frozenset[str]:
        """Of which of its records."""
        return frozenset(RECORD_TYPES)

    @property
    def reader(self) -> Caller:
        """Who reads it for the models."""
        return Caller(
            subject=NAME,
            client_id=NAME,
            scopes=frozenset({"system:erp:read"}),
            entities=self.entities,
        )

    def shelf(self, instance: str, generation: int) -> DocumentShelf:
        """Return where a generation is kept."""
        return DocumentShelf(instance, generation)

    async def look(self, heard: Mapping[str, Heard]) -> Looked:
        """Read documents, some at once; one that cannot be read keeps no other back."""
        ids = sorted(heard)
        found: list[Record] = []
        unreadable: set[str] = set()
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            read = await asyncio.gather(*(self._read(each, heard[each]) for each in some))
            for one, record in zip(some, read, strict=True):
                if isinstance(record, Record):
                    found.append(record)
                elif not isinstance(record, NotFound):
                    unreadable.add(one)
        return Looked(Documents(tuple(found)), frozenset(unreadable))

    async def listed(self) -> AsyncIterator[Documents]:
        """Yield all documents there are, a page at a time; of a payment no version is known."""
        for listing in self._listings():
            cursor: str | None = None
            while True:
                page = await listing(cursor)
                found: Sequence[Document] = page.items
                yield Documents(tuple(kept(each, 0) for each in found))
                cursor = page.next_cursor
                if cursor is None:
                    break

    def _listings(self) -> list[Listing]:
        def of(entity: str) -> Listing:
            return lambda cursor: self.erp.invoices(legal_entity=entity, cursor=cursor)

        return [
            *(of(entity) for entity in sorted(self.entities)),
            lambda cursor: self.erp.credit_notes(cursor=cursor),
            lambda cursor: self.erp.payments(cursor=cursor),
        ]

    async def _read(self, document_id: str, heard: Heard) -> Record | Exception:
        reading: Mapping[str, Callable[[str], Awaitable[Document]]] = {
            INVOICE: self.erp.invoice,
            CREDIT_NOTE: self.erp.credit_note,
            PAYMENT: self.erp.payment,
        }
        try:
            return kept(await reading[heard.record_type](document_id), heard.version)
        except (Unreadable, Refused, NotFound) as error:
            return error

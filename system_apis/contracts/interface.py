"""What any contract system must answer, in our words."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from system_apis.canonical.changes import ChangeRequest, ChangeRequestDraft, ChangeStep
from system_apis.canonical.contracts import (
    ClientOrderDraft,
    Contract,
    EvidenceDraft,
    ServiceLevelReport,
)
from system_apis.canonical.documents import Document, DocumentContent, DocumentDraft
from system_apis.canonical.record import Change, Page
from system_apis.dedupe import DedupeMode


@runtime_checkable
class Contracts(Protocol):
    """A contract lifecycle system: it owns prices, rates and terms, and what proves them."""

    instance: str
    writes: Mapping[str, DedupeMode]

    async def contract(self, contract_id: str) -> Contract:
        """Return one contract, or raise `NotFound`."""

    async def contracts(
        self,
        *,
        number: str | None = None,
        opportunity_number: str | None = None,
        cursor: str | None = None,
    ) -> Page[Contract]:
        """Return contracts in the order they were created, a page at a time."""

    async def document(self, document_id: str) -> Document:
        """Return what is known of one document, or raise `NotFound`."""

    async def documents(
        self,
        *,
        contract_number: str | None = None,
        document_hash: str | None = None,
        cursor: str | None = None,
    ) -> Page[Document]:
        """Return documents in the order they were filed, a page at a time."""

    async def document_content(self, document_id: str) -> DocumentContent:
        """Return what a document says, once its bytes have been held against its hash.

        Raises `NotFound` when the content is not held, and `Refused` with code
        `CONTENT_ALTERED` when it is not what was filed.
        """

    async def file_document(self, contract_id: str, draft: DocumentDraft, *, key: str) -> Document:
        """File a document of a contract; the same bytes are one document."""

    async def file_evidence(
        self, contract_id: str, evidence: EvidenceDraft, *, key: str
    ) -> Contract:
        """File what proves a milestone's acceptance: a document that is on file already."""

    async def record_purchase_order(
        self, contract_id: str, order: ClientOrderDraft, *, key: str
    ) -> Contract:
        """Record a purchase order that the client sent for a contract."""

    async def change_request(self, change_request_id: str) -> ChangeRequest:
        """Return one change request, or raise `NotFound`."""

    async def change_requests(
        self,
        *,
        contract_number: str | None = None,
        number: str | None = None,
        milestone: str | None = None,
        cursor: str | None = None,
    ) -> Page[ChangeRequest]:
        """Return change requests in the order they were recorded, a page at a time.

        With `milestone`, those that it waits for; a page may then be empty and not the last.
        """

    async def record_change_request(
        self, contract_id: str, draft: ChangeRequestDraft, *, key: str
    ) -> ChangeRequest:
        """Record a change request in status `draft`; a contract gives a number once."""

    async def advance_change_request(
        self, change_request_id: str, step: ChangeStep, *, key: str
    ) -> ChangeRequest:
        """Write down how far a change request has come."""

    async def service_level_reports(
        self,
        *,
        contract_number: str | None = None,
        period: str | None = None,
        cursor: str | None = None,
    ) -> Page[ServiceLevelReport]:
        """Return reports on the service of a month (`2026-10`), a page at a time."""

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""

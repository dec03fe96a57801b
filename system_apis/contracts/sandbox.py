"""The sandbox firm's contract system behind our interface.

It does every write with a known number or hash only once: a document by its bytes, evidence
by its milestone, an order and an amendment by their numbers.
"""

import hashlib
from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from system_apis.canonical.changes import ChangeRequest, ChangeRequestDraft, ChangeStep
from system_apis.canonical.contracts import (
    ClientOrderDraft,
    Contract,
    EvidenceDraft,
    ServiceLevelReport,
)
from system_apis.canonical.documents import Document, DocumentContent, DocumentDraft
from system_apis.canonical.record import Change, Page
from system_apis.change_feed import identified
from system_apis.connector import Connection, References, Upstream
from system_apis.contracts import sandbox_amendments as amendments
from system_apis.contracts import sandbox_papers as papers
from system_apis.contracts import sandbox_wishes as wishes
from system_apis.contracts.interface import Contracts
from system_apis.contracts.sandbox_records import Agreement, Agreements
from system_apis.contracts.sandbox_wire import ROOT, Wire
from system_apis.dedupe import DedupeMode, NativeKey
from system_apis.errors import Refused, TryAgain, Unknown

T = TypeVar("T")
S = TypeVar("S", covariant=True)


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the contract system is, and how many records a page asks for."""

    connection: Connection
    page_size: int = 50


def connect(config: Config, upstream: Upstream, references: References) -> Contracts:
    """Return the contract system behind an upstream."""
    return SandboxContracts(config, upstream, references)


class Paper(Protocol[S]):
    """A paper of an agreement that says itself in our words."""

    @property
    def record_id(self) -> str:
        """The system's id of it."""

    @property
    def agreement_id(self) -> str:
        """The agreement that it belongs to."""

    def canonical(self, ids: papers.Ids, instance: str) -> S:
        """Say the same in our words."""


class SandboxContracts:
    """The sandbox firm's contract system as our processes see it."""

    writes: Mapping[str, DedupeMode] = {
        "file_document": NativeKey(),
        "file_evidence": NativeKey(),
        "record_purchase_order": NativeKey(),
        "record_change_request": NativeKey(),
        "advance_change_request": NativeKey(),
    }

    def __init__(self, config: Config, upstream: Upstream, references: References) -> None:
        self.instance = upstream.instance
        self._wire = Wire(upstream, config.page_size)
        self._references = references

    async def contract(self, contract_id: str) -> Contract:
        """Return one contract, or raise `NotFound`."""
        record_id = await self._references.record_of("contract", contract_id)
        path = f"{ROOT}/agreements/{record_id}"
        agreement = await self._wire.read("contract", path, {}, Agreement)
        self._check(TryAgain, record_id, agreement.agreement_id)
        return await self._contract(agreement)

    async def contracts(
        self,
        *,
        number: str | None = None,
        opportunity_number: str | None = None,
        cursor: str | None = None,
    ) -> Page[Contract]:
        """Return contracts in the order they were created, a page at a time."""
        asked = {
            "agreementNumber": number,
            "opportunityRef": opportunity_number,
            "pageToken": cursor,
        }
        page = await self._wire.page("contracts", "agreements", asked, Agreements)
        return Page(await self._contracts(page.agreements), page.next_page_token)

    async def document(self, document_id: str) -> Document:
        """Return what is known of one document, or raise `NotFound`."""
        record_id = await self._references.record_of("document", document_id)
        path = f"{ROOT}/documents/{record_id}"
        found = await self._wire.read("document", path, {}, papers.Document)
        self._check(TryAgain, record_id, found.document_id)
        [said] = await self._said("document", [found])
        return said

    async def documents(
        self,
        *,
        contract_number: str | None = None,
        document_hash: str | None = None,
        cursor: str | None = None,
    ) -> Page[Document]:
        """Return documents in the order they were filed, a page at a time."""
        asked = {"agreementNumber": contract_number, "digest": document_hash, "pageToken": cursor}
        page = await self._wire.page("documents", "documents", asked, papers.Documents)
        return Page(await self._said("document", page.documents), page.next_page_token)

    async def document_content(self, document_id: str) -> DocumentContent:
        """Return what a document says, once its bytes have been held against its hash."""
        document = await self.document(document_id)
        record_id = document.source.record_id
        path = f"{ROOT}/documents/{record_id}/content"
        held = await self._wire.read("document_content", path, {}, papers.Content)
        self._check(TryAgain, record_id, held.document_id)
        if _hash(held.content) != document.document_hash:
            reason = f"{document.document_hash} no longer says what was filed"
            raise Refused(self.instance, reason, code="CONTENT_ALTERED")
        return DocumentContent(
            document_hash=document.document_hash,
            contract_number=document.contract_number,
            legal_entity=document.legal_entity,
            media_type=held.media_type,
            length=len(held.content),
            content=held.content,
        )

    async def file_document(self, contract_id: str, draft: DocumentDraft, *, key: str) -> Document:
        """File a document of a contract; the same bytes are one document."""
        wish = wishes.NewDocument.of(draft)
        record_id = await self._references.record_of("contract", contract_id)
        path = f"agreements/{record_id}/documents"
        made = await self._wire.write("file_document", "POST", path, wish, papers.Document)
        self._check(Unknown, (record_id, _hash(draft.content)), (made.agreement_id, made.digest))
        return await self._seen(
            self.documents(contract_number=made.agreement_number, document_hash=made.digest),
            made.digest,
        )

    async def file_evidence(
        self, contract_id: str, evidence: EvidenceDraft, *, key: str
    ) -> Contract:
        """File what proves a milestone's acceptance: a document that is on file already."""
        wish = wishes.NewAcceptance.of(evidence)
        return await self._arrived("file_evidence", contract_id, "acceptances", wish)

    async def record_purchase_order(
        self, contract_id: str, order: ClientOrderDraft, *, key: str
    ) -> Contract:
        """Record a purchase order that the client sent for a contract."""
        wish = wishes.NewOrder.of(order)
        return await self._arrived("record_purchase_order", contract_id, "orders", wish)

    async def change_request(self, change_request_id: str) -> ChangeRequest:
        """Return one change request, or raise `NotFound`."""
        record_id = await self._references.record_of("change_request", change_request_id)
        path = f"{ROOT}/amendments/{record_id}"
        found = await self._wire.read("change_request", path, {}, amendments.Amendment)
        self._check(TryAgain, record_id, found.amendment_id)
        [said] = await self._said("change_request", [found])
        return said

    async def change_requests(
        self,
        *,
        contract_number: str | None = None,
        number: str | None = None,
        milestone: str | None = None,
        cursor: str | None = None,
    ) -> Page[ChangeRequest]:
        """Return change requests in the order they were recorded, a page at a time."""
        asked = {
            "agreementNumber": contract_number,
            "amendmentNumber": number,
            "pageToken": cursor,
        }
        page = await self._wire.page("change_requests", "amendments", asked, amendments.Amendments)
        said = await self._said("change_request", page.amendments)
        waiting = [each for each in said if milestone is None or each.concerns(milestone)]
        return Page(waiting, page.next_page_token)

    async def record_change_request(
        self, contract_id: str, draft: ChangeRequestDraft, *, key: str
    ) -> ChangeRequest:
        """Record a change request in status `draft`; a contract gives a number once."""
        wish = wishes.NewAmendment.of(draft)
        record_id = await self._references.record_of("contract", contract_id)
        path = f"agreements/{record_id}/amendments"
        made = await self._wire.write(
            "record_change_request", "POST", path, wish, amendments.Amendment
        )
        self._check(Unknown, (record_id, draft.number), (made.agreement_id, made.amendment_number))
        return await self._seen(
            self.change_requests(contract_number=made.agreement_number, number=draft.number),
            draft.number,
        )

    async def advance_change_request(
        self, change_request_id: str, step: ChangeStep, *, key: str
    ) -> ChangeRequest:
        """Write down how far a change request has come."""
        record_id = await self._references.record_of("change_request", change_request_id)
        path, wish = f"amendments/{record_id}/state", wishes.NewState.of(step)
        moved = await self._wire.write(
            "advance_change_request", "PUT", path, wish, amendments.Amendment
        )
        self._check(Unknown, record_id, moved.amendment_id)
        [said] = await self._said("change_request", [moved])
        return said

    async def service_level_reports(
        self,
        *,
        contract_number: str | None = None,
        period: str | None = None,
        cursor: str | None = None,
    ) -> Page[ServiceLevelReport]:
        """Return reports on the service of a month (`2026-10`), a page at a time."""
        asked = {"agreementNumber": contract_number, "month": period, "pageToken": cursor}
        page = await self._wire.page(
            "service_level_reports", "serviceReports", asked, papers.ServiceReports
        )
        return Page(await self._said("service_level_report", page.reports), page.next_page_token)

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
        asked = {"after": str(after)}
        log = await self._wire.read("changes", "/changes", asked, papers.ActivityLog)
        return Page(await identified([each.line() for each in log.activities], self._references))

    async def _arrived(self, operation: str, contract_id: str, part: str, wish: Struct) -> Contract:
        """Write what arrived for a contract, and return the contract that has it now."""
        record_id = await self._references.record_of("contract", contract_id)
        path = f"agreements/{record_id}/{part}"
        agreement = await self._wire.write(operation, "POST", path, wish, Agreement)
        self._check(Unknown, record_id, agreement.agreement_id)
        return await self._contract(agreement)

    async def _seen(self, reading: Awaitable[Page[T]], key: str) -> T:
        """Return what was made as it is read again, whatever the answer called it."""
        try:
            found = (await reading).items
        except TryAgain as lost:
            raise Unknown(self.instance, lost.reason) from lost
        if not found:
            raise Unknown(self.instance, f"{key} was written and is not to be seen yet")
        return found[0]

    async def _contract(self, agreement: Agreement) -> Contract:
        [said] = await self._contracts([agreement])
        return said

    async def _contracts(self, agreements: list[Agreement]) -> list[Contract]:
        ids = await self._references.ids_of("contract", [a.agreement_id for a in agreements])
        clients = await self._references.ids_of("client", [a.client_ref for a in agreements])
        return [
            agreement.canonical(own, client, self.instance)
            for agreement, own, client in zip(agreements, ids, clients, strict=True)
        ]

    async def _said(self, record_type: str, found: Sequence[Paper[T]]) -> list[T]:
        own = await self._references.ids_of(record_type, [each.record_id for each in found])
        theirs = await self._references.ids_of("contract", [each.agreement_id for each in found])
        return [
            each.canonical(papers.Ids(one, contract), self.instance)
            for each, one, contract in zip(found, own, theirs, strict=True)
        ]

    def _check(self, lost: type[TryAgain] | type[Unknown], asked: object, given: object) -> None:
        """Raise unless the answer speaks of what was asked for."""
        if asked != given:
            raise lost(self.instance, f"asked for {asked}, was given {given}")


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"

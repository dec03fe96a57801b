"""Papers of a contract for the tests: a certificate, an order, a change request."""

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequestDraft,
    MilestoneChange,
    ModificationAccounting,
    RoleHours,
)
from system_apis.canonical.contracts import ClientOrderDraft, Contract, EvidenceDraft
from system_apis.canonical.documents import Document, DocumentDraft
from system_apis.canonical.money import Money
from system_apis.contracts.interface import Contracts

CERTIFICATE = b"%PDF-1.7 The client accepts the second milestone."
HASH = f"sha256:{hashlib.sha256(CERTIFICATE).hexdigest()}"
SIGNED = datetime(2026, 10, 31, 9, 30, tzinfo=UTC)


async def contract_of(contracts: Contracts, number: str = "CT-2001") -> Contract:
    """Return the contract of a number."""
    [found] = (await contracts.contracts(number=number)).items
    return found


async def file_certificate(contracts: Contracts, contract: Contract, key: str = "d") -> Document:
    """File the certificate that the client accepts the second milestone."""
    draft = DocumentDraft(
        title="Acceptance of M2", media_type="application/pdf", content=CERTIFICATE
    )
    return await contracts.file_document(contract.id, draft, key=key)


def evidence_draft(milestone: str = "M2", document_hash: str = HASH) -> EvidenceDraft:
    """Return the evidence that the certificate gives of a milestone."""
    return EvidenceDraft(
        milestone=milestone,
        type="acceptance_certificate",
        document_hash=document_hash,
        accepted_by="Dr. Lang",
        accepted_at=SIGNED,
    )


def order_draft(
    number: str = "PO-1", amount: str = "5000.00", currency: str = "EUR"
) -> ClientOrderDraft:
    """Return a client's purchase order."""
    return ClientOrderDraft(
        number=number, amount=Money(amount, currency), valid_to=date(2027, 6, 30)
    )


def change_draft(number: str = "CR-1", price: str = "20000.00") -> ChangeRequestDraft:
    """Return a change that the third milestone waits for, and that moves the second."""
    return ChangeRequestDraft(
        number=number,
        reason=ChangeReason.SCOPE,
        requested_by="Dr. Lang",
        milestones=("M3",),
        deltas=ChangeDeltas(
            price=Money(price, "EUR"),
            end_date=date(2027, 3, 31),
            hours_by_role=(RoleHours("Consultant", Decimal("-12.5")),),
            milestones=(MilestoneChange(number="M2", planned_date=date(2026, 12, 18)),),
        ),
        modification_accounting=ModificationAccounting.CUMULATIVE_CATCH_UP,
    )

"""What the sandbox contract system is asked to write, in its own words."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.changes import ChangeRequestDraft, ChangeStep
from system_apis.canonical.contracts import ClientOrderDraft, EvidenceDraft
from system_apis.canonical.documents import DocumentDraft
from system_apis.contracts.sandbox_amendments import STATES, Deltas


class NewDocument(Struct, frozen=True, rename="camel"):
    """A document that is to be filed."""

    title: str
    media_type: str
    content: bytes

    @classmethod
    def of(cls, draft: DocumentDraft) -> "NewDocument":
        """Say a draft in the system's words."""
        return cls(draft.title, draft.media_type, draft.content)


class NewOrder(Struct, frozen=True, rename="camel"):
    """A purchase order that is to be entered."""

    number: str
    amount: Decimal
    currency: str
    valid_to: date

    @classmethod
    def of(cls, draft: ClientOrderDraft) -> "NewOrder":
        """Say a draft in the system's words."""
        return cls(draft.number, draft.amount.value, draft.amount.currency, draft.valid_to)


class NewAcceptance(Struct, frozen=True, rename="camel"):
    """A proof of acceptance that is to be entered."""

    deliverable_id: str
    type: str
    digest: str
    accepted_by: str
    accepted_at: datetime

    @classmethod
    def of(cls, draft: EvidenceDraft) -> "NewAcceptance":
        """Say a draft in the system's words."""
        return cls(
            draft.milestone,
            draft.type,
            draft.document_hash,
            draft.accepted_by,
            draft.accepted_at,
        )


class NewAmendment(Struct, frozen=True, rename="camel"):
    """A change that is to be entered."""

    amendment_number: str
    reason: str
    requested_by: str
    concerns: tuple[str, ...]
    currency: str | None
    deltas: Deltas
    document: str | None
    accounting: str | None

    @classmethod
    def of(cls, draft: ChangeRequestDraft) -> "NewAmendment":
        """Say a draft in the system's words."""
        treatment = draft.modification_accounting
        return cls(
            amendment_number=draft.number,
            reason=draft.reason.upper(),
            requested_by=draft.requested_by,
            concerns=draft.milestones,
            currency=draft.deltas.currency,
            deltas=Deltas.of(draft.deltas),
            document=draft.document_hash,
            accounting=treatment.upper() if treatment else None,
        )


class NewState(Struct, frozen=True, rename="camel"):
    """How far an amendment is to have come."""

    state: str
    document: str | None
    waived_by: str | None

    @classmethod
    def of(cls, step: ChangeStep) -> "NewState":
        """Say a step in the system's words."""
        return cls(STATES[step.status], step.document_hash, step.waived_by)

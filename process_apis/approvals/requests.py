"""What an approval asks, of whom, and about which version of what."""

import hashlib
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from process_apis.events import Event
from system_apis.canonical.money import Money


class ApprovalStatus(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Decision(StrEnum):
    """What an approver may say."""

    APPROVE = "approve"
    REJECT = "reject"


class ApprovalRequest(Struct, frozen=True, kw_only=True):
    """A question to one role, or to one named person of it.

    The answer is bound to `subject_version`: another version needs another answer.
    `if_approved` and `if_rejected` are the events that carry the work on.
    `beneficiary` is who gains by it, who may not decide.
    """

    question: str
    subject_type: str
    subject_id: str
    subject_version: int
    process: str
    legal_entity: str
    title: str
    role: str
    assignee: str | None = None
    amount: Money | None = None
    requested_by: str
    beneficiary: str | None = None
    requested_at: datetime
    due_at: datetime
    if_approved: Event
    if_rejected: Event | None = None

    @property
    def id(self) -> str:
        """The same question about the same version has the same id."""
        return approval_id(self.question, self.subject_id, self.subject_version)


class Approval(Struct, frozen=True, kw_only=True):
    """A request as it stands, with its decision once there is one."""

    id: str
    question: str
    subject_type: str
    subject_id: str
    subject_version: int
    process: str
    legal_entity: str
    title: str
    role: str
    assignee: str | None
    amount: Money | None
    requested_by: str
    requested_at: datetime
    due_at: datetime
    status: ApprovalStatus
    decided_by: str | None
    decided_at: datetime | None
    comment: str | None


def approval_id(question: str, subject_id: str, version: int) -> str:
    """Return the id of a question about one version of a subject."""
    digest = hashlib.sha256(f"{question}|{subject_id}|{version}".encode()).hexdigest()
    return f"apr_{digest[:24]}"

"""What an approval asks, of whom, and about which version of what."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from process_apis.events.event import Event
from system_apis.canonical.money import Money

# Of these a rejection names its reason, so that the person knows what to hand in instead.
_REASONED = frozenset({"time_entry", "expense_line"})


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


class Consent(Struct, frozen=True, kw_only=True):
    """What one person said yes to, for one of the roles that were asked."""

    role: str
    person: str
    at: datetime


class ApprovalRequest(Struct, frozen=True, kw_only=True):
    """A question to a role, or to one named person of it, and to `further_roles` if any.

    `title` says what is asked; whose work it is about is put before it when it is asked.
    Every role must approve, each by another person; one rejection ends it. The answer is
    bound to `subject_version`: another version needs another answer.
    `if_approved` and `if_rejected` are the events that carry the work on.
    `beneficiary` is who gains by it, who may not decide.
    """

    question: str
    subject_type: str
    subject_id: str
    subject_version: int
    process: str
    legal_entity: str
    project_number: str | None = None
    title: str
    role: str
    further_roles: tuple[str, ...] = ()
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
    project_number: str | None = None
    title: str
    role: str
    further_roles: tuple[str, ...] = ()
    assignee: str | None
    amount: Money | None
    requested_by: str
    requested_at: datetime
    due_at: datetime
    status: ApprovalStatus
    decided_by: str | None
    decided_at: datetime | None
    comment: str | None
    consents: tuple[Consent, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role whose approval is needed."""
        return (self.role, *self.further_roles)

    @property
    def needs_reason(self) -> bool:
        """Whether a rejection must name its reason by a code."""
        return self.subject_type in _REASONED

    def asks(self, person: str, roles: Collection[str]) -> str | None:
        """Return the role in which a person is still asked, if they are."""
        if person in {each.person for each in self.consents}:
            return None
        given = {each.role for each in self.consents}
        return next(
            (
                role
                for role in self.roles
                if role in roles and role not in given and self._may_fill(role, person)
            ),
            None,
        )

    def _may_fill(self, role: str, person: str) -> bool:
        return role != self.role or self.assignee in {None, person}


def approval_id(question: str, subject_id: str, version: int) -> str:
    """Return the id of a question about one version of a subject."""
    digest = hashlib.sha256(f"{question}|{subject_id}|{version}".encode()).hexdigest()
    return f"apr_{digest[:24]}"

"""Change requests: what is to be different about a contract, and how far that has come."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.documents import DocumentHash
from system_apis.canonical.money import MaybeCost, Money
from system_apis.canonical.record import Id, Source, Text

_MOST = 200


class ChangeReason(StrEnum):
    """What a change is about."""

    SCOPE = "scope"
    PRICE = "price"
    SCHEDULE = "schedule"
    STAFFING = "staffing"
    CAP = "cap"


class ChangeStatus(StrEnum):
    """How far a change request has come (domain handbook, 1.3)."""

    DRAFT = "draft"
    IMPACT_ASSESSED = "impact_assessed"
    INTERNAL_APPROVED = "internal_approved"
    CLIENT_SENT = "client_sent"
    CLIENT_APPROVED = "client_approved"
    REJECTED = "rejected"
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"


ENDED = frozenset({ChangeStatus.REJECTED, ChangeStatus.APPLIED, ChangeStatus.WITHDRAWN})


class ModificationAccounting(StrEnum):
    """How revenue treats a contract's modification (ASC 606-10-25-12 and 13)."""

    SEPARATE_CONTRACT = "separate_contract"
    PROSPECTIVE = "prospective"
    CUMULATIVE_CATCH_UP = "cumulative_catch_up"


class RoleHours(Struct, frozen=True, forbid_unknown_fields=True):
    """Hours of a role that come on top, or with a minus fall away."""

    role: Text
    hours: Decimal

    def __post_init__(self) -> None:
        if not self.hours.is_finite() or self.hours == 0:
            raise ValueError("a change of hours is more or fewer hours")


class MilestoneChange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A milestone's amount or date as it is to be."""

    number: Text
    amount: Money | None = None
    planned_date: date | None = None

    def __post_init__(self) -> None:
        if self.amount is None and self.planned_date is None:
            raise ValueError("a milestone's change is another amount or another date")


class ChangeDeltas(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be different: price and cost by how much, cap, end and milestones to what."""

    price: Money | None = None
    cost: MaybeCost = None
    cap: Money | None = None
    end_date: date | None = None
    hours_by_role: Annotated[tuple[RoleHours, ...], Meta(max_length=_MOST)] = ()
    milestones: Annotated[tuple[MilestoneChange, ...], Meta(max_length=_MOST)] = ()

    def __post_init__(self) -> None:
        one = (self.price, self.cost, self.cap, self.end_date)
        if all(each is None for each in one) and not (self.hours_by_role or self.milestones):
            raise ValueError("a change request changes something")
        if len(self._currencies()) > 1:
            raise ValueError("the amounts of a change request are in one currency")

    @property
    def currency(self) -> str | None:
        """The currency that the amounts are in, if there are any."""
        return next(iter(self._currencies()), None)

    def _currencies(self) -> set[str]:
        whole = (self.price, self.cost, self.cap)
        amounts = (*whole, *(each.amount for each in self.milestones))
        return {each.currency for each in amounts if isinstance(each, Money)}


class ChangeRequestDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change request as it is to be recorded, in status `draft`.

    `milestones` are those that wait for it, whether or not they are to be different.
    """

    number: Text
    reason: ChangeReason
    requested_by: Text
    milestones: Annotated[tuple[Text, ...], Meta(max_length=_MOST)] = ()
    deltas: ChangeDeltas
    document_hash: DocumentHash | None = None
    modification_accounting: ModificationAccounting | None = None


class ChangeStep(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far a change request is to have come; a waiver names whose role it is."""

    status: ChangeStatus
    document_hash: DocumentHash | None = None
    waived_by: Text | None = None


class ChangeRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change to a contract that somebody asked for.

    It is applied once, after the client approved it or somebody with the role waived that.
    """

    id: Id
    contract_id: Id
    contract_number: str
    project_number: str
    legal_entity: str
    number: str
    reason: ChangeReason
    requested_by: str
    requested_at: datetime
    milestones: tuple[str, ...] = ()
    deltas: ChangeDeltas
    status: ChangeStatus
    document_hash: str | None = None
    modification_accounting: ModificationAccounting | None = None
    waived_by: str | None = None
    source: Source
    version: int = 1

    @property
    def is_pending(self) -> bool:
        """Whether it is neither applied nor given up."""
        return self.status not in ENDED

    def concerns(self, milestone: str) -> bool:
        """Whether a milestone waits for it."""
        changed = {each.number for each in self.deltas.milestones}
        return milestone in changed.union(self.milestones)

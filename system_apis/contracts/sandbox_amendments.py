"""The sandbox contract system's amendments, in its words and in ours."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct, UnsetType

from system_apis.canonical import changes
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequest,
    ChangeStatus,
    MilestoneChange,
    ModificationAccounting,
)
from system_apis.canonical.money import Money
from system_apis.canonical.record import Source
from system_apis.connector import same_words, worded
from system_apis.contracts.sandbox_papers import Ids, Paper

STATES = {
    ChangeStatus.DRAFT: "DRAFT",
    ChangeStatus.IMPACT_ASSESSED: "ASSESSED",
    ChangeStatus.INTERNAL_APPROVED: "APPROVED_INTERNALLY",
    ChangeStatus.CLIENT_SENT: "WITH_CLIENT",
    ChangeStatus.CLIENT_APPROVED: "COUNTERSIGNED",
    ChangeStatus.REJECTED: "REJECTED",
    ChangeStatus.APPLIED: "EFFECTIVE",
    ChangeStatus.WITHDRAWN: "WITHDRAWN",
}
_REASONS = same_words(ChangeReason)
_STATUSES = {state: status for status, state in STATES.items()}


class RoleHours(Struct, frozen=True):
    """Hours of a role that come on top, or fall away."""

    role: str
    hours: Decimal


class DeliverableDelta(Struct, frozen=True, rename="camel"):
    """What is to be different about a deliverable."""

    deliverable_id: str
    amount: Decimal | None
    planned_date: date | None


class Deltas(Struct, frozen=True, rename="camel"):
    """What is to be different, in the agreement's currency."""

    price: Decimal | None
    cost: Decimal | None
    not_to_exceed: Decimal | None
    effective_to: date | None
    hours: tuple[RoleHours, ...]
    deliverables: tuple[DeliverableDelta, ...]

    @classmethod
    def of(cls, deltas: ChangeDeltas) -> "Deltas":
        """Say deltas in the system's words."""
        return cls(
            price=_value(deltas.price),
            cost=_value(deltas.cost),
            not_to_exceed=_value(deltas.cap),
            effective_to=deltas.end_date,
            hours=tuple(RoleHours(each.role, each.hours) for each in deltas.hours_by_role),
            deliverables=tuple(
                DeliverableDelta(each.number, _value(each.amount), each.planned_date)
                for each in deltas.milestones
            ),
        )

    def canonical(self, currency: str) -> ChangeDeltas:
        """Say the same in our words."""
        return ChangeDeltas(
            price=_money(self.price, currency),
            cost=_money(self.cost, currency),
            cap=_money(self.not_to_exceed, currency),
            end_date=self.effective_to,
            hours_by_role=tuple(changes.RoleHours(each.role, each.hours) for each in self.hours),
            milestones=tuple(
                MilestoneChange(
                    number=each.deliverable_id,
                    amount=_money(each.amount, currency),
                    planned_date=each.planned_date,
                )
                for each in self.deliverables
            ),
        )


class Amendment(Paper, frozen=True, rename="camel", kw_only=True):
    """A change to an agreement that somebody asked for."""

    amendment_id: str
    amendment_number: str
    project_ref: str
    currency: str
    reason: str
    requested_by: str
    requested_at: datetime
    concerns: tuple[str, ...]
    deltas: Deltas
    state: str
    document: str | None
    accounting: str | None
    waived_by: str | None
    revision: int
    modified_at: datetime

    @property
    def record_id(self) -> str:
        """The system's id of it."""
        return self.amendment_id

    def canonical(self, ids: Ids, instance: str) -> ChangeRequest:
        """Say the same in our words."""
        treatment = self.accounting
        return ChangeRequest(
            id=ids.own,
            contract_id=ids.contract,
            contract_number=self.agreement_number,
            project_number=self.project_ref,
            legal_entity=self.contracting_entity,
            number=self.amendment_number,
            reason=worded(_REASONS, self.reason.lower(), field="reason", system=instance),
            requested_by=self.requested_by,
            requested_at=self.requested_at,
            milestones=self.concerns,
            deltas=self.deltas.canonical(self.currency),
            status=worded(_STATUSES, self.state, field="state", system=instance),
            document_hash=self.document,
            modification_accounting=(
                ModificationAccounting(treatment.lower()) if treatment else None
            ),
            waived_by=self.waived_by,
            source=Source("contracts", instance, "amendment", self.amendment_id, self.modified_at),
            version=self.revision,
        )


class Amendments(Struct, frozen=True, rename="camel"):
    """A page of amendments."""

    amendments: list[Amendment]
    next_page_token: str | None


def _money(amount: Decimal | None, currency: str) -> Money | None:
    return None if amount is None else Money.of(amount, currency)


def _value(amount: Money | UnsetType | None) -> Decimal | None:
    return amount.value if isinstance(amount, Money) else None

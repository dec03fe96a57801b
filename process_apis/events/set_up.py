"""What is told of a deal on its way to a project: won, signed, agreed, set up, active."""

from datetime import date
from typing import ClassVar

from process_apis.events.business_event import BusinessEvent
from system_apis.canonical.record import Id


class OpportunityWon(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Sales closed an opportunity as won."""

    # One look at each version of the opportunity.
    KEY: ClassVar = "handover:{opportunity_id}:v{version}"

    opportunity_id: Id
    version: int


class ContractSigned(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Both parties signed a contract."""

    # One look at each version of the contract.
    KEY: ClassVar = "handover:{contract_id}:v{version}"

    contract_id: Id
    version: int


class HandoverOverdue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The other half of a deal did not come in time: `subject_id` is the half that is there."""

    # People are told once of each wait.
    KEY: ClassVar = "handover-overdue:{subject_id}:{since}"

    subject_id: Id
    opportunity_number: str
    since: date


class EngagementAgreed(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An opportunity is won and its contract signed: work can begin."""

    # One project per opportunity (domain handbook, 3a).
    KEY: ClassVar = "o2p:{opportunity_id}"

    opportunity_id: Id
    contract_id: Id


class SetUpResumed(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """What a set-up waited for is there: `occasion` is the answer, or the version, that came."""

    # A set-up goes on once after each answer.
    KEY: ClassVar = "o2p:{opportunity_id}:{occasion}"

    opportunity_id: Id
    contract_id: Id
    occasion: str


class SetUpGivenUp(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person gave a set-up up that had stopped: what was made for it is taken back."""

    # A set-up is taken back once.
    KEY: ClassVar = "given-up:{opportunity_id}"

    opportunity_id: Id
    contract_id: Id


class ProjectActivated(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A project is open for time in every system that must know it."""

    # A project is activated once.
    KEY: ClassVar = "activated:{project_number}"

    project_number: str


SetUpEvent = (
    OpportunityWon
    | ContractSigned
    | HandoverOverdue
    | EngagementAgreed
    | SetUpResumed
    | SetUpGivenUp
    | ProjectActivated
)


def set_up_given_up(event: BusinessEvent) -> SetUpGivenUp | None:
    """Return what follows when a person gives a set-up up."""
    match event:
        case EngagementAgreed() | SetUpResumed():
            return SetUpGivenUp(
                opportunity_id=event.opportunity_id,
                contract_id=event.contract_id,
                legal_entity=event.legal_entity,
            )
    return None

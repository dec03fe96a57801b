"""Facts about changes of contracts and milestones that somebody wants carried out."""

from typing import ClassVar

from process_apis.events.business_event import BusinessEvent


class ChangeSubmitted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody submits a change request, so that the firm agrees before its client signs."""

    # A change request is submitted once.
    KEY: ClassVar = "change-submitted:{application_id}"

    application_id: str


class SubmissionAgreed(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Everybody of the firm who must approve a change request did."""

    # A submission is agreed to once.
    KEY: ClassVar = "submission-agreed:{application_id}"

    application_id: str


class SubmissionRefused(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody of the firm does not want a change request, or gave its submission up."""

    # One end of each submission.
    KEY: ClassVar = "submission-refused:{application_id}"

    application_id: str


class ChangeAsked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody wants the plan of a change carried out."""

    # One application of each plan.
    KEY: ClassVar = "change:{application_id}"

    application_id: str


class ChangeAgreed(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Everybody who must approve a plan did, or nobody had to."""

    # A plan is carried out once.
    KEY: ClassVar = "change-agreed:{application_id}"

    application_id: str


class ChangeDropped(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody rejected a plan, or a person gave its carrying out up."""

    # One end of each plan.
    KEY: ClassVar = "change-dropped:{application_id}"

    application_id: str


class ClientNoticeDrafted(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A change is applied, and what its client is to be told of it is written."""

    # One question about each notice.
    KEY: ClassVar = "client-notice:{application_id}"

    application_id: str


class ClientNoticeApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person says that a client is told so."""

    # A client is told once.
    KEY: ClassVar = "client-notice-approved:{application_id}"

    application_id: str


ChangeEvent = (
    ChangeSubmitted
    | SubmissionAgreed
    | SubmissionRefused
    | ChangeAsked
    | ChangeAgreed
    | ChangeDropped
    | ClientNoticeDrafted
    | ClientNoticeApproved
)


def change_given_up(event: BusinessEvent) -> SubmissionRefused | ChangeDropped | None:
    """Return what follows when a person gives up the work on a change."""
    match event:
        case ChangeSubmitted():
            return SubmissionRefused(
                application_id=event.application_id, legal_entity=event.legal_entity
            )
        case ChangeAsked() | ChangeAgreed():
            return ChangeDropped(
                application_id=event.application_id, legal_entity=event.legal_entity
            )
    return None

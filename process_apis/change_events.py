"""Facts about changes of contracts and milestones that somebody wants carried out."""

from typing import ClassVar

from process_apis.business_event import BusinessEvent


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
    ChangeAsked | ChangeAgreed | ChangeDropped | ClientNoticeDrafted | ClientNoticeApproved
)

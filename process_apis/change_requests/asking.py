"""Asking: a plan that is to be carried out is written down, approved, and held to its ground."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, current_caller
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest
from process_apis.change_requests.applications import Applications
from process_apis.change_requests.consequences.contract import CLIENT
from process_apis.change_requests.consequences.facts import Asked
from process_apis.change_requests.records import (
    Action,
    ApplicationState,
    ChangePlan,
    Happening,
    MilestonePlan,
    PlannedChange,
)
from process_apis.change_requests.surveying import Surveying
from process_apis.errors import Conflict
from process_apis.events.changes import (
    ChangeAgreed,
    ChangeAsked,
    ChangeDropped,
    SubmissionAgreed,
    SubmissionRefused,
)
from process_apis.events.event import Event
from process_apis.project_to_cash.identifiers import change_application_id
from system_apis.canonical.changes import ChangeStatus
from system_apis.errors import Refused

NAME = "change-requests"
ANSWER_WITHIN = timedelta(days=2)
BEFORE_APPROVAL = (ChangeStatus.DRAFT, ChangeStatus.IMPACT_ASSESSED)
MOVED = "the ground has moved since the plan was made: ask for another preview"


class Asking(Struct, frozen=True):
    """The steps between a plan and the beginning of its carrying out."""

    surveying: Surveying
    applications: Applications
    approvals: Approvals
    clock: Callable[[], datetime]

    async def milestone(
        self, billing_event_id: str, asked: Asked, ground: str, *, by: Caller
    ) -> ChangeAsked:
        """Write down that a milestone is to move as planned; raises `Conflict` if it cannot."""
        plan = await self.surveying.milestone(billing_event_id, asked, by=by)
        own = change_application_id(billing_event_id, ground)
        known = await self.applications.find(own)
        if known is None:
            _check(plan, ground)
            wanted = self._wanted(own, plan, plan.milestone, by)
            known = await self.applications.ask(
                replace(wanted, milestone=plan, contractor_hours=asked.contractor_hours), by=by
            )
        return _asked(known)

    async def change(self, change_request_id: str, ground: str, *, by: Caller) -> ChangeAsked:
        """Write down that a change request is to be applied as planned.

        Raises `Conflict` if it cannot, or the client has not signed it.
        """
        plan = await self.surveying.change(change_request_id, by=by)
        own = change_application_id(change_request_id, ground)
        known = await self.applications.find(own)
        if known is None:
            _check(plan, ground)
            if plan.status is not ChangeStatus.CLIENT_APPROVED:
                number = plan.change_request_number
                raise Conflict(f"{number} is {plan.status}: the client signs it first")
            wanted = self._wanted(own, plan, plan.change_request_number, by)
            left = await self._still_to_approve(change_request_id, plan)
            known = await self.applications.ask(replace(wanted, change=plan, approvers=left), by=by)
        return _asked(known)

    async def submission(self, change_request_id: str, ground: str, *, by: Caller) -> str:
        """Write down that the firm is to agree to a change request, and return what it is called.

        Raises `Conflict` for one that is past that, or was submitted as another plan.
        """
        plan = await self.surveying.change(change_request_id, by=by)
        own = submission_id(change_request_id)
        known = await self.applications.find(own)
        if known is None:
            _check(plan, ground)
            if plan.status not in BEFORE_APPROVAL:
                raise Conflict(f"{plan.change_request_number} is {plan.status} already")
            wanted = self._wanted(own, plan, plan.change_request_number, by)
            known = await self.applications.ask(replace(wanted, change=plan, submitted=True), by=by)
        if known.ground != ground:
            raise Conflict(f"{known.subject} was submitted as another plan, and is {known.state}")
        return known.id

    def _wanted(
        self, own: str, plan: MilestonePlan | ChangePlan, subject: str, by: Caller
    ) -> PlannedChange:
        """Return what somebody wants, on the ground of its plan."""
        return PlannedChange(
            id=own,
            subject=subject,
            legal_entity=plan.legal_entity,
            project_number=plan.project_number,
            contract_number=plan.contract_number,
            ground=plan.ground,
            state=ApplicationState.ASKED,
            asked_by=by.subject,
            asked_at=self.clock(),
            approvers=plan.approvers,
        )

    async def _still_to_approve(self, change_request_id: str, plan: ChangePlan) -> tuple[str, ...]:
        """Return who must approve a plan and has not approved it when it was submitted."""
        submitted = await self.applications.find(submission_id(change_request_id))
        if submitted is None or submitted.state is not ApplicationState.AGREED:
            return plan.approvers
        return tuple(each for each in plan.approvers if each not in submitted.approvers)

    async def needs_people(self, application_id: str) -> bool:
        """Whether somebody of the firm must approve a plan; the client has signed by now."""
        return bool(_roles(await self.applications.get(application_id)))

    async def ask_people(self, application_id: str) -> str:
        """Ask every role that must approve a plan, each another person than who wants it."""
        change = await self.applications.get(application_id)
        first, *others = _roles(change)
        now, entity = self.clock(), change.legal_entity
        agreed, dropped = _answers(change)
        return await self.approvals.ask(
            ApprovalRequest(
                question="change_submission" if change.submitted else "change_plan",
                subject_type="change",
                subject_id=change.id,
                subject_version=1,
                process=NAME,
                legal_entity=entity,
                project_number=change.project_number,
                title=_title(change),
                role=first,
                further_roles=tuple(others),
                requested_by=change.asked_by,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=agreed,
                if_rejected=dropped,
            )
        )

    async def begin(self, application_id: str) -> PlannedChange:
        """Begin to carry a plan out, or raise `Refused` when its ground has moved meanwhile."""
        change = await self.applications.get(application_id)
        if await self._ground_now(change) != change.ground:
            raise Refused("strata", MOVED, code="CHANGE_GROUND_MOVED")
        return await self.applications.turn(change.id, ApplicationState.APPLYING)

    async def drop(self, application_id: str) -> None:
        """Write down that a plan was rejected, or given up once it was begun."""
        change = await self.applications.get(application_id)
        begun = change.state is ApplicationState.APPLYING
        state = ApplicationState.GIVEN_UP if begun else ApplicationState.REJECTED
        await self.applications.turn(change.id, state)

    async def _ground_now(self, change: PlannedChange) -> str:
        by = current_caller()
        if change.change is not None:
            plan = await self.surveying.change(change.change.change_request_id, by=by)
            return plan.ground
        if change.milestone is None or change.milestone.billing_event_id is None:
            return ""
        asked = Asked(
            planned_date=change.milestone.figures.date_after,
            contractor_hours=change.contractor_hours,
        )
        event_id = change.milestone.billing_event_id
        return (await self.surveying.milestone(event_id, asked, by=by)).ground


def _check(plan: MilestonePlan | ChangePlan, ground: str) -> None:
    """Refuse a plan that is another one by now, or that something keeps back."""
    if plan.ground != ground:
        raise Conflict(MOVED)
    if isinstance(plan, MilestonePlan) and plan.what is not Happening.DATE:
        raise Conflict(f"{plan.what}: it comes by evidence, a credit or a change, not by a plan")
    blocked = [each for each in plan.consequences if each.action is Action.BLOCKED]
    if blocked:
        raise Conflict("; ".join(f"{each.code}: {each.effect}" for each in blocked))


def _asked(change: PlannedChange) -> ChangeAsked:
    return ChangeAsked(application_id=change.id, legal_entity=change.legal_entity)


def _roles(change: PlannedChange) -> list[str]:
    return [each for each in change.approvers if each != CLIENT]


def _title(change: PlannedChange) -> str:
    what = "is put to the client" if change.submitted else "changes as planned"
    return f"{change.subject} {what}"


def _answers(change: PlannedChange) -> tuple[Event, Event]:
    """Return what follows when everybody approves, and when somebody does not."""
    own, entity = change.id, change.legal_entity
    if change.submitted:
        return (
            SubmissionAgreed(application_id=own, legal_entity=entity),
            SubmissionRefused(application_id=own, legal_entity=entity),
        )
    return (
        ChangeAgreed(application_id=own, legal_entity=entity),
        ChangeDropped(application_id=own, legal_entity=entity),
    )


def submission_id(change_request_id: str) -> str:
    """Return what the submission of a change request is called: there is one."""
    return change_application_id(change_request_id, "submission")

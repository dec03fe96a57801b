"""Asking: a plan that is to be carried out is written down, approved, and held to its ground."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from governance.access import Caller, current_caller
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest
from process_apis.change_events import ChangeAgreed, ChangeAsked, ChangeDropped
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
from process_apis.project_to_cash.identifiers import change_application_id
from system_apis.canonical.changes import ChangeStatus
from system_apis.errors import Refused

NAME = "change-requests"
ANSWER_WITHIN = timedelta(days=2)
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
        known = await self.applications.find(change_application_id(billing_event_id, ground))
        if known is None:
            _check(plan, ground)
            known = await self.applications.ask(
                PlannedChange(
                    id=change_application_id(billing_event_id, ground),
                    subject=plan.milestone,
                    legal_entity=plan.legal_entity,
                    project_number=plan.project_number,
                    contract_number=plan.contract_number,
                    ground=ground,
                    state=ApplicationState.ASKED,
                    asked_by=by.subject,
                    asked_at=self.clock(),
                    approvers=plan.approvers,
                    milestone=plan,
                    contractor_hours=asked.contractor_hours,
                ),
                by=by,
            )
        return _asked(known)

    async def change(self, change_request_id: str, ground: str, *, by: Caller) -> ChangeAsked:
        """Write down that a change request is to be applied as planned.

        Raises `Conflict` if it cannot, or the client has not signed it.
        """
        plan = await self.surveying.change(change_request_id, by=by)
        known = await self.applications.find(change_application_id(change_request_id, ground))
        if known is None:
            _check(plan, ground)
            if plan.status is not ChangeStatus.CLIENT_APPROVED:
                number = plan.change_request_number
                raise Conflict(f"{number} is {plan.status}: the client signs it first")
            known = await self.applications.ask(
                PlannedChange(
                    id=change_application_id(change_request_id, ground),
                    subject=plan.change_request_number,
                    legal_entity=plan.legal_entity,
                    project_number=plan.project_number,
                    contract_number=plan.contract_number,
                    ground=ground,
                    state=ApplicationState.ASKED,
                    asked_by=by.subject,
                    asked_at=self.clock(),
                    approvers=plan.approvers,
                    change=plan,
                ),
                by=by,
            )
        return _asked(known)

    async def needs_people(self, application_id: str) -> bool:
        """Whether somebody of the firm must approve a plan; the client has signed by now."""
        return bool(_roles(await self.applications.get(application_id)))

    async def ask_people(self, application_id: str) -> str:
        """Ask every role that must approve a plan, each another person than who wants it."""
        change = await self.applications.get(application_id)
        first, *others = _roles(change)
        now, entity = self.clock(), change.legal_entity
        return await self.approvals.ask(
            ApprovalRequest(
                question="change_plan",
                subject_type="change",
                subject_id=change.id,
                subject_version=1,
                process=NAME,
                legal_entity=entity,
                project_number=change.project_number,
                title=f"{change.project_number}: {change.subject} changes as planned",
                role=first,
                further_roles=tuple(others),
                requested_by=change.asked_by,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=ChangeAgreed(application_id=change.id, legal_entity=entity),
                if_rejected=ChangeDropped(application_id=change.id, legal_entity=entity),
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

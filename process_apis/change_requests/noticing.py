"""Noticing: a client is told of a change when a person approved the words, once.

Where the firm has no mail for letters, the task that the project manager was given is all.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest
from process_apis.change_requests.applications import Applications
from process_apis.change_requests.asking import NAME
from process_apis.change_requests.records import ApplicationState, PlannedChange
from process_apis.engagements import Engagements
from process_apis.engine import Process, step, wait_for
from process_apis.events.changes import ClientNoticeApproved, ClientNoticeDrafted
from system_apis.errors import Refused
from system_apis.messaging.interface import Line, Message
from system_apis.messaging.outgoing import Outgoing

ANSWER_WITHIN = timedelta(days=1)
# What was applied long before the firm had mail for letters was told in another way.
TOLD_WITHIN = timedelta(days=30)


class Noticing(Struct, frozen=True):
    """The steps between a change that is applied and a client who knows."""

    applications: Applications
    engagements: Engagements
    approvals: Approvals
    outgoing: Outgoing
    channel: str | None
    entities: frozenset[str]
    clock: Callable[[], datetime]

    async def drafted(self) -> list[ClientNoticeDrafted]:
        """Return the notices that a person may send, none where the firm has no mail for them."""
        if self.channel is None:
            return []
        since = self.clock() - TOLD_WITHIN
        applied = await self.applications.listed(entities=self.entities)
        return [
            ClientNoticeDrafted(application_id=each.id, legal_entity=each.legal_entity)
            for each in applied
            if each.state is ApplicationState.APPLIED and each.notice and each.asked_at >= since
        ]

    async def ask(self, application_id: str) -> str:
        """Ask the project manager whether the notice is sent as it is drafted."""
        change = await self.applications.get(application_id)
        now, entity = self.clock(), change.legal_entity
        return await self.approvals.ask(
            ApprovalRequest(
                question="client_notice",
                subject_type="client_notice",
                # Who approved the plan may also approve the words.
                subject_id=f"{change.id}:notice",
                subject_version=1,
                process=NAME,
                legal_entity=entity,
                project_number=change.project_number,
                title=f"send to the client: {change.notice}",
                role="project_manager",
                requested_by=f"process:{NAME}",
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
                if_approved=ClientNoticeApproved(application_id=change.id, legal_entity=entity),
            )
        )

    async def send(self, application_id: str) -> PlannedChange:
        """Send the notice, as it was approved; told twice, it left once."""
        change = await self.applications.get(application_id)
        engagement = await self.engagements.find(change.project_number)
        if self.channel is None or engagement is None:
            raise Refused("strata", "the firm has no mail for letters now", code="NO_CHANNEL")
        message = Message(
            to=engagement.client_number,
            subject=f"{change.subject} of {change.contract_number}",
            lines=(Line(change.notice or ""),),
        )
        key = f"{change.id}:client_notice"
        entity = change.legal_entity
        await self.outgoing.send_letter(self.channel, message, key=key, legal_entity=entity)
        return change


class ClientNotices(Struct, frozen=True):
    """The process with what it needs at hand."""

    noticing: Noticing

    async def draft(self, event: ClientNoticeDrafted) -> None:
        """Ask whether a client is told."""
        await wait_for(self.noticing.ask, event.application_id)

    async def tell(self, event: ClientNoticeApproved) -> None:
        """Tell the client."""
        await step(self.noticing.send, event.application_id)


def processes(process: ClientNotices) -> list[Process]:
    """Return what of notices happens on which event."""
    ours: frozenset[str] = frozenset()
    return [
        Process(name=f"{NAME}.notice", on=ClientNoticeDrafted, run=process.draft, scopes=ours),
        Process(name=f"{NAME}.tell", on=ClientNoticeApproved, run=process.tell, scopes=ours),
    ]

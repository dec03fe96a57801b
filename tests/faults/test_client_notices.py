"""A client is told of a change once, and never before a person said so."""

from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path

from governance.audit import Audit
from observability.metrics import Metrics
from process_apis.approvals.requests import Decision
from process_apis.change_requests import records as change_records
from process_apis.change_requests.consequences.facts import Asked
from process_apis.change_requests.noticing import ClientNotices, Noticing, processes
from process_apis.change_requests.records import PlannedChange
from process_apis.commands import CommandStatus
from process_apis.engine import Engine
from process_apis.events import changes as change_events
from process_apis.events.changes import ClientNoticeApproved
from store.clock import wall_clock
from system_apis.messaging.interface import Message
from system_apis.messaging.outgoing import Outgoing
from tests.faults.changed_project import (
    ASKS,
    COMPANY,
    ChangedProject,
    Cut,
    changed_project,
    now,
    person,
)
from tests.process_apis.test_engine import reaches

LATER = Asked(planned_date=date(2026, 12, 18))


class Post:
    """A channel that keeps what it takes."""

    private = True

    def __init__(self) -> None:
        self.instance, self.addresses = "mail", {"CUST-1002": "ap@rhein.example"}
        self.taken: list[Message] = []
        self.keys: list[str] = []

    async def send(self, message: Message, *, key: str) -> None:
        """Take a message."""
        self.taken.append(message)
        self.keys.append(key)


class CutNoticing(Noticing, frozen=True, kw_only=True):
    """Is cut off once the letter has left, before the journal knows that it has."""

    cut: Cut

    async def send(self, application_id: str) -> PlannedChange:
        done = await super().send(application_id)
        await self.cut.here("notice")
        return done


def noticing(project: ChangedProject, post: Post, channel: str | None = "mail") -> Noticing:
    """Return what tells clients of changes."""
    workshop = project.workshop
    audit = Audit(workshop.store, wall_clock, workshop.data_dir / "notice-heads.jsonl")
    return CutNoticing(
        applications=project.applications,
        engagements=project.engagements,
        approvals=project.approvals,
        outgoing=Outgoing({"mail": post}, workshop.store, audit, Metrics(), wall_clock),
        channel=channel,
        entities=frozenset({COMPANY}),
        clock=now,
        cut=project.cut,
    )


def engine_of(project: ChangedProject, telling: Noticing) -> AbstractAsyncContextManager[Engine]:
    """Return an engine on what is left of the one before."""
    ours = processes(ClientNotices(telling))
    return project.workshop.engine(*ours, journaled=[change_events, change_records])


async def test_a_client_is_told_once_however_often_the_program_is_cut_off(tmp_path: Path) -> None:
    """Nothing leaves before the project manager says so, and one letter after."""
    async with changed_project(tmp_path, ["notice"]) as project:
        event = await project.event("M2")
        plan = await project.surveying.milestone(event.id, LATER, by=ASKS)
        asked = await project.asking.milestone(event.id, LATER, plan.ground, by=ASKS)
        await project.carried_out(asked)
        post = Post()
        telling = noticing(project, post)
        by_hand = await noticing(project, post, channel=None).drafted()
        [drafted] = await telling.drafted()
        manager = person("U-PM2", "project_manager")
        async with engine_of(project, telling) as engine:
            await engine.start_new([drafted], by="process:notices")
            await reaches(project.workshop, CommandStatus.DONE, drafted.business_key)
        before = list(post.taken)
        [question] = await project.approvals.waiting(manager)
        await project.approvals.decide(
            question.id, Decision.APPROVE, version=1, comment="", by=manager, at=now()
        )
        agreed = ClientNoticeApproved(application_id=drafted.application_id, legal_entity=COMPANY)
        project.cut.reached.clear()
        async with engine_of(project, telling) as engine:
            await engine.start(agreed, by=manager.subject)
            await project.cut.reached.wait()
        async with engine_of(project, telling) as engine:
            await engine.start(agreed, by=manager.subject)
            await reaches(project.workshop, CommandStatus.DONE, agreed.business_key)

    assert before == by_hand == []
    assert "P-2001: send to the client: Milestone M2 of CT-2001" in question.title
    assert [each.to for each in post.taken] == ["CUST-1002"]
    assert "2026-12-18" in post.taken[0].lines[0].text
    assert project.cut.left == []

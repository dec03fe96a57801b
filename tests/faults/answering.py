"""Scenes of what people are asked, and of what stops at them until it is put right."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType

from governance.access import acting_as
from process_apis.approvals.requests import Decision
from process_apis.change_requests import noticing as notices
from process_apis.commands import CommandStatus
from process_apis.engine import Process
from process_apis.events import changes as change_events
from process_apis.events.event import Event
from process_apis.events.intake import HintDropped, HintHeld
from process_apis.events.subscriptions import DeliveryGivenUp, SubscriptionDisabled
from process_apis.intake import process as held_messages
from process_apis.intake.inbox import HintStatus, Inbox
from process_apis.intake.process import HeldHints
from process_apis.subscriptions import process as subscribers
from process_apis.subscriptions.minding import Minding
from process_apis.subscriptions.records import SubscriptionStatus
from process_apis.subscriptions.rules import WAITS
from system_apis.webhooks import OWN_PROGRAMS, Hint, WebhookSecret, WebhookSource
from tests.faults.changed_project import ASKS, COMPANY, ChangedProject, changed_project, now
from tests.faults.cutting import Carried, carrying
from tests.faults.test_client_notices import LATER, Post, noticing
from tests.process_apis.telling import OWNER, Receiver, Telling, receiver


class Noticed:
    """A project whose client is told of its changes."""

    def __init__(self, project: ChangedProject) -> None:
        self.project, self.post = project, Post()
        self.telling = noticing(project, self.post)

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return the changes, and what tells the client of them."""
        changes, journaled = self.project.work()
        ours = notices.processes(notices.ClientNotices(self.telling))
        return [*changes, *ours], [*journaled, change_events]


class Held:
    """A project whose gateway has messages and subscribers that somebody must look at."""

    def __init__(self, project: ChangedProject, folder: Path) -> None:
        workshop = project.workshop
        self.inbox = Inbox(workshop.store, workshop.audit)
        self.telling = Telling(folder)
        self.minding = Minding(self.telling.register, self.telling.deliveries)
        sources = {"crm": WebhookSource("crm", OWN_PROGRAMS, [WebhookSecret("whsec_" + "A" * 32)])}
        self.hints = HeldHints(self.inbox, workshop.exceptions, sources, now)

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what stops at the operators."""
        asking = subscribers.Asking(self.minding)
        return [*held_messages.processes(self.hints), *subscribers.processes(asking)], []


async def noticed(carried: Carried) -> None:
    """The dates of a milestone change, its project manager is asked, and the client is told."""
    project, works = carried.project, carried.works
    assert isinstance(works, Noticed)
    event = await project.event("M2")
    plan = await project.surveying.milestone(event.id, LATER, by=ASKS)
    asked = await project.asking.milestone(event.id, LATER, plan.ground, by=ASKS)
    await carried.done(asked)
    await _approved(carried, asked.application_id)
    [drafted] = await works.telling.drafted()
    await carried.done(drafted)
    await _approved(carried, drafted.application_id)
    carried.saw["letters"] = len(works.post.keys)


async def holding(carried: Carried) -> None:
    """A message is let go and another dropped; a subscriber is told again what it refused."""
    works = carried.works
    assert isinstance(works, Held)
    for name in ("followed", "dropped"):
        await works.inbox.take("crm", b"one", Hint(id=name, type="told"), at=now())
        await works.inbox.take("crm", b"other", Hint(id=name, type="told"), at=now())
    first, second = await works.inbox.of_status(HintStatus.HELD)
    for each in (first, second):
        await _stopped(carried, HintHeld(hint=each.id, since="now", legal_entity=COMPANY))
    await carried.retried(HintHeld(hint=first.id, since="now", legal_entity=COMPANY))
    await carried.done(HintDropped(hint=second.id, since="now", legal_entity=COMPANY))
    async with receiver() as there:
        await _minded(carried, works, there)
    for status in HintStatus:
        carried.saw[f"messages {status}"] = len(await works.inbox.of_status(status))


async def _minded(carried: Carried, works: Held, there: Receiver) -> None:
    telling = works.telling
    subscription = await telling.subscribe(there)
    async with telling.sender() as sender:
        await telling.post_invoice(0, company="NWA-US")
        for number, wait in enumerate([timedelta(), *WAITS], start=1):
            there.status = 500
            await telling.round(sender, later=wait * 1.2)
            there.status = 204
            await telling.post_invoice(number, company="NWA-US")
            await telling.round(sender)
        [lost] = await telling.deliveries.given_up()
        given_up = DeliveryGivenUp(
            delivery_id=lost.id,
            round=lost.round,
            subscription_id=subscription.id,
            owner=subscription.owner,
            reason="refused",
            legal_entity=COMPANY,
        )
        await _stopped(carried, given_up)
        with acting_as(OWNER):
            await telling.desk.replay(lost.id)
        await carried.retried(given_up)
        there.status = 410
        await telling.post_invoice(99, company="NWA-US")
        await telling.round(sender)
    [broken] = await telling.register.standing()
    disabled = SubscriptionDisabled(
        subscription_id=broken.id,
        revision=broken.revision,
        owner=broken.owner,
        reason=broken.reason or "",
        legal_entity=COMPANY,
    )
    await _stopped(carried, disabled)
    await telling.register.set_status(broken.id, SubscriptionStatus.ACTIVE, None, by=OWNER)
    await carried.retried(disabled)


async def _stopped(carried: Carried, event: Event) -> None:
    """Have work done that stops at a person, who is asked once."""
    assert await carried.done(event) is CommandStatus.PARKED


async def _approved(carried: Carried, about: str) -> None:
    for event in await carried.decided(about, Decision.APPROVE):
        await carried.done(event)


@asynccontextmanager
async def held(folder: Path) -> AsyncIterator[Carried]:
    """Set the stage of messages and subscribers that stop at the operators."""
    async with changed_project(folder) as project:
        (folder / "telling").mkdir()
        works = Held(project, folder / "telling")
        yield Carried(project, works)
        works.telling.store.close()


SCENES = {"noticed": (carrying(Noticed), noticed), "holding": (held, holding)}
STARTED = {
    "noticed": frozenset({"change-requests.notice", "change-requests.tell"}),
    "holding": frozenset(
        {"intake.ask", "intake.drop", "subscriptions.disabled", "subscriptions.given-up"}
    ),
}

"""A scene of milestones that are written off, or not, and of one that is put back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

from msgspec.structs import replace

from gateway.firm import load_firm
from gateway.parts.journaled import JOURNALED
from gateway.parts.write_offs import writing_off_of
from governance.access import acting_as
from governance.editions import Editions
from process_apis.approvals.requests import Decision
from process_apis.engine import Process
from process_apis.events.event import Event
from process_apis.project_to_cash.records import BillingEvent, EventStatus
from process_apis.project_to_cash.write_offs.asking import Asking
from process_apis.project_to_cash.write_offs.process import processes
from process_apis.project_to_cash.write_offs.records import ReversalWish, WriteOff, WriteOffWish
from process_apis.project_to_cash.write_offs.terms import WriteOffTerms
from process_apis.project_to_cash.write_offs.weighing import Weighing
from system_apis.canonical.money import Money
from tests.faults.changed_project import (
    COMPANY,
    ChangedProject,
    changed_project,
    now,
    person,
)
from tests.faults.cutting import Carried
from tests.system_apis.sandbox.house import NORTHWIND

APPROVE, REJECT = Decision.APPROVE, Decision.REJECT
ASKS_FOR_IT = "U-FI1"
WHY = "the client is insolvent"
ANSWERS = (person("U-FD1", "finance_director"), person("U-CF1", "cfo"))


class WrittenOff:
    """A project of whose milestones finance gives some up."""

    def __init__(self, project: ChangedProject) -> None:
        self.project = project
        firm, checks = load_firm(NORTHWIND), project.surveying.reading.checks
        self.asking = Asking(
            weighing=Weighing(checks),
            ledger=project.write_offs,
            approvals=project.approvals,
            terms=Editions(WriteOffTerms()),
            policy=firm.approval_policy(),
            entities=firm.legal_entities(),
            clock=now,
        )

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what writes off and puts back; the check that follows is its own matter."""
        return processes(writing_off_of(self.asking)), JOURNALED

    async def due(self, milestone: str) -> BillingEvent:
        """Return a milestone's billing event, which fell due and is kept back."""
        event = await self.project.event(milestone)
        if event.status is not EventStatus.PLANNED:
            return event
        kept_back = replace(event, status=EventStatus.BLOCKED)
        return await self.project.billing.checked(kept_back, seen=event)

    async def worth(self, event: BillingEvent) -> Money:
        """Return what an event comes to now."""
        return (await self.asking.weighing.weigh(event)).prepared.draft.gross

    async def asked(self, milestone: str, why: str = WHY) -> WriteOff:
        """Have finance ask to write a milestone off."""
        event = await self.due(milestone)
        wish = WriteOffWish(await self.worth(event), why)
        return await self.asking.write_off(event, wish, by=ASKS_FOR_IT)

    async def asked_back(self, milestone: str) -> WriteOff:
        """Have finance ask to bill a milestone after all."""
        event = await self.project.event(milestone)
        return await self.asking.reversal(event, ReversalWish("they pay"), by=ASKS_FOR_IT)

    async def answered(self, wanted: WriteOff, decision: Decision = APPROVE) -> list[Event]:
        """Have all who are asked answer, and return what follows."""
        approvals = self.project.approvals
        for who in ANSWERS:
            for each in await approvals.waiting(who):
                if each.subject_id == wanted.id:
                    with acting_as(who):
                        await approvals.decide(
                            each.id,
                            decision,
                            version=each.subject_version,
                            comment="as it is",
                            by=who,
                            at=now(),
                        )
        found = await approvals.continuations()
        for continued in found:
            await approvals.mark_continued(continued.approval_id)
        return [each.event for each in found]


async def writing_off(carried: Carried) -> None:
    """One is not agreed to; one is written off, left so, and put back at last."""
    works = carried.works
    assert isinstance(works, WrittenOff)
    refused = await works.asked("M1")
    for event in await works.answered(refused, REJECT):
        await carried.done(event)
    for event in await works.answered(await works.asked("M1", "they went out of business")):
        await carried.done(event)
    for decision in (REJECT, APPROVE):
        for event in await works.answered(await works.asked_back("M1"), decision):
            await carried.done(event)
    for each in await works.project.billing.events(entities=frozenset({COMPANY})):
        carried.saw[f"{each.milestone} is {each.status}"] += 1
    for off in await works.project.write_offs.listed(contract_number="CT-2001"):
        carried.saw[f"{off.id} is {off.stage}"] += 1


@asynccontextmanager
async def given_up(folder: Path) -> AsyncIterator[Carried]:
    """Set the stage of what is written off."""
    async with changed_project(folder) as project:
        yield Carried(project, WrittenOff(project))


SCENES = {"writing-off": (given_up, writing_off)}
STARTED = {
    "writing-off": frozenset(
        {
            "project-to-cash.write-off",
            "project-to-cash.no-write-off",
            "project-to-cash.put-back",
        }
    )
}

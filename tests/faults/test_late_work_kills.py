"""Work that is late is billed by one more bill, though the program is cut off meanwhile."""

from datetime import date
from pathlib import Path
from types import ModuleType

from msgspec.structs import replace

from gateway.parts.journaled import JOURNALED
from process_apis.commands import CommandStatus
from process_apis.engine import Process
from process_apis.events.time_and_expense import WorkApproved
from process_apis.project_to_cash.credits.rebilling import Rebilling
from process_apis.project_to_cash.records import BillingEvent, BillingKind, EventStatus
from process_apis.time_and_expense import process as working
from process_apis.time_and_expense.late_work import LateWork
from process_apis.time_and_expense.records import HandedIn, RowStatus
from process_apis.time_and_expense.surroundings import Surroundings
from tests.faults.changed_project import ASKS, COMPANY, ChangedProject, now
from tests.faults.cutting import carrying
from tests.faults.sent_back import SentBack
from tests.process_apis.billing_facts import id_of
from tests.process_apis.working_facts import handed_in, hours

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


class Late(SentBack):
    """A project whose October is billed already when hours of it are approved."""

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what approves, and plans the bill of what is late."""
        project, entities = self.project, self.firm.legal_entities()
        around = Surroundings(project.systems, self.firm.directory())
        rebilling = Rebilling(project.systems, project.billing, self.ledger.credits, entities, now)
        late = LateWork(around, self.register, rebilling)
        process = replace(self._working(), plan_bill=late.plan_bill)
        return working.processes(process), JOURNALED

    async def billed(self) -> None:
        """Have October billed."""
        start, end = OCTOBER
        event = replace(
            await self.project.event("M1"),
            id=id_of("be", 1),
            kind=BillingKind.TIME,
            milestone=None,
            period_start=start,
            period_end=end,
            status=EventStatus.INVOICED,
        )
        await self.project.billing.plan([event])

    async def approved(self) -> HandedIn:
        """Have hours of October noted, which the project manager waits to approve."""
        wish = hours(on=date(2026, 10, 20), employee="E202", project_number="P-2001")
        row = replace(handed_in(wish), legal_entity=COMPANY, project_number="P-2001")
        return await self.register.note(row, by=ASKS)

    async def of_october(self) -> list[BillingEvent]:
        """Return the bills of October's work, the first one first."""
        every = await self.project.billing.events(
            entities=frozenset({COMPANY}), contract_number="CT-2001"
        )
        return sorted((e for e in every if e.bills_work), key=lambda each: each.sequence)


def _late(project: ChangedProject) -> Late:
    return Late(project)


async def test_a_program_that_ends_after_the_plan_plans_one_bill_of_late_work(
    tmp_path: Path,
) -> None:
    """It is cut off when the bill is planned and nobody knows of it, and finds it there."""
    async with carrying(_late)(tmp_path) as carried:
        works = carried.works
        assert isinstance(works, Late)
        await works.billed()
        row = await works.approved()
        carried.cuts.left = 1
        event = WorkApproved(
            row_id=row.id, version=row.version, approval_id="APP-1", legal_entity=COMPANY
        )
        ended = await carried.done(event)
        bills = await works.of_october()
        known = await works.register.get(row.id, row.version)

    assert [each.rsplit(".", 1)[-1] for each in carried.cuts.made] == ["plan_bill"]
    assert carried.cuts.order.count(carried.cuts.made[0]) == 2
    assert (ended, known.status) == (CommandStatus.DONE, RowStatus.APPROVED)
    assert [(each.sequence, each.status) for each in bills] == [
        (1, EventStatus.INVOICED),
        (2, EventStatus.PLANNED),
    ]

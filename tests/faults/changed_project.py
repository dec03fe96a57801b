"""A fixed price under way, whose changes are cut off after any step and carried on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

from msgspec import Struct
from sqlalchemy import select

from gateway.firm import load_firm
from governance.access import Caller, acting_as
from governance.audit_chain.entries import audit
from governance.editions import Editions
from observability.metrics import Metrics
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import Decision
from process_apis.change_requests import records as change_records
from process_apis.change_requests.amending import Amending
from process_apis.change_requests.applications import Applications
from process_apis.change_requests.arranging import Arranging
from process_apis.change_requests.asking import Asking
from process_apis.change_requests.process import Changes, processes
from process_apis.change_requests.records import PlannedChange
from process_apis.change_requests.submitting import Submitting
from process_apis.change_requests.surroundings import Surroundings
from process_apis.change_requests.surveying import Surveying
from process_apis.change_requests.terms import ChangeTerms
from process_apis.commands import CommandStatus
from process_apis.engagements import Engagements
from process_apis.engine import Process
from process_apis.events.event import Event
from process_apis.opportunity_to_project.planned import planned_events
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.collection.disputes import Disputes
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.redating import Redating
from process_apis.project_to_cash.records import BillingEvent
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger
from process_apis.revenue.reading import Reading
from process_apis.revenue.terms import RevenueTerms
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import ProjectDraft
from system_apis.systems import Instances, Route, SystemKind, Systems
from tests.process_apis.engaged import engaged_by
from tests.process_apis.workshop import Workshop
from tests.system_apis.sandbox.house import MONTH_END, NORTHWIND, House, house_of

COMPANY = "NWA-DE"
CLIENT = ("CUST-1002", "Rhein Motor AG")
PEOPLE = {
    "U-PM2": "project_manager",
    "U-LM1": "line_manager",
    "U-RM1": "resource_manager",
    "U-FI1": "finance",
    "U-PR1": "procurement",
    "U-ST1": "steward",
}
ROUTES = {
    SystemKind.PSA: "psa",
    SystemKind.ERP: "erp-a",
    SystemKind.HR: "hr",
    SystemKind.PROCUREMENT: "procurement",
    SystemKind.CONTRACTS: "contracts",
}


def person(subject: str, role: str) -> Caller:
    """Return somebody of the company."""
    return Caller(
        subject=subject,
        client_id="console",
        scopes=frozenset(),
        roles=frozenset({role}),
        entities=frozenset({COMPANY}),
    )


ASKS = person("U-SO1", "sales_operations")
TESTS = Caller(
    subject="tests",
    client_id="tests",
    scopes=frozenset({"system:psa:read_cost"}),
    entities=frozenset({COMPANY}),
)


class Cut(Struct):
    """Cuts the program off once after each step, before the journal knows that it is done."""

    left: list[str]
    reached: asyncio.Event

    async def here(self, name: str) -> None:
        """Wait to be cut off, the first time that a step is done."""
        if name in self.left:
            self.left.remove(name)
            self.reached.set()
            await asyncio.sleep(60)


class CutAsking(Asking, frozen=True, kw_only=True):
    """Is cut off once it has begun."""

    cut: Cut

    async def begin(self, application_id: str) -> PlannedChange:
        done = await super().begin(application_id)
        await self.cut.here("begin")
        return done


class CutSubmitting(Submitting, frozen=True, kw_only=True):
    """Is cut off after each of its steps."""

    cut: Cut

    async def assess(self, application_id: str) -> None:
        await super().assess(application_id)
        await self.cut.here("assess")

    async def agree(self, application_id: str) -> None:
        await super().agree(application_id)
        await self.cut.here("agree")


class CutAmending(Amending, frozen=True, kw_only=True):
    """Is cut off after each of its steps."""

    cut: Cut

    async def amend(self, change: PlannedChange) -> str:
        done = await super().amend(change)
        await self.cut.here("amend")
        return done

    async def rebaseline(self, change: PlannedChange) -> None:
        await super().rebaseline(change)
        await self.cut.here("rebaseline")

    async def rebill(self, change: PlannedChange) -> None:
        await super().rebill(change)
        await self.cut.here("rebill")


class CutArranging(Arranging, frozen=True, kw_only=True):
    """Is cut off after each of its steps."""

    cut: Cut

    async def staff(self, change: PlannedChange) -> None:
        await super().staff(change)
        await self.cut.here("staff")

    async def reorder(self, change: PlannedChange) -> None:
        await super().reorder(change)
        await self.cut.here("reorder")

    async def tell(self, change: PlannedChange) -> None:
        await super().tell(change)
        await self.cut.here("tell")

    async def end(self, change: PlannedChange) -> PlannedChange:
        done = await super().end(change)
        await self.cut.here("end")
        return done


class ChangedProject:
    """The project, its systems, and the people who agree to its changes."""

    def __init__(self, house: House, workshop: Workshop, cuts: Sequence[str]) -> None:
        self.house, self.workshop = house, workshop
        self.cut = Cut(list(cuts), asyncio.Event())
        self.systems = systems_of(house, COMPANY)
        self.billing = BillingLedger(workshop.store, workshop.audit)
        self.engagements = Engagements(workshop.store, workshop.audit)
        self.applications = Applications(workshop.store, workshop.audit)
        self.write_offs = WriteOffLedger(workshop.store, workshop.audit)
        self.approvals = Approvals(workshop.store, workshop.audit, Metrics())
        self.surveying = self._surveying()
        self.asking = CutAsking(
            surveying=self.surveying,
            applications=self.applications,
            approvals=self.approvals,
            clock=now,
            cut=self.cut,
        )

    def _surveying(self) -> Surveying:
        firm = load_firm(NORTHWIND)
        exchange, entities = firm.exchange(), firm.legal_entities()
        disputes = Disputes(self.workshop.store, self.workshop.audit, self.billing)
        checks = Checks(self.systems, self.billing, entities, now, disputes, firm.approval_policy())
        return Surveying(
            self.systems,
            self.engagements,
            self.billing,
            Reading(self.systems, self.billing, checks, exchange, entities, self.write_offs),
            Surroundings(self.systems, exchange),
            entities,
            Editions(ChangeTerms()),
            Editions(RevenueTerms()),
            "01-01",
            now,
        )

    def _changes(self) -> Changes:
        amending = CutAmending(
            systems=self.systems,
            billing=self.billing,
            redating=Redating(self.workshop.store, self.workshop.audit),
            cut=self.cut,
        )
        arranging = CutArranging(
            systems=self.systems,
            engagements=self.engagements,
            applications=self.applications,
            clock=now,
            cut=self.cut,
        )
        submitting = CutSubmitting(
            systems=self.systems, applications=self.applications, cut=self.cut
        )
        return Changes(submitting, self.asking, amending, arranging)

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what is done, and the rooms whose records its steps return."""
        return processes(self._changes()), [change_records]

    async def set_up(self) -> None:
        """Let the project be under way, with its milestones planned."""
        contract = await self.contract()
        await self.billing.plan(planned_events(contract, "CUST-1002"))
        await self.engagements.open(engaged_by(contract, CLIENT, now()))
        await self.systems.psas["psa"].create_project(_project(contract), key="o2p:P-2001")

    async def contract(self) -> Contract:
        """Return the contract as it is now."""
        return (await self.systems.contracts.contracts(number="CT-2001")).items[0]

    async def event(self, milestone: str) -> BillingEvent:
        """Return the billing event of a milestone."""
        found = await self.billing.events(entities=frozenset({COMPANY}), contract_number="CT-2001")
        return next(each for each in found if each.milestone == milestone)

    async def carried_out(self, event: Event) -> None:
        """Have everybody agree, and the work done however often it is cut off."""
        await self.done(event)
        for follows in await self._decided():
            await self.done(follows)

    async def told(self, first_word: str) -> list[str]:
        """Return what the audit tells, oldest first."""
        query = select(audit.c.action).where(audit.c.action.startswith(f"{first_word}."))
        return await self.workshop.store.read(
            lambda c: [*c.execute(query.order_by(audit.c.sequence)).scalars()]
        )

    async def _decided(self) -> list[Event]:
        for subject, role in PEOPLE.items():
            who = person(subject, role)
            for asked in await self.approvals.waiting(who):
                with acting_as(who):
                    await self.approvals.decide(
                        asked.id,
                        Decision.APPROVE,
                        version=asked.subject_version,
                        comment="yes",
                        by=who,
                        at=now(),
                    )
        answered = await self.approvals.continuations()
        for each in answered:
            await self.approvals.mark_continued(each.approval_id)
        return [each.event for each in answered]

    async def done(self, event: Event) -> None:
        """Have work done however often it is cut off."""
        while True:
            self.cut.reached.clear()
            done, journaled = self.work()
            async with self.workshop.engine(
                *done, journaled=journaled, entities=frozenset({COMPANY})
            ) as engine:
                await engine.start(event, by=ASKS.subject)
                if await self._ended(event.business_key):
                    return

    async def _ended(self, key: str) -> bool:
        """Whether the work came to its end, before it was cut off."""
        async with asyncio.timeout(20):
            while not self.cut.reached.is_set():
                command = await self.workshop.commands.find(key)
                if command and command.status in {CommandStatus.DONE, CommandStatus.PARKED}:
                    return True
                await asyncio.sleep(0.01)
        return False


@asynccontextmanager
async def changed_project(
    directory: Path, cuts: Sequence[str] = ()
) -> AsyncIterator[ChangedProject]:
    """Run the firm's systems at the end of October, with the project under way."""
    data = directory / "data"
    data.mkdir()
    workshop = Workshop(data)
    async with house_of(NORTHWIND, directory, timeout_ms=10_000) as house:
        await house.at(MONTH_END)
        project = ChangedProject(house, workshop, cuts)
        with acting_as(TESTS):
            await project.set_up()
            yield project
    workshop.close()


def now() -> datetime:
    """Return the moment at which it all happens."""
    return datetime(2026, 10, 31, 22, tzinfo=UTC)


def _project(contract: Contract) -> ProjectDraft:
    return ProjectDraft(
        number=contract.project_number,
        name="Plant analytics",
        client_number="CUST-1002",
        client_name="Rhein Motor AG",
        contract_number=contract.number,
        legal_entity=contract.legal_entity,
        billing_model=contract.billing_model,
        currency=contract.currency,
        project_manager=contract.project_manager or "",
        template_code="FF-STD",
        template_version=1,
        start=contract.effective_from,
        end=contract.effective_to,
    )


def systems_of(house: House, *companies: str) -> Systems:
    """Return the firm's systems, as companies of its own reach them."""
    instances = Instances(
        crm=house.crm(),
        contracts=house.contracts(),
        psas={"psa": house.psa()},
        erps={"erp-a": house.erp()},
        hrs={"hr": house.hr()},
        procurements={"procurement": house.procurement()},
    )
    routed = [each for company in companies for each in routed_of(company)]
    return Systems(instances, routed, house.store, house.references)


def routed_of(company: str) -> list[Route]:
    """Return which systems are a company's."""
    return [Route(kind, company, instance, date.min) for kind, instance in ROUTES.items()]

"""A scene of deals and clients that two systems know, and what people are asked about them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

from gateway.firm import Firm, load_firm
from gateway.parts.journaled import JOURNALED
from governance.access import acting_as
from process_apis.approvals.requests import Decision
from process_apis.client_authority import process as authority
from process_apis.client_authority.process import ClientAuthority
from process_apis.client_matching import process as matching
from process_apis.client_matching.merges import MergeBook
from process_apis.client_matching.process import ClientMatching
from process_apis.client_matching.questions import StewardQuestions
from process_apis.client_matching.register import MatchRegister
from process_apis.client_matching.rules import MatchTerms
from process_apis.commands import CommandStatus
from process_apis.engine import Process
from process_apis.events.clients import ClientChanged, ClientScanAsked
from process_apis.events.set_up import HandoverOverdue
from process_apis.opportunity_to_project import process as set_up
from process_apis.opportunity_to_project.clients import ClientMaster
from process_apis.opportunity_to_project.handovers import Handovers
from process_apis.opportunity_to_project.preparation import Preparation
from process_apis.opportunity_to_project.process import OpportunityToProject
from process_apis.opportunity_to_project.provisioning import Provisioning
from process_apis.opportunity_to_project.questions import Questions
from process_apis.opportunity_to_project.undoing import Undoing
from process_apis.opportunity_to_project.watching import Watch
from system_apis.known_records import known_as
from system_apis.systems import Instances, Route, SystemKind, Systems
from tests.faults.changed_project import COMPANY, TESTS, ChangedProject, now
from tests.faults.cutting import Carried
from tests.process_apis.workshop import Workshop
from tests.stories.clerks import Clerks
from tests.system_apis.sandbox.house import NORTHWIND, House, house_of

# A deal of these days is signed, and won three days after.
SIGNED = datetime(2026, 10, 3, 8, tzinfo=UTC)
WON = "2026-10-06T08:00:00Z"
DEAL, ACCOUNT = "OPP-42", "001A04"


class KnownTwice(ChangedProject):
    """Clients and deals whose records are in more than one system."""

    def __init__(self, house: House, workshop: Workshop) -> None:
        super().__init__(house, workshop, ())
        self.systems = _systems(house)
        self.firm = load_firm(NORTHWIND)
        book = MergeBook(house.store, workshop.audit, now)
        self.steward = StewardQuestions(self.approvals, book, self.systems.names_of, now)

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what compares clients, and what opens projects."""
        workshop = self.workshop
        scan = ClientMatching(
            systems=self.systems,
            register=MatchRegister(workshop.store, workshop.audit),
            questions=self.steward,
            terms=MatchTerms(),
            entities=frozenset({COMPANY}),
            clock=now,
        )
        owned = ClientAuthority(self.systems, self.approvals, self.firm.authorities(), now)
        return [
            *matching.processes(scan),
            *authority.processes(owned),
            *set_up.processes(opening(self, self.steward, self.firm, now)),
        ], JOURNALED


def opening(
    project: ChangedProject, steward: StewardQuestions, firm: Firm, now: Callable[[], datetime]
) -> OpportunityToProject:
    """Return what opens the projects of deals."""
    systems, engagements, terms = project.systems, project.engagements, firm.set_up_terms()
    clients = ClientMaster(systems, steward, MatchTerms())
    preparation = Preparation(systems, engagements, clients, now)
    waits = Handovers(project.workshop.store, project.workshop.audit, now)
    return OpportunityToProject(
        systems=systems,
        preparation=preparation,
        questions=Questions(project.approvals, steward, engagements, now),
        provisioning=Provisioning(systems, engagements, project.billing, clients, now),
        undoing=Undoing(systems, engagements, project.billing, preparation),
        watch=Watch(systems, waits, preparation, firm.legal_entities(), terms, now),
        terms=terms,
    )


async def knowing(carried: Carried) -> None:
    """Clients are compared, one made one and one changed; the other half of a deal comes late."""
    project = carried.project
    house, clerks = project.house, Clerks(project.house.address, project.house.session)
    await carried.done(ClientScanAsked(occasion="first", legal_entity=COMPANY))
    await _approved(carried)
    await clerks.edit_account("crm", ACCOUNT, Tax_Id__c="99-1234567")
    client = (await house.crm().clients(number="CL-4")).items[0]
    changed = ClientChanged(
        instance="crm", client_id=client.id, version=client.version, legal_entity=COMPANY
    )
    await carried.done(changed)
    [referred] = await carried.decided(client.id, Decision.APPROVE)
    assert await carried.done(referred) is CommandStatus.PARKED
    await clerks.edit_account("crm", ACCOUNT, Tax_Id__c="GB123456054")
    await carried.retried(referred)
    contract = (await house.contracts().contracts(opportunity_number=DEAL)).items[0]
    late = HandoverOverdue(
        subject_id=contract.id,
        opportunity_number=DEAL,
        since=date(2026, 10, 2),
        legal_entity=COMPANY,
    )
    assert await carried.done(late) is CommandStatus.PARKED
    await house.at(WON)
    await carried.retried(late)
    one = {await known_as(house.store, "erp-b", "client", each) for each in ("C-77", "C-81")}
    sold = {each.id for each in (await house.crm().clients()).items}
    carried.saw["clients that are one"] = len(one & sold)


async def _approved(carried: Carried) -> None:
    for event in await carried.decided("", Decision.APPROVE):
        await carried.done(event)


@asynccontextmanager
async def known_twice(directory: Path) -> AsyncIterator[Carried]:
    """Set the stage of what two systems know, while a deal is signed and not yet won."""
    data = directory / "data"
    data.mkdir()
    workshop = Workshop(data)
    async with house_of(NORTHWIND, directory, timeout_ms=10_000, begins=SIGNED) as house:
        with acting_as(TESTS):
            yield Carried(KnownTwice(house, workshop))
    workshop.close()


def _systems(house: House) -> Systems:
    books = {each: house.erp(each) for each in ("erp-a", "erp-b")}
    instances = Instances(
        crm=house.crm(),
        contracts=house.contracts(),
        psas={"psa": house.psa()},
        erps=dict(books),
        hrs={},
        procurements={},
    )
    routes = [
        Route(SystemKind.ERP, COMPANY, "erp-b", date.min),
        Route(SystemKind.PSA, "NWA-US", "psa", date.min),
    ]
    return Systems(instances, routes, house.store, house.references)


SCENES = {"knowing": (known_twice, knowing)}
STARTED = {
    "knowing": frozenset(
        {
            *("client-matching", matching.DECIDED, authority.NAME, authority.REFERRED),
            "handover-overdue",
        }
    )
}

"""A project that runs already, as every system knows it, and the engagement it becomes."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from process_apis.adoption.balances import Obstacle, ObstacleCode
from process_apis.adoption.findings import finding_id
from process_apis.engagements import Engagement, EngagementStatus, adopted_key
from process_apis.opportunity_to_project.planned import planned_events
from process_apis.project_to_cash.records import BillingEvent
from system_apis.canonical.billing import LedgerProject
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import Project, ProjectStatus
from system_apis.canonical.party import Client
from system_apis.canonical.record import Source
from system_apis.canonical.sales import Opportunity
from system_apis.systems import Systems


class ClientLink(Struct, frozen=True):
    """The finding that the client that the ERP bills is the one that the CRM sold to."""

    canonical_id: str
    client_number: str
    source: Source


class RunningProject(Struct, frozen=True):
    """What taking a project over would write, or why it cannot be taken over.

    `finding_id` is what a finding about it goes by, if there is one.
    """

    engagement: Engagement | None
    finding_id: str | None
    planned: tuple[BillingEvent, ...]
    link: ClientLink | None
    obstacles: tuple[Obstacle, ...]


class RunningProjects(Struct, frozen=True):
    """Looks a contract's project up in the systems."""

    systems: Systems
    clock: Callable[[], datetime]

    async def of(self, contract: Contract) -> RunningProject:
        """Return the engagement that a contract's running project becomes."""
        on = contract.effective_from
        psa = self.systems.psa(contract.legal_entity, on=on)
        erp = self.systems.erp(contract.legal_entity, on=on)
        number = contract.project_number
        found = (await psa.projects(number=number)).items
        project = found[0] if found else None
        booked = await erp.ledger_project(number, legal_entity=contract.legal_entity)
        missing = tuple(obstacles(contract, project, booked))
        if missing or project is None or booked is None:
            return RunningProject(None, None, (), None, missing)
        billed = (await erp.clients(number=booked.client_number)).items[0]
        opportunity = await self._opportunity(contract)
        sold_to = await self.systems.crm.client(opportunity.client_id) if opportunity else billed
        return RunningProject(
            self._engagement(contract, project, sold_to, opportunity),
            finding_id(psa.instance, project.id),
            tuple(planned_events(contract, booked.client_number)),
            ClientLink(sold_to.id, billed.number, billed.source) if sold_to != billed else None,
            (),
        )

    async def _opportunity(self, contract: Contract) -> Opportunity | None:
        """Return the sale that a contract came of; one from before the CRM has none."""
        number = contract.opportunity_number
        if number is None:
            return None
        found = (await self.systems.crm.opportunities(number=number)).items
        return found[0] if found else None

    def _engagement(
        self,
        contract: Contract,
        project: Project,
        client: Client,
        opportunity: Opportunity | None,
    ) -> Engagement:
        now = self.clock()
        return Engagement(
            project_number=project.number,
            name=project.name,
            opportunity_id=opportunity.id if opportunity else None,
            contract_id=contract.id,
            contract_number=contract.number,
            legal_entity=contract.legal_entity,
            business_unit=contract.business_unit or project.business_unit,
            client_id=client.id,
            client_number=client.number,
            client_name=client.legal_name,
            currency=contract.currency,
            billing_model=contract.billing_model,
            project_manager=contract.project_manager or project.project_manager,
            command_key=adopted_key(project.number),
            status=EngagementStatus.ACTIVE,
            project_id=project.id,
            agreed_at=contract.signed_at or now,
            opened_at=now,
            activated_at=now,
        )


def obstacles(
    contract: Contract, project: Project | None, booked: LedgerProject | None
) -> list[Obstacle]:
    """Return what keeps a project from being taken over, all at once."""
    found = []
    if contract.signed_at is None:
        found.append(
            Obstacle(
                code=ObstacleCode.CONTRACT_NOT_SIGNED,
                reason=f"{contract.number} is not signed",
                remedy="have it signed first",
                at="/contract_number",
            )
        )
    if project is None:
        found.append(
            Obstacle(
                code=ObstacleCode.PROJECT_NOT_FOUND,
                reason=f"the PSA has no project {contract.project_number}",
                remedy="open it there, or leave it to be set up from its opportunity",
                at="/project_number",
            )
        )
    elif wrong := _mismatch(contract, project):
        found.append(wrong)
    if booked is None:
        found.append(
            Obstacle(
                code=ObstacleCode.LEDGER_PROJECT_MISSING,
                reason=f"the books of {contract.legal_entity} have no {contract.project_number}",
                remedy="create the project in the ERP",
                at="/project_number",
            )
        )
    return found


def _mismatch(contract: Contract, project: Project) -> Obstacle | None:
    if project.status is not ProjectStatus.ACTIVE:
        return Obstacle(
            code=ObstacleCode.PROJECT_NOT_ACTIVE,
            reason=f"{project.number} is {project.status} in the PSA",
            remedy="open it for time there",
            at="/project_number",
        )
    pairs = {
        "contract": (project.contract_number, contract.number),
        "legal entity": (project.legal_entity, contract.legal_entity),
        "currency": (project.currency, contract.currency),
        "billing model": (project.billing_model, contract.billing_model),
    }
    apart = [f"{what} {one}, not {other}" for what, (one, other) in pairs.items() if one != other]
    if not apart:
        return None
    return Obstacle(
        code=ObstacleCode.PROJECT_MISMATCH,
        reason=f"{project.number} has {', '.join(apart)}",
        remedy="the contract wins: put the project right in the PSA",
        at="/project_number",
    )

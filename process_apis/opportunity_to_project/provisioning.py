"""What opens a project in PSA, ERP and CRM: each step a write with a business key of its own."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from process_apis.engagements import Engagement, Engagements
from process_apis.opportunity_to_project import rules, staffing
from process_apis.opportunity_to_project.clients import ClientMaster
from process_apis.opportunity_to_project.planned import planned_events
from process_apis.opportunity_to_project.preparation import stop_on
from process_apis.pages import every
from process_apis.project_to_cash.ledger.billing import BillingLedger
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import BudgetDraft, Project, ProjectTemplate
from system_apis.canonical.party import Client
from system_apis.canonical.team import Booking
from system_apis.systems import Systems


class Provisioning(Struct, frozen=True):
    """The steps that tell the systems of a project; it stays closed for time until the last."""

    systems: Systems
    engagements: Engagements
    billing: BillingLedger
    clients: ClientMaster
    clock: Callable[[], datetime]

    async def begin(self, engagement: Engagement) -> None:
        """Write down that the systems are told of the project from now on."""
        await self.engagements.provisioning(engagement)

    async def create_project(
        self, agreement: rules.Agreement, template: ProjectTemplate
    ) -> Project:
        """Create the project, closed for time."""
        draft = rules.draft_project(agreement, template)
        psa = self.systems.psa(draft.legal_entity, on=draft.start)
        return await psa.create_project(draft, key=rules.project_key(agreement.opportunity))

    async def set_budget(self, project: Project, budget: BudgetDraft) -> Project:
        """Write the baseline to the PSA."""
        psa = self.systems.psa(project.legal_entity, on=project.start)
        return await psa.set_budget(project.id, budget, key=f"budget:{project.id}:1")

    async def assign_rate_card(self, project: Project, contract: Contract) -> Project:
        """Write the contract's rates to the PSA; the contract owns them."""
        psa = self.systems.psa(project.legal_entity, on=project.start)
        key = f"rates:{project.id}:{contract.version}"
        return await psa.assign_rate_card(project.id, contract.rates, key=key)

    async def client_in_books(self, agreement: rules.Agreement) -> Client:
        """Return the client in the company's ERP, creating one that is new there."""
        return await self.clients.bring_into_books(agreement)

    async def plan_billing(self, agreement: rules.Agreement, client: Client) -> int:
        """Write the billing plan down and return how many invoices it foresees."""
        events = planned_events(agreement.contract, client.number)
        await self.billing.plan(events)
        return len(events)

    async def create_ledger_project(self, project: Project, client: Client) -> str:
        """Make the project known to the books of its legal entity, and return its number there."""
        erp = self.systems.erp(project.legal_entity, on=project.start)
        draft = rules.ledger_project(project, client)
        created = await erp.create_ledger_project(
            draft, key=rules.ledger_project_key(project.number)
        )
        return created.number

    async def request_people(self, agreement: rules.Agreement, presold: list[Booking]) -> int:
        """Ask for every role and window, and return how many requests that makes."""
        contract = agreement.contract
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        resources = await psa.resources(legal_entity=contract.legal_entity)
        drafts = staffing.requests(agreement, resources, presold)
        for draft in drafts:
            await psa.open_staffing_request(draft, key=staffing.request_key(draft))
        return len(drafts)

    async def presold_people(self, agreement: rules.Agreement) -> list[Booking]:
        """Return whom sales promised by name."""
        contract = agreement.contract
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        number = agreement.opportunity.number
        found = await every(lambda at: psa.bookings(project_number=number, cursor=at))
        return staffing.presold(found)

    async def book_presold(self, project: Project, presold: list[Booking]) -> None:
        """Let the bookings of the people whom sales promised count for the project."""
        psa = self.systems.psa(project.legal_entity, on=project.start)
        for each in presold:
            key = f"booking:{each.id}:{project.number}"
            await psa.move_booking(each.id, project.number, key=key)

    async def assign_onboarding(self, agreement: rules.Agreement, template: ProjectTemplate) -> int:
        """Write down what is to be done before work begins, and return how much that is."""
        contract = agreement.contract
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        drafts = staffing.onboarding(agreement, template)
        for draft in drafts:
            await psa.create_task(draft, key=staffing.task_key(draft))
        return len(drafts)

    async def link_project(self, agreement: rules.Agreement, project: Project) -> None:
        """Show sales which project their opportunity became."""
        opportunity = agreement.opportunity
        key = f"link:{opportunity.id}"
        await self.systems.crm.link_project(opportunity.id, project.number, key=key)

    async def activate(
        self, project: Project, agreement: rules.Agreement, template: ProjectTemplate
    ) -> Project:
        """Open the project for time, once every mandatory check is green."""
        psa = self.systems.psa(project.legal_entity, on=project.start)
        erp = self.systems.erp(project.legal_entity, on=project.start)
        current = await psa.project(project.id)
        number, entity = project.number, project.legal_entity
        asked = await psa.staffing_requests(project_number=number)
        tasks = await every(lambda at: psa.tasks(project_number=number, cursor=at))
        in_books = await erp.ledger_project(number, legal_entity=entity)
        stop_on(
            [
                *rules.provisioned(current, agreement.contract, in_books=in_books is not None),
                *staffing.unready(agreement, template, asked.items, tasks),
            ]
        )
        return await psa.activate_project(project.id, key=f"activate:{project.id}")

    async def close_set_up(self, engagement: Engagement, project: Project) -> None:
        """Write down that the set-up is over."""
        await self.engagements.activated(
            engagement.project_number, project_id=project.id, at=self.clock()
        )

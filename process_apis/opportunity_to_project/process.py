"""From a won opportunity to an active project, as the domain handbook's 3(a) tells it.

It begins when the deal is both won and signed, whichever comes second, and ends when the
project is open for time in the PSA and known to the ERP and the CRM.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from process_apis.engagements import Engagement, Engagements, EngagementStatus
from process_apis.engine import Process, step
from process_apis.events import (
    ContractSigned,
    EngagementAgreed,
    OpportunityWon,
    ProjectActivated,
)
from process_apis.opportunity_to_project import rules
from process_apis.opportunity_to_project.planned import planned_events
from process_apis.project_to_cash.ledger import BillingLedger
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import Budget, Project, ProjectTemplate
from system_apis.canonical.party import Client
from system_apis.errors import Refused
from system_apis.systems import Systems

NAME = "opportunity-to-project"


class OpportunityToProject(Struct, frozen=True):
    """The process with what it needs at hand."""

    systems: Systems
    engagements: Engagements
    billing: BillingLedger
    terms: rules.SetupTerms
    clock: Callable[[], datetime]

    async def after_win(self, event: OpportunityWon) -> EngagementAgreed | None:
        """Begin, if the contract of a won opportunity is signed."""
        return await step(self.agreed_by_win, event.opportunity_id)

    async def after_signature(self, event: ContractSigned) -> EngagementAgreed | None:
        """Begin, if the opportunity of a signed contract is won."""
        return await step(self.agreed_by_signature, event.contract_id)

    async def run(self, event: EngagementAgreed) -> ProjectActivated:
        """Open the project of an agreed engagement in CRM, PSA and ERP."""
        agreement = await step(self.check_agreement, event)
        engagement = await step(self.open_engagement, agreement, event)
        client = await step(self.match_client, agreement)
        template = await step(self.choose_template, agreement.contract)
        project = await step(self.create_project, agreement, template)
        budget = await step(self.draw_budget, agreement)
        await step(self.set_budget, project, budget)
        await step(self.assign_rate_card, project, agreement.contract)
        await step(self.plan_billing, agreement, client)
        await step(self.create_ledger_project, project, client)
        await step(self.link_project, agreement, project)
        active = await step(self.activate, project, agreement.contract)
        await step(self.close_set_up, engagement, active)
        return ProjectActivated(
            project_number=engagement.project_number, legal_entity=engagement.legal_entity
        )

    async def agreed_by_win(self, opportunity_id: str) -> EngagementAgreed | None:
        """Read a won opportunity and look for its contract."""
        opportunity = await self.systems.crm.opportunity(opportunity_id)
        found = await self.systems.contracts.contracts(opportunity_number=opportunity.number)
        contract = found.items[0] if found.items else None
        if contract is None or not rules.is_agreed(opportunity, contract):
            return None
        return await self._to_set_up(opportunity.id, contract)

    async def agreed_by_signature(self, contract_id: str) -> EngagementAgreed | None:
        """Read a signed contract and look for its opportunity."""
        contract = await self.systems.contracts.contract(contract_id)
        if contract.opportunity_number is None:
            return None
        found = await self.systems.crm.opportunities(number=contract.opportunity_number)
        if not found.items or not rules.is_agreed(found.items[0], contract):
            return None
        return await self._to_set_up(found.items[0].id, contract)

    async def _to_set_up(self, opportunity_id: str, contract: Contract) -> EngagementAgreed | None:
        """Return what begins; a project that runs without us is adopted, and not set up."""
        agreed = _agreed(opportunity_id, contract)
        engagement = await self.engagements.find(contract.project_number)
        if engagement is not None:
            return agreed if engagement.command_key == agreed.business_key else None
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        running = (await psa.projects(number=contract.project_number)).items
        return None if running else agreed

    async def check_agreement(self, event: EngagementAgreed) -> rules.Agreement:
        """Read what was agreed; stop at a person when it is incomplete or contradicts itself."""
        opportunity = await self.systems.crm.opportunity(event.opportunity_id)
        contract = await self.systems.contracts.contract(event.contract_id)
        client = await self.systems.crm.client(opportunity.client_id)
        agreement = rules.Agreement(opportunity, contract, client)
        _stop_on(rules.gaps(agreement, self.terms))
        return agreement

    async def open_engagement(
        self, agreement: rules.Agreement, event: EngagementAgreed
    ) -> Engagement:
        """Write the engagement down in our own books."""
        contract, opportunity = agreement.contract, agreement.opportunity
        won, signed = opportunity.closed_won_at, contract.signed_at
        return await self.engagements.open(
            Engagement(
                project_number=contract.project_number,
                name=opportunity.name,
                opportunity_id=opportunity.id,
                contract_id=contract.id,
                contract_number=contract.number,
                legal_entity=contract.legal_entity,
                client_number=agreement.client.number,
                client_name=agreement.client.legal_name,
                currency=contract.currency,
                billing_model=contract.billing_model,
                project_manager=contract.project_manager or "",
                command_key=event.business_key,
                status=EngagementStatus.PROVISIONING,
                agreed_at=max(filter(None, (won, signed)), default=self.clock()),
                opened_at=self.clock(),
            )
        )

    async def match_client(self, agreement: rules.Agreement) -> Client:
        """Find the client in the ERP by its tax id, or create it there; a name never matches."""
        contract, client = agreement.contract, agreement.client
        erp = self.systems.erp(contract.legal_entity, on=contract.effective_from)
        if client.tax_id:
            found = (await erp.clients(tax_id=client.tax_id)).items
            if len(found) > 1:
                numbers = ", ".join(each.number for each in found)
                raise Refused(erp.instance, f"one tax id, {numbers}", code="CLIENT_AMBIGUOUS")
            if found:
                return found[0]
        draft = rules.ledger_client(client, contract)
        return await erp.create_client(draft, key=f"client:{client.tax_id or client.number}")

    async def choose_template(self, contract: Contract) -> ProjectTemplate:
        """Take the newest published template of the contract's billing model."""
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        template = rules.choose_template(contract, await psa.templates())
        if template is None:
            reason = f"no template for {contract.billing_model}"
            raise Refused(psa.instance, reason, code="TEMPLATE_NOT_FOUND")
        return template

    async def create_project(
        self, agreement: rules.Agreement, template: ProjectTemplate
    ) -> Project:
        """Create the project, closed for time."""
        draft = rules.draft_project(agreement, template)
        psa = self.systems.psa(draft.legal_entity, on=draft.start)
        return await psa.create_project(draft, key=f"project:{agreement.opportunity.id}")

    async def draw_budget(self, agreement: rules.Agreement) -> Budget:
        """Draw the baseline; a margin under the floor stops at a person."""
        contract = agreement.contract
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        resources = await psa.resources(legal_entity=contract.legal_entity)
        budget = rules.budget(agreement, resources)
        if budget is None:
            raise Refused(psa.instance, "a role has no cost rate", code="COST_RATE_NOT_FOUND")
        if budget.margin < self.terms.margin_floor:
            reason = f"planned margin {budget.margin:%}, floor {self.terms.margin_floor:%}"
            raise Refused(psa.instance, reason, code="MARGIN_BELOW_FLOOR")
        return budget

    async def set_budget(self, project: Project, budget: Budget) -> Project:
        """Write the baseline to the PSA."""
        psa = self.systems.psa(project.legal_entity, on=project.start)
        return await psa.set_budget(project.id, budget, key=f"budget:{project.id}:1")

    async def assign_rate_card(self, project: Project, contract: Contract) -> Project:
        """Write the contract's rates to the PSA; the contract owns them."""
        psa = self.systems.psa(project.legal_entity, on=project.start)
        key = f"rates:{project.id}:{contract.version}"
        return await psa.assign_rate_card(project.id, contract.rates, key=key)

    async def plan_billing(self, agreement: rules.Agreement, client: Client) -> int:
        """Write the billing plan down and return how many invoices it foresees."""
        events = planned_events(agreement.contract, client.number)
        await self.billing.plan(events)
        return len(events)

    async def create_ledger_project(self, project: Project, client: Client) -> str:
        """Make the project known to the books of its legal entity, and return its number there."""
        erp = self.systems.erp(project.legal_entity, on=project.start)
        draft = rules.ledger_project(project, client)
        created = await erp.create_ledger_project(draft, key=f"ledger-project:{project.number}")
        return created.number

    async def link_project(self, agreement: rules.Agreement, project: Project) -> None:
        """Show sales which project their opportunity became."""
        opportunity = agreement.opportunity
        key = f"link:{opportunity.id}"
        await self.systems.crm.link_project(opportunity.id, project.number, key=key)

    async def activate(self, project: Project, contract: Contract) -> Project:
        """Open the project for time, once everything it needs is there."""
        psa = self.systems.psa(project.legal_entity, on=project.start)
        current = await psa.project(project.id)
        _stop_on(rules.provisioned(current, contract))
        return await psa.activate_project(project.id, key=f"activate:{project.id}")

    async def close_set_up(self, engagement: Engagement, project: Project) -> None:
        """Write down that the set-up is over."""
        await self.engagements.activated(
            engagement.project_number, project_id=project.id, at=self.clock()
        )


def processes(process: OpportunityToProject) -> list[Process]:
    """Return what of this value stream happens on which event."""
    reading = frozenset({"system:crm:read", "system:contracts:read", "system:psa:read"})
    everything = reading | {
        "system:crm:write",
        "system:psa:read_cost",
        "system:psa:write",
        "system:erp:read",
        "system:erp:write",
    }
    return [
        Process(name="handover-of-win", on=OpportunityWon, run=process.after_win, scopes=reading),
        Process(
            name="handover-of-signature",
            on=ContractSigned,
            run=process.after_signature,
            scopes=reading,
        ),
        Process(name=NAME, on=EngagementAgreed, run=process.run, scopes=everything),
    ]


def _agreed(opportunity_id: str, contract: Contract) -> EngagementAgreed:
    return EngagementAgreed(
        opportunity_id=opportunity_id,
        contract_id=contract.id,
        legal_entity=contract.legal_entity,
    )


def _stop_on(gaps: list[rules.Gap]) -> None:
    if gaps:
        raise Refused("set-up", "; ".join(gap.reason for gap in gaps), code=gaps[0].code)

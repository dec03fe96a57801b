"""What is looked at before anybody is told of a project: deal, client, template and budget."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from process_apis.engagements import Engagement, Engagements, EngagementStatus
from process_apis.opportunity_to_project import rules
from process_apis.opportunity_to_project.clients import ClientMaster, ClientSearch
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import BudgetDraft, ProjectStatus, ProjectTemplate
from system_apis.errors import Refused
from system_apis.systems import Systems


class Preparation(Struct, frozen=True):
    """The steps that read systems and write nothing but our own books."""

    systems: Systems
    engagements: Engagements
    clients: ClientMaster
    clock: Callable[[], datetime]

    async def read(self, opportunity_id: str, contract_id: str) -> rules.Agreement:
        """Return what CRM and contract system say of a deal now."""
        opportunity = await self.systems.crm.opportunity(opportunity_id)
        contract = await self.systems.contracts.contract(contract_id)
        client = await self.systems.crm.client(opportunity.client_id)
        return rules.Agreement(opportunity, contract, client)

    async def runs_without_us(self, contract: Contract) -> bool:
        """Whether somebody else opened the project of a contract, adopted since or not."""
        engagement = await self.engagements.find(contract.project_number)
        if engagement is not None:
            return engagement.is_adopted
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        found = (await psa.projects(number=contract.project_number)).items
        return any(each.status is not ProjectStatus.CANCELLED for each in found)

    async def check_agreement(self, opportunity_id: str, contract_id: str) -> rules.Agreement:
        """Read what was agreed; stop at a person when it is incomplete."""
        agreement = await self.read(opportunity_id, contract_id)
        stop_on(rules.gaps(agreement))
        return agreement

    async def open_engagement(self, agreement: rules.Agreement, command_key: str) -> Engagement:
        """Write the engagement down in our own books, as one that may still be refused."""
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
                business_unit=contract.business_unit,
                client_id=agreement.client.id,
                client_number=agreement.client.number,
                client_name=agreement.client.legal_name,
                currency=contract.currency,
                billing_model=contract.billing_model,
                project_manager=contract.project_manager or "",
                command_key=command_key,
                status=EngagementStatus.PENDING_APPROVAL,
                agreed_at=max(filter(None, (won, signed)), default=self.clock()),
                opened_at=self.clock(),
            )
        )

    async def find_client(self, agreement: rules.Agreement) -> ClientSearch:
        """Return the client as the company's ERP has it, or who in it may be the same.

        Stops at a person when the client could not be billed there in the contract's currency.
        """
        contract = agreement.contract
        erp = self.systems.erp(contract.legal_entity, on=contract.effective_from)
        stop_on(rules.ledger_gaps(agreement, await erp.currencies()))
        return await self.clients.search(agreement)

    async def choose_template(self, contract: Contract) -> ProjectTemplate:
        """Take the newest published template of the contract's billing model."""
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        template = rules.choose_template(contract, await psa.templates())
        if template is None:
            reason = f"no template for {contract.billing_model}"
            raise Refused(psa.instance, reason, code="TEMPLATE_NOT_FOUND")
        return template

    async def draw_budget(self, agreement: rules.Agreement) -> BudgetDraft:
        """Draw the baseline: what the work was sold for and is planned to cost."""
        contract = agreement.contract
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        resources = await psa.resources(legal_entity=contract.legal_entity)
        budget = rules.budget(agreement, resources)
        if budget is None:
            raise Refused(psa.instance, "a role has no cost rate", code="COST_RATE_NOT_FOUND")
        return budget


def stop_on(gaps: list[rules.Gap]) -> None:
    """Stop at a person when something is missing."""
    if gaps:
        raise Refused("set-up", "; ".join(gap.reason for gap in gaps), code=gaps[0].code)

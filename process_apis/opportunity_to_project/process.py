"""From a won opportunity to an active project, as the domain handbook's 3(a) tells it.

It begins when the deal is both won and signed, whichever comes second, and ends when the
project is open for time in the PSA and known to the ERP and the CRM.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from process_apis.engagements import Engagement, Engagements, EngagementStatus
from process_apis.engine import Process, step, wait_for
from process_apis.events import (
    ContractSigned,
    EngagementAgreed,
    Event,
    OpportunityWon,
    ProjectActivated,
    SetUpResumed,
)
from process_apis.opportunity_to_project import reviews, rules
from process_apis.opportunity_to_project.questions import NAME, Answer, Questions
from process_apis.opportunity_to_project.reviews import Review
from process_apis.project_to_cash.identifiers import billing_event_id
from process_apis.project_to_cash.ledger import BillingLedger
from process_apis.project_to_cash.records import BillingEvent, BillingKind, EventStatus
from system_apis.canonical.contracts import BillingModel, Contract
from system_apis.canonical.delivery import Budget, Project, ProjectTemplate
from system_apis.canonical.party import Client
from system_apis.canonical.sales import Opportunity
from system_apis.errors import Refused
from system_apis.systems import Systems

RESUMED = "set-up-resumed"
KINDS = {
    BillingModel.TIME_AND_MATERIALS: BillingKind.TIME,
    BillingModel.FIXED_FEE: BillingKind.MILESTONE,
    BillingModel.RETAINER: BillingKind.RETAINER,
    BillingModel.SUBSCRIPTION: BillingKind.SUBSCRIPTION,
}


class OpportunityToProject(Struct, frozen=True):
    """The process with what it needs at hand."""

    systems: Systems
    engagements: Engagements
    billing: BillingLedger
    questions: Questions
    terms: rules.SetupTerms
    clock: Callable[[], datetime]

    async def after_win(self, event: OpportunityWon) -> EngagementAgreed | SetUpResumed | None:
        """Begin, if the contract of a won opportunity is signed."""
        return await step(self.agreed_by_win, event.opportunity_id)

    async def after_signature(
        self, event: ContractSigned
    ) -> EngagementAgreed | SetUpResumed | None:
        """Begin, if the opportunity of a signed contract is won."""
        return await step(self.agreed_by_signature, event.contract_id)

    async def run(self, event: EngagementAgreed | SetUpResumed) -> Event | None:
        """Open the project of an agreed engagement, once everybody agrees who must."""
        agreement = await step(self.check_agreement, event.opportunity_id, event.contract_id)
        engagement = await step(self.open_engagement, agreement, event.business_key)
        client = await step(self.find_client, agreement)
        template = await step(self.choose_template, agreement.contract)
        budget = await step(self.draw_budget, agreement)
        wanted = reviews.review(
            agreement,
            template=template,
            budget=budget,
            is_known=client is not None,
            terms=self.terms,
        )
        match await step(self.answer, wanted):
            case Answer.OUTDATED:
                return _resumed(wanted, agreement)
            case Answer.OPEN:
                await wait_for(self.questions.approval, engagement, agreement, wanted)
                return None
        return await self.provision(engagement, agreement, template, budget)

    async def provision(
        self,
        engagement: Engagement,
        agreement: rules.Agreement,
        template: ProjectTemplate,
        budget: Budget,
    ) -> ProjectActivated:
        """Open the project in CRM, PSA and ERP; it stays closed for time until the end."""
        await step(self.begin, engagement)
        project = await step(self.create_project, agreement, template)
        await step(self.set_budget, project, budget)
        await step(self.assign_rate_card, project, agreement.contract)
        client = await step(self.client_in_books, agreement)
        await step(self.plan_billing, agreement, client)
        await step(self.create_ledger_project, project, client)
        await step(self.link_project, agreement, project)
        active = await step(self.activate, project, agreement.contract)
        await step(self.close_set_up, engagement, active)
        return ProjectActivated(
            project_number=engagement.project_number, legal_entity=engagement.legal_entity
        )

    async def agreed_by_win(self, opportunity_id: str) -> EngagementAgreed | SetUpResumed | None:
        """Read a won opportunity and look for its contract."""
        opportunity = await self.systems.crm.opportunity(opportunity_id)
        found = await self.systems.contracts.contracts(opportunity_number=opportunity.number)
        contract = found.items[0] if found.items else None
        if contract is None or not rules.is_agreed(opportunity, contract):
            return None
        return await self._agreed(opportunity, contract)

    async def agreed_by_signature(self, contract_id: str) -> EngagementAgreed | SetUpResumed | None:
        """Read a signed contract and look for its opportunity."""
        contract = await self.systems.contracts.contract(contract_id)
        if contract.opportunity_number is None:
            return None
        found = await self.systems.crm.opportunities(number=contract.opportunity_number)
        if not found.items or not rules.is_agreed(found.items[0], contract):
            return None
        return await self._agreed(found.items[0], contract)

    async def check_agreement(self, opportunity_id: str, contract_id: str) -> rules.Agreement:
        """Read what was agreed; stop at a person when it is incomplete."""
        agreement = await self._read(opportunity_id, contract_id)
        _stop_on(rules.gaps(agreement))
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

    async def find_client(self, agreement: rules.Agreement) -> Client | None:
        """Return the client as the company's ERP has it, found by tax id or by our own key.

        A name never matches; two with one tax id are a steward's to tell apart.
        """
        contract, client = agreement.contract, agreement.client
        erp = self.systems.erp(contract.legal_entity, on=contract.effective_from)
        if client.tax_id:
            found = (await erp.clients(tax_id=client.tax_id)).items
            if len(found) > 1:
                numbers = ", ".join(each.number for each in found)
                raise Refused(erp.instance, f"one tax id, {numbers}", code="CLIENT_AMBIGUOUS")
            if found:
                return found[0]
        return await erp.client_by_key(rules.client_key(client))

    async def answer(self, wanted: Review) -> Answer:
        """Return what people said to a review; a no stops at a person until the deal changes."""
        said = await self.questions.answer(wanted)
        if said is not Answer.NO:
            return said
        now = await self._read(wanted.opportunity_id, wanted.contract_id)
        if reviews.version_of(now) != wanted.version:
            return Answer.OUTDATED
        reason = await self.questions.refusal(wanted)
        raise Refused("set-up", reason, code="SET_UP_REJECTED")

    async def begin(self, engagement: Engagement) -> None:
        """Write down that the systems are told of the project from now on."""
        await self.engagements.provisioning(engagement)

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
        """Draw the baseline: what the work was sold for and is planned to cost."""
        contract = agreement.contract
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        resources = await psa.resources(legal_entity=contract.legal_entity)
        budget = rules.budget(agreement, resources)
        if budget is None:
            raise Refused(psa.instance, "a role has no cost rate", code="COST_RATE_NOT_FOUND")
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

    async def client_in_books(self, agreement: rules.Agreement) -> Client:
        """Return the client in the company's ERP, creating one that is new there."""
        known = await self.find_client(agreement)
        if known is not None:
            return known
        contract, client = agreement.contract, agreement.client
        erp = self.systems.erp(contract.legal_entity, on=contract.effective_from)
        draft = rules.ledger_client(client, contract)
        return await erp.create_client(draft, key=rules.client_key(client))

    async def plan_billing(self, agreement: rules.Agreement, client: Client) -> int:
        """Write the billing plan down and return how many invoices it foresees."""
        contract = agreement.contract
        events = [
            BillingEvent(
                id=billing_event_id(contract.id, planned.start, planned.milestone),
                kind=KINDS[contract.billing_model],
                milestone=planned.milestone,
                contract_id=contract.id,
                contract_number=contract.number,
                project_number=contract.project_number,
                legal_entity=contract.legal_entity,
                client_number=client.number,
                currency=contract.currency,
                period_start=planned.start,
                period_end=planned.end,
                planned_date=planned.planned_date,
                status=EventStatus.PLANNED,
            )
            for planned in rules.billing_plan(contract)
        ]
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

    async def _agreed(
        self, opportunity: Opportunity, contract: Contract
    ) -> EngagementAgreed | SetUpResumed:
        """Return what begins a set-up, or has one that waits for people look at the deal anew."""
        known = await self.engagements.of_opportunity(opportunity.id)
        if known is not None and known.status is EngagementStatus.PENDING_APPROVAL:
            return SetUpResumed(
                opportunity_id=opportunity.id,
                contract_id=contract.id,
                occasion=f"v{opportunity.version}.{contract.version}",
                legal_entity=contract.legal_entity,
            )
        return EngagementAgreed(
            opportunity_id=opportunity.id,
            contract_id=contract.id,
            legal_entity=contract.legal_entity,
        )

    async def _read(self, opportunity_id: str, contract_id: str) -> rules.Agreement:
        opportunity = await self.systems.crm.opportunity(opportunity_id)
        contract = await self.systems.contracts.contract(contract_id)
        client = await self.systems.crm.client(opportunity.client_id)
        return rules.Agreement(opportunity, contract, client)


def processes(process: OpportunityToProject) -> list[Process]:
    """Return what of this value stream happens on which event."""
    reading = frozenset({"system:crm:read", "system:contracts:read"})
    everything = reading | {
        "system:crm:write",
        "system:psa:read",
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
        Process(name=RESUMED, on=SetUpResumed, run=process.run, scopes=everything),
    ]


def _resumed(outdated: Review, agreement: rules.Agreement) -> SetUpResumed:
    """Return the event that has a deal looked at anew, since it changed after people said no."""
    return SetUpResumed(
        opportunity_id=outdated.opportunity_id,
        contract_id=outdated.contract_id,
        occasion=f"after-v{outdated.version}",
        legal_entity=agreement.contract.legal_entity,
    )


def _stop_on(gaps: list[rules.Gap]) -> None:
    if gaps:
        raise Refused("set-up", "; ".join(gap.reason for gap in gaps), code=gaps[0].code)

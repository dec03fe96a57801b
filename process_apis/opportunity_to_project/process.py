"""From a won opportunity to an active project, as the domain handbook's 3(a) tells it.

It begins when the deal is both won and signed, whichever comes second, and ends when the
project is open for time in the PSA and known to the ERP and the CRM.
"""

from msgspec import Struct

from process_apis.engagements import Engagement
from process_apis.engine import Process, step, wait_for
from process_apis.events.event import Event
from process_apis.events.set_up import (
    ContractSigned,
    EngagementAgreed,
    HandoverOverdue,
    OpportunityWon,
    ProjectActivated,
    SetUpGivenUp,
    SetUpResumed,
)
from process_apis.opportunity_to_project import reviews, rules
from process_apis.opportunity_to_project.preparation import Preparation
from process_apis.opportunity_to_project.provisioning import Provisioning
from process_apis.opportunity_to_project.questions import NAME, Answer, Questions
from process_apis.opportunity_to_project.reviews import Review
from process_apis.opportunity_to_project.undoing import Undoing
from process_apis.opportunity_to_project.watching import Watch
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import BudgetDraft, ProjectTemplate
from system_apis.canonical.sales import Opportunity
from system_apis.errors import Refused
from system_apis.systems import Systems

RESUMED = "set-up-resumed"
GIVEN_UP = "set-up-given-up"


class OpportunityToProject(Struct, frozen=True):
    """The process with what it needs at hand."""

    systems: Systems
    preparation: Preparation
    questions: Questions
    provisioning: Provisioning
    undoing: Undoing
    watch: Watch
    terms: rules.SetupTerms

    async def after_win(self, event: OpportunityWon) -> EngagementAgreed | SetUpResumed | None:
        """Begin, if the contract of a won opportunity is signed; wait for that if it is not."""
        agreed = await step(self.agreed_by_win, event.opportunity_id)
        await step(self.watch.watch_win, event.opportunity_id)
        return agreed

    async def after_signature(
        self, event: ContractSigned
    ) -> EngagementAgreed | SetUpResumed | None:
        """Begin, if the opportunity of a signed contract is won; wait for that if it is not."""
        agreed = await step(self.agreed_by_signature, event.contract_id)
        await step(self.watch.watch_signature, event.contract_id)
        return agreed

    async def tell_overdue(self, event: HandoverOverdue) -> None:
        """Tell sales operations that the other half of a deal did not come in time."""
        await step(self.watch.ask_for_other_half, event)

    async def run(self, event: EngagementAgreed | SetUpResumed) -> Event | None:
        """Open the project of an agreed engagement, once everybody agrees who must."""
        prepare = self.preparation
        agreement = await step(prepare.check_agreement, event.opportunity_id, event.contract_id)
        engagement = await step(prepare.open_engagement, agreement, event.business_key)
        client = await step(prepare.find_client, agreement)
        if client.candidates:
            await wait_for(self.questions.same_client, engagement, client)
            return None
        template = await step(prepare.choose_template, agreement.contract)
        budget = await step(prepare.draw_budget, agreement)
        known = client.known is not None
        wanted = reviews.review(agreement, template, budget, is_known=known, terms=self.terms)
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
        budget: BudgetDraft,
    ) -> ProjectActivated:
        """Open the project in CRM, PSA and ERP; it stays closed for time until the end."""
        open_up = self.provisioning
        await step(open_up.begin, engagement)
        project = await step(open_up.create_project, agreement, template)
        await step(open_up.set_budget, project, budget)
        await step(open_up.assign_rate_card, project, agreement.contract)
        client = await step(open_up.client_in_books, agreement)
        await step(open_up.plan_billing, agreement, client)
        await step(open_up.create_ledger_project, project, client)
        presold = await step(open_up.presold_people, agreement)
        await step(open_up.request_people, agreement, presold)
        await step(open_up.book_presold, project, presold)
        await step(open_up.assign_onboarding, agreement, template)
        await step(open_up.link_project, agreement, project)
        active = await step(open_up.activate, project, agreement, template)
        await step(open_up.close_set_up, engagement, active)
        return ProjectActivated(
            project_number=engagement.project_number, legal_entity=engagement.legal_entity
        )

    async def give_up(self, event: SetUpGivenUp) -> None:
        """Take back whatever was made for a set-up that a person gave up, the last first."""
        undo = self.undoing
        engagement = await step(undo.find, event.opportunity_id)
        if engagement is None:
            return
        agreement = await step(self.preparation.read, event.opportunity_id, event.contract_id)
        await step(undo.unlink_project, agreement)
        await step(undo.return_people, agreement)
        await step(undo.close_in_books, agreement)
        await step(undo.cancel_billing, agreement)
        await step(undo.archive_project, agreement)
        await step(undo.cancel_engagement, engagement)

    async def answer(self, wanted: Review) -> Answer:
        """Return what people said to a review; a no stops at a person until the deal changes."""
        said = await self.questions.answer(wanted)
        if said is not Answer.NO:
            return said
        now = await self.preparation.read(wanted.opportunity_id, wanted.contract_id)
        if reviews.version_of(now) != wanted.version:
            return Answer.OUTDATED
        reason = await self.questions.refusal(wanted)
        raise Refused("set-up", reason, code="SET_UP_REJECTED")

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

    async def _agreed(
        self, opportunity: Opportunity, contract: Contract
    ) -> EngagementAgreed | SetUpResumed | None:
        """Return what begins a set-up, or has people asked anew about a deal that changed.

        A project that runs without us is adopted, and never set up.
        """
        if await self.preparation.runs_without_us(contract):
            return None
        version = opportunity.version + contract.version
        if await self.questions.is_outdated(opportunity.id, version):
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
        Process(
            name="handover-overdue",
            on=HandoverOverdue,
            run=process.tell_overdue,
            scopes=reading,
        ),
        Process(name=NAME, on=EngagementAgreed, run=process.run, scopes=everything),
        Process(name=RESUMED, on=SetUpResumed, run=process.run, scopes=everything),
        Process(name=GIVEN_UP, on=SetUpGivenUp, run=process.give_up, scopes=everything),
    ]


def _resumed(outdated: Review, agreement: rules.Agreement) -> SetUpResumed:
    """Return the event that has a deal looked at anew, since it changed after people said no."""
    return SetUpResumed(
        opportunity_id=outdated.opportunity_id,
        contract_id=outdated.contract_id,
        occasion=f"after-v{outdated.version}",
        legal_entity=agreement.contract.legal_entity,
    )

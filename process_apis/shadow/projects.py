"""Opportunity-to-project beside people: the projects that we would have opened in a period."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from process_apis.opportunity_to_project import rules
from process_apis.opportunity_to_project.differences import differences as deal_differences
from process_apis.shadow.differences import fields
from process_apis.shadow.records import Case, Difference, Verdict
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import Project, ProjectTemplate
from system_apis.systems import Systems


class ProjectShadow(Struct, frozen=True):
    """Works out which projects opportunity-to-project would have opened, and writes nothing."""

    systems: Systems
    terms: rules.SetupTerms

    async def cases(self, contracts: Sequence[Contract], start: date, end: date) -> list[Case]:
        """Return the project of each deal that was agreed in a period beside what people opened."""
        found = []
        for contract in contracts:
            agreement = await self._agreement(contract)
            if agreement is None:
                continue
            moments = (agreement.opportunity.closed_won_at, contract.signed_at)
            agreed = max(each for each in moments if each is not None)
            if start <= agreed.date() <= end:
                found.append(await self._case(agreement))
        return found

    async def _agreement(self, contract: Contract) -> rules.Agreement | None:
        if contract.opportunity_number is None:
            return None
        crm = self.systems.crm
        sold = (await crm.opportunities(number=contract.opportunity_number)).items
        if not sold or not rules.is_agreed(sold[0], contract):
            return None
        return rules.Agreement(sold[0], contract, await crm.client(sold[0].client_id))

    async def _case(self, agreement: rules.Agreement) -> Case:
        contract = agreement.contract
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        projects = (await psa.projects(number=contract.project_number)).items
        template = rules.choose_template(contract, await psa.templates())
        waits = [each.code for each in rules.gaps(agreement)]
        apart = deal_differences(agreement.opportunity, contract, self.terms)
        waits += [each.code for each in apart]
        waits += [] if template else ["TEMPLATE_NOT_FOUND"]
        project = projects[0] if projects else None
        found = differences(agreement, template, project) if project else ()
        verdict = Verdict.DIFFERS if found else Verdict.SAME
        price = rules.contract_price(contract) or agreement.opportunity.amount
        return Case(
            subject=f"{agreement.opportunity.number}, {contract.number}",
            project_number=contract.project_number,
            legal_entity=contract.legal_entity,
            verdict=verdict if project else Verdict.ONLY_OURS,
            ours=price,
            theirs=project.budget.price if project and project.budget else None,
            documents=(project.number,) if project else (),
            differences=found,
            waits_for=tuple(dict.fromkeys(waits)),
        )


def differences(
    agreement: rules.Agreement, template: ProjectTemplate | None, project: Project
) -> tuple[Difference, ...]:
    """Return the fields in which a project is not what its contract promises."""
    contract = agreement.contract
    told: list[tuple[str, str | None, str | None, str]] = []
    if template and contract.project_manager:
        promised = rules.draft_project(agreement, template)
        told = [
            (name, str(getattr(promised, name)), str(getattr(project, name)), reason)
            for name, reason in _REASONS.items()
        ]
    price = rules.contract_price(contract) or agreement.opportunity.amount
    budgeted = project.budget.price if project.budget else None
    told.append(("budget", str(price), str(budgeted) if budgeted else None, "the contract's price"))
    rates = {each.role: each.rate.value for each in project.rate_card}
    told += [
        (
            f"rate {each.role}",
            f"{each.rate.value.normalize():f}",
            f"{rates[each.role].normalize():f}" if each.role in rates else None,
            "the contract's rate",
        )
        for each in contract.rates
    ]
    return fields(told)


_REASONS = {
    "name": "the opportunity's name",
    "client_number": "the CRM's client",
    "contract_number": "the contract of the deal",
    "legal_entity": "the contract's company",
    "billing_model": "the contract's way of billing",
    "currency": "the contract's currency",
    "project_manager": "the contract's project manager",
    "start": "the contract's first day",
    "end": "the contract's last day",
}

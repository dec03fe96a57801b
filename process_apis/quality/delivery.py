"""Looks at projects, beside their contract, their people and what is billed of them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime

from msgspec import Struct

from process_apis.pages import every
from process_apis.project_to_cash.records import TO_BILL, BillingEvent, EventStatus
from process_apis.quality.costs import Costs, cost_of
from process_apis.quality.seen import Seen, told
from process_apis.quality.stakes import Stakes
from system_apis.canonical.contracts import Contract, MilestoneTerms
from system_apis.canonical.delivery import Project, ProjectStatus
from system_apis.canonical.money import Money
from system_apis.canonical.plans import MilestoneStatus
from system_apis.canonical.quality.project import MilestoneSeen, ProjectFacts
from system_apis.errors import Refused
from system_apis.hr.interface import Hr
from system_apis.psa.interface import Psa
from system_apis.systems import Systems

ALWAYS = frozenset({"DQ-P1", "DQ-P3", "DQ-P4"})
BY_CONTRACT = frozenset({"DQ-P2", "DQ-P7", "DQ-P8"})
PROJECT_RULES = ALWAYS | BY_CONTRACT | {"DQ-P5", "DQ-P6", "DQ-P9"}
_OVER = {ProjectStatus.FINANCIALLY_CLOSED, ProjectStatus.CANCELLED}


class Delivery(Struct, frozen=True):
    """Looks at projects."""

    systems: Systems
    stakes: Stakes
    costs: Costs
    clock: Callable[[], datetime]

    async def project(self, instance: str, project_id: str) -> tuple[Seen, ...]:
        """Look at a project, its contract, bookings and manager."""
        psa = self.systems.by_psa_instance(instance)
        project = await psa.project(project_id)
        contract = await self._contract(project.contract_number)
        events = await self.stakes.billing.events(
            entities=self.stakes.companies, contract_number=project.contract_number
        )
        unbilled = _unbilled(events, project.currency)
        facts = ProjectFacts(
            project=project,
            on=self.clock().date(),
            contract_known=contract is not None,
            contract_currency=contract.currency if contract else None,
            last_assignment_ends=await _last_booked(psa, project),
            manager_works=await self._manager_works(project),
            actual_cost=await self._actual_cost(psa, project),
            milestones=tuple(_milestones(contract, events)) if contract else (),
            unbilled=unbilled,
        )
        risk = self.stakes.of_contract
        return (
            Seen(
                facts=facts,
                decided=frozenset(_decided(facts)),
                legal_entity=project.legal_entity,
                business_unit=project.business_unit,
                changes_with_days=project.status not in _OVER,
                at_risk=lambda: risk(project.contract_number),
            ),
        )

    async def _contract(self, number: str) -> Contract | None:
        found = await self.systems.contracts.contracts(number=number) if number else None
        return next(iter(found.items), None) if found else None

    async def _manager_works(self, project: Project) -> bool | None:
        """Whether HR has the manager as somebody who works; None when it has nobody so called."""
        hr, today = self._hr(project), self.clock().date()
        if hr is None or not project.project_manager:
            return None
        found = await told(hr.employees(number=project.project_manager))
        people = found.items if found else []
        return any(each.works_on(today) for each in people) if people else None

    async def _actual_cost(self, psa: Psa, project: Project) -> Money | None:
        """Return what the work has cost, where that is held against an estimate and known."""
        hr, today, estimate = self._hr(project), self.clock().date(), project.estimate_at_completion
        if hr is None or estimate is None or not isinstance(estimate.cost, Money):
            return None
        costs = await self.costs.of_company(hr, project.legal_entity)
        if costs is None:
            return None
        entries = await every(
            lambda at: psa.time_entries(
                project_number=project.number, start=project.start, end=today, cursor=at
            )
        )
        return cost_of(entries, costs, estimate.cost.currency)

    def _hr(self, project: Project) -> Hr | None:
        """Return where a project's company has its people; a firm may keep none of it."""
        try:
            return self.systems.hr(project.legal_entity, on=self.clock().date())
        except Refused:
            return None


def _decided(facts: ProjectFacts) -> Iterator[str]:
    """Yield the rules of which the facts are known."""
    yield from ALWAYS
    if facts.contract_known:
        yield from BY_CONTRACT
    if facts.actual_cost is not None:
        yield "DQ-P5"
    if facts.project.progress:
        yield "DQ-P6"
    if facts.unbilled is not None:
        yield "DQ-P9"


async def _last_booked(psa: Psa, project: Project) -> date | None:
    number = project.number
    booked = await every(lambda at: psa.bookings(project_number=number, cursor=at))
    return max((each.end for each in booked), default=None)


def _unbilled(events: Sequence[BillingEvent], currency: str) -> Money | None:
    """Return what is to be billed of a project, unless the amount of a part is not known yet."""
    amounts = [each.amount_expected for each in events if each.status in TO_BILL]
    known = [each for each in amounts if each is not None and each.currency == currency]
    return Money.total(known, currency) if len(known) == len(amounts) else None


def _milestones(contract: Contract, events: Sequence[BillingEvent]) -> Iterator[MilestoneSeen]:
    """Yield the milestones of a contract, but for those that were billed before us."""
    billed = {each.milestone for each in events if each.status is EventStatus.INVOICED}
    for each in contract.milestones:
        if contract.billed_until is None or each.planned_date > contract.billed_until:
            yield _milestone(each, billed=each.number in billed)


def _milestone(terms: MilestoneTerms, *, billed: bool) -> MilestoneSeen:
    """Return a milestone as far as its contract tells; the planned day is moved with the plan."""
    proof = terms.evidence
    accepted = proof is not None and (proof.accepted_at or proof.accepted_by or proof.document_hash)
    if billed:
        status = MilestoneStatus.BILLED
    else:
        status = MilestoneStatus.ACCEPTED if accepted else MilestoneStatus.PLANNED
    moment = (proof.accepted_at or proof.received_at) if proof else None
    return MilestoneSeen(
        number=terms.number,
        status=status,
        planned_date=terms.planned_date,
        actual_date=moment.date() if moment else None,
        has_evidence=proof is not None and proof.document_hash is not None,
    )

"""The steps that freeze what is foreseen, and note what is to be planned again."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from governance.access import current_caller
from governance.editions import Editions
from governance.quality.findings import QualityFindings
from process_apis.change_requests.applications import Applications
from process_apis.change_requests.records import ApplicationState
from process_apis.engagements import Engagement
from process_apis.pages import every
from process_apis.project_to_cash.invoicing.worked import COUNTED, standing
from process_apis.resource_to_revenue.cases import Cases
from process_apis.resource_to_revenue.reading import Reading
from process_apis.resource_to_revenue.records import Replan, ReplanCause
from process_apis.resource_to_revenue.rules import replanning
from process_apis.resource_to_revenue.rules.forecasting import Earning, Frozen, forecast
from process_apis.resource_to_revenue.rules.people import Staff
from process_apis.resource_to_revenue.rules.weeks import monday_of
from process_apis.resource_to_revenue.snapshots import Snapshots
from process_apis.resource_to_revenue.terms import StaffingTerms
from process_apis.revenue.figures import gathered
from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.figures.gathered import Person
from system_apis.canonical.contracts import BillingModel, Contract
from system_apis.canonical.delivery import Project
from system_apis.canonical.record import Page
from system_apis.canonical.revenue import RevenueMethod
from system_apis.canonical.time import TimeEntry
from system_apis.systems import SystemKind

# Of a project that is estimated below its cost so far nobody can foresee what it will earn.
UNFORESEEABLE = "DQ-P5"
_WEEK, _DAY = timedelta(days=7), timedelta(days=1)


class Freezing(Struct, frozen=True):
    """Freezes a company's weeks to come, and looks at those that are over."""

    reading: Reading
    snapshots: Snapshots
    replans: Cases[Replan]
    applications: Applications
    findings: QualityFindings
    exchange: Exchange
    terms: Editions[StaffingTerms]
    clock: Callable[[], datetime]

    async def freeze(self, legal_entity: str, frozen_on: date) -> int:
        """Freeze what a company's people will work and earn from the next Monday on."""
        edition = self.terms.on(frozen_on)
        start = monday_of(frozen_on) + _WEEK
        end = start + _WEEK * edition.terms.forecast_weeks - _DAY
        people = await self.reading.staff([legal_entity], start, end)
        numbers = {each.project_number for staff in people for each in staff.bookings}
        entities = frozenset(self.reading.entities)
        found = {e.project_number: e for e in await self.reading.engagements.listed(entities)}
        earnings = {
            number: await self._earning(found[number], people, frozen_on)
            for number in sorted(numbers & found.keys())
        }
        frozen = Frozen(
            on=frozen_on, at=self.clock(), start=start, end=end, terms_version=edition.version
        )
        rows = forecast(people, earnings, frozen)
        return await self.snapshots.freeze(legal_entity, frozen_on, rows)

    async def note_replans(self, legal_entity: str, frozen_on: date) -> int:
        """Write down what happened to a company's plans, each thing once; return how much."""
        terms, now = self.terms.on(frozen_on).terms, self.clock()
        over = monday_of(frozen_on)
        since = over - _WEEK * terms.compared_weeks
        end = over + _WEEK * terms.forecast_weeks
        people = await self.reading.staff([legal_entity], since, end)
        entries = await self._worked(legal_entity, since, over - _DAY)
        found = [
            *replanning.of_people(people, over, end, now),
            *replanning.off_plan(people, entries, (since, over - _DAY), terms, now),
            *await self._changes(legal_entity, now),
        ]
        for each in found:
            await self.replans.open(each, by=current_caller())
        return len(found)

    async def _changes(self, legal_entity: str, now: datetime) -> list[Replan]:
        applied = await self.applications.listed(entities=frozenset({legal_entity}))
        return [
            Replan(
                id=replanning.replan_id(each.project_number, cause, each.id),
                legal_entity=legal_entity,
                project_number=each.project_number,
                cause=cause,
                subject=each.subject,
                reason=f"{each.subject} changed as planned",
                opened_at=now,
            )
            for each in applied
            if each.state is ApplicationState.APPLIED
            for cause in (
                ReplanCause.MILESTONE_CHANGED if each.milestone else ReplanCause.CHANGE_APPLIED,
            )
        ]

    async def _earning(self, engagement: Engagement, people: Sequence[Staff], on: date) -> Earning:
        contract = await self.reading.systems.contracts.contract(engagement.contract_id)
        psa = self.reading.systems.psa(contract.legal_entity, on=on)
        project = next(iter((await psa.projects(number=engagement.project_number)).items), None)
        model = contract.billing_model
        if model is BillingModel.TIME_AND_MATERIALS:
            return Earning(contract=contract, room=await self._room(contract, project, on))
        if model is not BillingModel.FIXED_FEE or project is None:
            return Earning(contract=contract)
        open_ones = await self.findings.open_about({project.id})
        refused = [each.rule for each in open_ones if each.rule == UNFORESEEABLE]
        known = await self._people(contract, on)
        worked = gathered.worked(
            contract, await self._entries(contract, on), known, self.exchange, on
        )
        price = gathered.price(contract, RevenueMethod.INPUT_COST)
        return Earning(
            contract=contract,
            price=None if price is None else price.value,
            estimate=gathered.estimate(contract, project),
            spent=sum((each.cost for each in worked if each.cost is not None), Decimal(0)),
            costs=self._costs(contract, known, on),
            refused_by=next(iter(refused), None),
        )

    async def _room(self, contract: Contract, project: Project | None, on: date) -> Decimal | None:
        """Return what a contract's cap still leaves to be worked."""
        cap = gathered.planned(contract, project)
        if cap is None:
            return None
        worked = gathered.worked(contract, await self._entries(contract, on), {}, self.exchange, on)
        since = contract.billed_until or date.min
        done = (
            each.agreed
            for each in worked
            if each.billable and each.agreed is not None and each.day > since
        )
        before = contract.billed_to_date.value if contract.billed_to_date else Decimal(0)
        return max(cap.value - before - sum(done, Decimal(0)), Decimal(0))

    async def _people(self, contract: Contract, on: date) -> dict[str, Person]:
        """Return what an hour of everybody costs, by HR where it tells it."""
        systems, found = self.reading.systems, dict[str, Person]()
        for code in sorted(self.reading.entities):
            kinds = (SystemKind.HR, SystemKind.PSA)
            if not all(systems.serves(kind, code, on=on) for kind in kinds):
                continue
            told = await systems.hr(code, on=on).cost_rates(legal_entity=code)
            costs = {each.employee: each for each in told}
            for each in await systems.psa(code, on=on).resources(legal_entity=code):
                found.setdefault(each.number, Person(each, costs.get(each.number)))
        return found

    def _costs(self, contract: Contract, people: dict[str, Person], on: date) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for number, person in people.items():
            rate = person.cost_on(on)
            if rate is None:
                continue
            cost = self.exchange.average_of(rate.value, rate.currency, contract.currency, on)
            if cost is not None:
                found[number] = cost
        return found

    async def _entries(self, contract: Contract, until: date) -> list[TimeEntry]:
        psa = self.reading.systems.psa(contract.legal_entity, on=until)
        start = contract.effective_from

        async def worked(cursor: str | None) -> Page[TimeEntry]:
            return await psa.time_entries(
                project_number=contract.project_number,
                start=start,
                end=max(until, start),
                cursor=cursor,
            )

        return [each for each in standing(await every(worked)) if each.status in COUNTED]

    async def _worked(self, legal_entity: str, start: date, end: date) -> list[TimeEntry]:
        psa = self.reading.systems.psa(legal_entity, on=end)
        found = await every(
            lambda at: psa.worked(legal_entity=legal_entity, start=start, end=end, cursor=at)
        )
        return [each for each in standing(found) if each.status in COUNTED]

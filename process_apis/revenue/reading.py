"""What the systems and our own ledgers say of a project's work, read once for a month."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.engagements import Engagement
from process_apis.pages import every
from process_apis.project_to_cash import rules as invoices
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.invoicing.worked import COUNTED, standing
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import GIVEN_UP, BillingEvent, BillingKind, EventStatus
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger
from process_apis.revenue.figures import gathered
from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.figures.facts import Dated, RevenueFacts, WorkLine
from process_apis.revenue.figures.gathered import Person
from process_apis.revenue.figures.standing import days_of
from process_apis.revenue.terms import method_of
from system_apis.canonical.changes import ChangeRequest
from system_apis.canonical.contracts import BillingModel, Contract, ServiceLevelReport
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.people import EmployeeCost
from system_apis.canonical.record import Page
from system_apis.canonical.revenue import Month, RevenueMethod
from system_apis.canonical.team import Task
from system_apis.canonical.time import ExpenseLine, TimeEntry
from system_apis.errors import Refused
from system_apis.psa.interface import Psa
from system_apis.systems import Systems

_GONE = GIVEN_UP | {EventStatus.NOTHING_TO_BILL}


class Reading(Struct, frozen=True):
    """Gathers the facts of a project's revenue."""

    systems: Systems
    billing: BillingLedger
    checks: Checks
    exchange: Exchange
    entities: Mapping[str, LegalEntity]
    write_offs: WriteOffLedger

    async def facts(self, engagement: Engagement, month: Month) -> RevenueFacts:
        """Return the facts of a project until the end of a month.

        Raises `Refused` when nothing says how its contract earns (DQ-K10).
        """
        until = days_of(month).end
        contract = await self.systems.contracts.contract(engagement.contract_id)
        method = method_of(contract)
        if method is None:
            reason = f"{contract.number} names no method of revenue, and none follows"
            raise Refused("strata", reason, code="DQ-K10")
        psa = self.systems.psa(contract.legal_entity, on=until)
        erp = self.systems.erp(contract.legal_entity, on=until)
        company = self.entities[contract.legal_entity]
        project = next(iter((await psa.projects(number=contract.project_number)).items), None)
        entries = await self._entries(psa, contract, until)
        people = await self._people(contract, {each.employee for each in entries}, until)
        return RevenueFacts(
            contract=contract,
            method=method,
            price=gathered.price(contract, method),
            planned=gathered.planned(contract, project),
            estimate=gathered.estimate(contract, project),
            hours_left=await self._hours_left(psa, contract, method),
            rounding=erp.posting_terms.rounding,
            worked=gathered.worked(contract, entries, people, self.exchange, until),
            spent=gathered.spent(
                contract, await self._expenses(psa, contract, until), self.exchange, until
            ),
            lines=tuple(await self._lines(contract, until)),
            billed=tuple(await self._billed(contract)),
            given_back=gathered.given_back(
                contract, await self._reports(contract), erp.posting_terms.rounding
            ),
            given_up=tuple(await self._given_up(contract)),
            accepted=gathered.accepted(contract, company),
            deliveries=len(contract.milestones),
            changes=gathered.changed(contract, await self._asked(contract), method, company),
            opening=gathered.opening(contract, method),
        )

    async def _people(
        self, contract: Contract, workers: AbstractSet[str], until: date
    ) -> Mapping[str, Person]:
        """Return what an hour of people costs and lists at, by HR where it tells it.

        Other companies are asked only about those whom the contract's own does not know.
        """
        own = contract.legal_entity
        found: dict[str, Person] = {}
        for entity in [own, *sorted(self.entities.keys() - {own})]:
            if entity != own and workers <= found.keys():
                break
            costs = {each.employee: each for each in await self._costs(entity, until)}
            psa = self.systems.psa(entity, on=until)
            for each in await psa.resources(legal_entity=entity):
                found.setdefault(each.number, Person(each, costs.get(each.number)))
        return found

    async def _costs(self, entity: str, until: date) -> Sequence[EmployeeCost]:
        if not self.systems.hrs:
            return []
        return await self.systems.hr(entity, on=until).cost_rates(legal_entity=entity)

    async def _entries(self, psa: Psa, contract: Contract, until: date) -> list[TimeEntry]:
        async def worked(cursor: str | None) -> Page[TimeEntry]:
            return await psa.time_entries(
                project_number=contract.project_number,
                start=contract.effective_from,
                end=max(until, contract.effective_from),
                cursor=cursor,
            )

        return [each for each in standing(await every(worked)) if each.status in COUNTED]

    async def _expenses(self, psa: Psa, contract: Contract, until: date) -> list[ExpenseLine]:
        async def spent(cursor: str | None) -> Page[ExpenseLine]:
            return await psa.expense_lines(
                project_number=contract.project_number,
                start=contract.effective_from,
                end=max(until, contract.effective_from),
                cursor=cursor,
            )

        return [each for each in await every(spent) if each.status in COUNTED]

    async def _hours_left(
        self, psa: Psa, contract: Contract, method: RevenueMethod
    ) -> Decimal | None:
        """Return what is still to be worked, where hours measure the revenue."""
        if method is not RevenueMethod.INPUT_HOURS:
            return None

        async def tasks(cursor: str | None) -> Page[Task]:
            return await psa.tasks(project_number=contract.project_number, cursor=cursor)

        return gathered.hours_left(await every(tasks))

    async def _asked(self, contract: Contract) -> list[ChangeRequest]:
        """Return what was asked to be different about a fixed price."""
        if contract.billing_model is not BillingModel.FIXED_FEE:
            return []

        async def asked(cursor: str | None) -> Page[ChangeRequest]:
            return await self.systems.contracts.change_requests(
                contract_number=contract.number, cursor=cursor
            )

        return await every(asked)

    async def _reports(self, contract: Contract) -> list[ServiceLevelReport]:
        async def reported(cursor: str | None) -> Page[ServiceLevelReport]:
            return await self.systems.contracts.service_level_reports(
                contract_number=contract.number, cursor=cursor
            )

        return await every(reported)

    async def _lines(self, contract: Contract, until: date) -> list[WorkLine]:
        """Return what work is invoiced at, or would be if its invoice were written now."""
        found: list[WorkLine] = []
        written = await self.billing.invoices(contract_number=contract.number)
        drafts = {each.billing_event_id: each.draft for each in written}
        for event in await self._events(contract, until):
            draft = drafts.get(event.id)
            if draft is None and event.status not in _GONE:
                facts = await self.checks.gather(event)
                erp = self.systems.erp(event.legal_entity, on=event.planned_date)
                draft = invoices.prepare(facts, erp.posting_terms).draft
            found += [
                WorkLine(gathered.earned_on(event), line.kind, line.net)
                for line in (draft.lines if draft else ())
            ]
        for note in await self.billing.so_far.credits(contract.number):
            found += [
                WorkLine(note.draft.issue_date, line.kind, -line.net) for line in note.draft.lines
            ]
        return found

    async def _given_up(self, contract: Contract) -> list[WorkLine]:
        """Return the lines that were written off, on the day when they were."""
        standing = await self.write_offs.listed(contract_number=contract.number)
        return [
            WorkLine(each.written_off_on, line.kind, line.net)
            for each in standing
            if each.written_off_on is not None
            for line in each.draft.lines
        ]

    async def _events(self, contract: Contract, until: date) -> list[BillingEvent]:
        entities = frozenset({contract.legal_entity})
        events = await self.billing.events(entities=entities, contract_number=contract.number)
        of_work = {BillingKind.TIME, BillingKind.RETAINER}
        return [
            each for each in events if each.kind in of_work and gathered.earned_on(each) <= until
        ]

    async def _billed(self, contract: Contract) -> list[Dated]:
        """Return what was posted, less what was credited, but for what is in the opening."""
        written = await self.billing.invoices(contract_number=contract.number)
        notes = await self.billing.so_far.credits(contract.number)
        return gathered.billed(contract, written, notes)

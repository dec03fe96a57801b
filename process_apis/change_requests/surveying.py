"""Surveying: what the systems and our ledgers say of a change, read once, and the plan of it."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

import msgspec
from msgspec import Struct

from governance.access import Caller, acting_as
from governance.editions import Editions
from process_apis.change_requests.consequences import work as measured
from process_apis.change_requests.consequences.contract import change_plan
from process_apis.change_requests.consequences.facts import (
    Asked,
    Billed,
    ChangeFacts,
    Judged,
    MilestoneFacts,
)
from process_apis.change_requests.consequences.milestone import milestone_plan
from process_apis.change_requests.records import ChangePlan, MilestonePlan
from process_apis.change_requests.surroundings import Surroundings
from process_apis.change_requests.terms import ChangeTerms
from process_apis.engagements import Engagement, Engagements
from process_apis.errors import NoSuchRecord
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent
from process_apis.revenue.figures.standing import month_of
from process_apis.revenue.reading import Reading
from process_apis.revenue.terms import RevenueTerms, method_of
from system_apis.canonical.changes import ChangeRequest
from system_apis.canonical.contracts import Contract, MilestoneTerms
from system_apis.canonical.party import LegalEntity
from system_apis.systems import Systems

FURTHEST = timedelta(days=3 * 366)
NAME = "process:change-requests"
_MILESTONES = ("contracts:read", "erp:read", "hr:read", "procurement:read", "psa:read")
_CHANGES = (*_MILESTONES, "hr:read_cost", "psa:read_cost")


class Surveying(Struct, frozen=True):
    """Works plans out, under a name of its own: who asks sees what the plan shows them."""

    systems: Systems
    engagements: Engagements
    billing: BillingLedger
    reading: Reading
    surroundings: Surroundings
    entities: Mapping[str, LegalEntity]
    terms: Editions[ChangeTerms]
    revenue_terms: Editions[RevenueTerms]
    fiscal_year_start: str
    clock: Callable[[], datetime]

    async def milestone(self, billing_event_id: str, asked: Asked, *, by: Caller) -> MilestonePlan:
        """Return what happens when a milestone moves, or raise `NoSuchRecord`."""
        event = await self.billing.event(billing_event_id)
        if not (await self.engagements.sight(by)).sees(event):
            raise NoSuchRecord(f"there is no milestone {billing_event_id}")
        with acting_as(_of(by, _MILESTONES)):
            facts = await self._milestone(event, asked)
        return milestone_plan(facts, self._judged(facts.company, facts))

    async def change(self, change_request_id: str, *, by: Caller) -> ChangePlan:
        """Return what happens when a change request is applied, or raise `NoSuchRecord`."""
        with acting_as(_of(by, _CHANGES)):
            request = await self.systems.contracts.change_request(change_request_id)
        engagement = await self.engagements.find(request.project_number)
        if engagement is None or not (await self.engagements.sight(by)).sees(engagement):
            raise NoSuchRecord(f"there is no change request {change_request_id}")
        with acting_as(_of(by, _CHANGES)):
            facts = await self._change(request, engagement)
        return change_plan(facts, self._judged(facts.company, facts))

    async def _milestone(self, event: BillingEvent, asked: Asked) -> MilestoneFacts:
        contract = await self.systems.contracts.contract(event.contract_id)
        milestone = _promised(contract, event)
        wanted = asked.planned_date or milestone.planned_date
        if abs(wanted - milestone.planned_date) > FURTHEST:
            raise ValueError(f"`planned_date` is more than {FURTHEST.days} days away from now's")
        around, company = self.surroundings, self.entities[contract.legal_entity]
        erp = self.systems.erp(contract.legal_entity, on=milestone.planned_date)
        bookings = await around.bookings(contract, milestone)
        days = (milestone.planned_date, wanted)
        before, after = [
            await erp.fiscal_period(legal_entity=contract.legal_entity, on=day) for day in days
        ]
        return MilestoneFacts(
            contract=contract,
            milestone=milestone,
            event=_billed(event, milestone.number),
            asked=asked,
            method=method_of(contract),
            company=company,
            fiscal_year_start=self.fiscal_year_start,
            posting=erp.posting_terms,
            period_before=before,
            period_after=after,
            bookings=bookings,
            orders=await around.orders(contract, on=company.day_of(self.clock())),
            away=await around.away(contract, bookings, days),
        )

    async def _change(self, request: ChangeRequest, engagement: Engagement) -> ChangeFacts:
        company = self.entities[engagement.legal_entity]
        today = company.day_of(self.clock())
        facts = await self.reading.facts(engagement, month_of(today))
        ours = frozenset({engagement.legal_entity})
        events = await self.billing.events(entities=ours, contract_number=facts.contract.number)
        return ChangeFacts(
            request=request,
            contract=facts.contract,
            method=facts.method,
            company=company,
            work=measured.work(facts, today, self.revenue_terms.on(today).terms, request),
            bills=tuple(_billed(each, each.milestone) for each in events if each.milestone),
            orders=await self.surroundings.orders(facts.contract, on=today),
        )

    def _judged(self, company: LegalEntity, facts: Struct) -> Judged:
        today: date = company.day_of(self.clock())
        edition = self.terms.on(today)
        said = msgspec.json.encode((edition.version, facts), order="deterministic")
        return Judged(
            terms=edition.terms,
            terms_version=edition.version,
            as_of=today,
            ground=hashlib.sha256(said).hexdigest(),
        )


def _promised(contract: Contract, event: BillingEvent) -> MilestoneTerms:
    for each in contract.milestones:
        if each.number == event.milestone:
            return each
    raise NoSuchRecord(f"{event.id} bills no milestone of {contract.number}")


def _billed(event: BillingEvent, milestone: str) -> Billed:
    return Billed(
        id=event.id, milestone=milestone, status=event.status, planned_date=event.planned_date
    )


def _of(caller: Caller, scopes: tuple[str, ...]) -> Caller:
    return Caller(
        subject=NAME,
        client_id=NAME,
        scopes=frozenset(f"system:{each}" for each in scopes),
        entities=caller.entities,
    )

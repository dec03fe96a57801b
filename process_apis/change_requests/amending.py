"""Amending: the contract gets its new version, and the project the baseline that follows."""

from datetime import date

from msgspec import Struct

from process_apis.change_requests.records import ForecastMargins, PlannedChange
from process_apis.project_to_cash.identifiers import billing_event_id
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.redating import Redating
from process_apis.project_to_cash.records import BillingEvent, EventStatus
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequest,
    ChangeRequestDraft,
    ChangeStatus,
    ChangeStep,
    MilestoneChange,
)
from system_apis.canonical.delivery import BudgetDraft
from system_apis.errors import Refused
from system_apis.systems import Systems

WAIVED_BY = "project_manager"
_WAY = (
    ChangeStatus.DRAFT,
    ChangeStatus.IMPACT_ASSESSED,
    ChangeStatus.INTERNAL_APPROVED,
    ChangeStatus.APPLIED,
)


class Amending(Struct, frozen=True):
    """The steps that change what was agreed and when it is billed; each is done once."""

    systems: Systems
    billing: BillingLedger
    redating: Redating

    async def amend(self, change: PlannedChange) -> str:
        """Have the contract system apply the change, and return the change request's id."""
        contracts = self.systems.contracts
        if change.change is not None:
            request = await contracts.change_request(change.change.change_request_id)
            if request.status is ChangeStatus.CLIENT_APPROVED:
                step = ChangeStep(status=ChangeStatus.APPLIED)
                await contracts.advance_change_request(
                    request.id, step, key=key_of(change, "contract")
                )
            elif request.status is not ChangeStatus.APPLIED:
                raise Refused("strata", f"{request.number} is {request.status}", code="NOT_SIGNED")
            return request.id
        return await self._move_in_contract(change)

    async def rebaseline(self, change: PlannedChange) -> None:
        """Write the new budget of the project, where its price or its cost is another one."""
        if change.change is None:
            return
        figures = change.change.figures
        forecast, price = figures.forecast, figures.price_after
        if not isinstance(forecast, ForecastMargins) or price is None:
            return
        if forecast.margin_pct_after is None:
            return
        psa = self.systems.psa(change.legal_entity, on=change.change.as_of)
        [project] = (await psa.projects(number=change.project_number)).items
        budget = BudgetDraft(
            price=price, cost=forecast.cost_after, margin=forecast.margin_pct_after
        )
        await psa.set_budget(project.id, budget, key=key_of(change, "baseline"))

    async def rebill(self, change: PlannedChange) -> None:
        """Move what is billed another day, and plan what is billed on top."""
        if change.milestone is not None:
            event_id = change.milestone.billing_event_id
            if event_id is not None:
                await self.redating.redate(event_id, change.milestone.figures.date_after)
            return
        if change.change is None:
            return
        events = await self._events(change)
        for bill in change.change.figures.invoice_plan_after:
            known = events.get(bill.id)
            if bill.invoiced or bill.planned_date is None:
                continue
            if known is not None:
                await self.redating.redate(known.id, bill.planned_date)
            elif bill.id == change.change.change_request_number:
                await self._plan(change, next(iter(events.values())), bill.planned_date)

    async def _plan(self, change: PlannedChange, like: BillingEvent, on: date) -> None:
        """Plan the bill of a change that no milestone takes up."""
        number = change.change.change_request_number if change.change else change.subject
        start = like.period_start
        event = BillingEvent(
            id=billing_event_id(like.contract_id, start, number),
            kind=like.kind,
            milestone=number,
            contract_id=like.contract_id,
            contract_number=like.contract_number,
            project_number=like.project_number,
            legal_entity=like.legal_entity,
            client_number=like.client_number,
            currency=like.currency,
            period_start=start,
            period_end=max(start, on),
            planned_date=on,
            status=EventStatus.PLANNED,
        )
        await self.billing.plan([event])

    async def _events(self, change: PlannedChange) -> dict[str, BillingEvent]:
        ours = frozenset({change.legal_entity})
        found = await self.billing.events(entities=ours, contract_number=change.contract_number)
        return {each.milestone: each for each in found if each.milestone}

    async def _move_in_contract(self, change: PlannedChange) -> str:
        """Write the milestone's day into the contract, as a change that the notice clause covers.

        A step that is repeated goes on from where the change stands.
        """
        contracts, plan = self.systems.contracts, change.milestone
        if plan is None:
            raise Refused("strata", f"{change.subject} has no plan", code="CHANGE_HAS_NO_PLAN")
        [contract] = (await contracts.contracts(number=change.contract_number)).items
        moved = MilestoneChange(number=plan.milestone, planned_date=plan.figures.date_after)
        draft = ChangeRequestDraft(
            number=f"MOVE-{change.id[-12:]}",
            reason=ChangeReason.SCHEDULE,
            requested_by=change.asked_by,
            deltas=ChangeDeltas(milestones=(moved,)),
        )
        recorded = await contracts.record_change_request(
            contract.id, draft, key=key_of(change, "request")
        )
        request = await contracts.change_request(recorded.id)
        for status in _way_from(request):
            step = ChangeStep(status=status, waived_by=WAIVED_BY)
            key = key_of(change, f"contract:{status}")
            await contracts.advance_change_request(request.id, step, key=key)
        return request.id


def key_of(change: PlannedChange, step: str) -> str:
    """Return the key of a step: the same step of the same change is done once."""
    return f"cr:{change.id}:{step}"


def _way_from(request: ChangeRequest) -> tuple[ChangeStatus, ...]:
    return _WAY[_WAY.index(request.status) + 1 :] if request.status in _WAY else ()

"""Requests to order: held against what the firm allows, approved, written, sent."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from governance.access import current_caller
from governance.editions import Editions
from process_apis.durable.overriding import despite
from process_apis.engagements import Engagements
from process_apis.errors import NeedsPerson
from process_apis.events.procurement import ContractorWanted
from process_apis.pages import every
from process_apis.papers import Papers
from process_apis.procure_to_pay.ordering import rules
from process_apis.procure_to_pay.ordering.clearing import Clearing
from process_apis.procure_to_pay.ordering.requests import (
    OrderRequest,
    OrderWish,
    RequestStage,
)
from process_apis.procure_to_pay.terms import Exchange, ProcureToPayTerms
from system_apis.canonical.delivery import Project
from system_apis.canonical.money import Money
from system_apis.canonical.procurement import PurchaseOrder, PurchaseOrderDraft
from system_apis.systems import Systems

UNDECIDED = {RequestStage.RECEIVED, RequestStage.BLOCKED}


class Requesting(Struct, frozen=True):
    """The steps between a gap in a project's staffing and an order that was sent."""

    systems: Systems
    requests: Papers[OrderRequest]
    engagements: Engagements
    clearing: Clearing
    terms: Editions[ProcureToPayTerms]
    exchange: Exchange
    clock: Callable[[], datetime]

    async def open_wanted(self, event: ContractorWanted) -> str:
        """Write a request down for a gap in a project's staffing, and return its id."""
        entity = event.legal_entity or ""
        wish = OrderWish(
            vendor_id=event.vendor_id,
            legal_entity=entity,
            project_number=event.project_number,
            role=event.role,
            contractor=event.contractor,
            hours=event.hours,
            rate=event.rate,
            start=event.start,
            end=event.end,
            staffing_request_id=event.staffing_request_id,
        )
        asked = OrderRequest(
            id=request_id_of(wish, event.wanted_id),
            legal_entity=entity,
            vendor_id=event.vendor_id,
            project_number=event.project_number,
            wish=wish,
            amount=Money.of(event.rate.value * event.hours, event.rate.currency),
            stage=RequestStage.RECEIVED,
            requested_by=event.requested_by,
            opened_at=self.clock(),
        )
        return (await self.requests.open(asked, by=current_caller())).id

    async def check_request(self, request_id: str) -> OrderRequest:
        """Hold a request against vendor, margin, budget and dates, or stop at their owner."""
        edition = self.terms.on(self.clock().date())
        facts = await self._facts(await self.requests.get(request_id))

        def decide(request: OrderRequest, others: Sequence[OrderRequest]) -> OrderRequest:
            if request.stage not in UNDECIDED:
                return request
            now = replace(request, terms_version=edition.version)
            held = rules.checked(now, others, facts, edition.terms, self.exchange)
            return rules.let_pass(held, despite())

        request = await self.requests.decided(request_id, decide)
        if request.blockers:
            first = request.blockers[0]
            raise NeedsPerson(
                f"{request.project_number}: {first.reason}",
                code=first.code,
                amount=request.amount,
                evidence=[f"project: {request.project_number}"],
            )
        return request

    async def write_order(self, request_id: str) -> PurchaseOrder:
        """Write the order of an approved request under its own reference."""
        request = await self.requests.get(request_id)
        if request.stage is RequestStage.PENDING_APPROVAL:
            approved = replace(request, stage=RequestStage.APPROVED)
            request = await self.requests.moved(approved, seen=request)
        draft = PurchaseOrderDraft(
            vendor_id=request.vendor_id,
            legal_entity=request.legal_entity,
            currency=request.amount.currency,
            lines=(request.wish.line(),),
        )
        procurement = self.systems.procurement
        return await procurement.create_purchase_order(draft, key=request.reference)

    async def approve_order(self, request_id: str, order: PurchaseOrder) -> None:
        """Tell the procurement system that an order is approved."""
        key = f"approve:ORDER:{request_id}"
        await self.systems.procurement.approve_purchase_order(
            order.id, revision=order.revision, key=key
        )

    async def send_order(self, request_id: str, order: PurchaseOrder) -> None:
        """Send an order to its vendor."""
        key = f"send:ORDER:{request_id}"
        await self.systems.procurement.send_purchase_order(order.id, key=key)

    async def note_ordered(self, request_id: str, order: PurchaseOrder) -> None:
        """Write down which order a request became."""
        request = await self.requests.get(request_id)
        if request.stage is RequestStage.APPROVED:
            ordered = replace(
                request,
                stage=RequestStage.ORDERED,
                purchase_order_id=order.id,
                purchase_order_number=order.number,
            )
            await self.requests.moved(ordered, seen=request)

    async def end(self, request_id: str, stage: RequestStage) -> None:
        """Write down that a request comes to nothing."""
        request = await self.requests.get(request_id)
        if request.stage in {*UNDECIDED, RequestStage.PENDING_APPROVAL}:
            await self.requests.moved(replace(request, stage=stage), seen=request)

    async def _facts(self, request: OrderRequest) -> rules.RequestFacts:
        """Gather what a request is held against."""
        wish, today = request.wish, self.clock().date()
        clearance = await self.clearing.clearance(request.vendor_id, request.legal_entity)
        psa = self.systems.psa(request.legal_entity, on=today)
        [project, *_] = [*(await psa.projects(number=wish.project_number)).items, None]
        engagement = await self.engagements.find(wish.project_number)
        contract = (
            await self.systems.contracts.contract(engagement.contract_id) if engagement else None
        )
        return rules.RequestFacts(
            missing=clearance.missing,
            bill_rate=next(
                (each.rate for each in project.rate_card if each.role == wish.role), None
            )
            if project
            else None,
            planned_margin=_margin(project),
            planned_cost=self._planned_cost(project),
            ordered=await self._ordered(request),
            contract_end=contract.effective_to if contract else None,
            project_manager=engagement.project_manager if engagement else None,
        )

    def _planned_cost(self, project: Project | None) -> Decimal | None:
        if project is None or project.budget is None or project.budget.cost is UNSET:
            return None
        return self.exchange.worth(project.budget.cost)

    async def _ordered(self, request: OrderRequest) -> Decimal:
        """Return what the project's other orders come to, those on their way too."""
        number, procurement = request.project_number, self.systems.procurement
        orders = await every(
            lambda at: procurement.purchase_orders(project_number=number, cursor=at)
        )
        coming = await self.requests.listed(stages=rules.COMING)
        return rules.committed(request, coming, orders, self.exchange)


def _margin(project: Project | None) -> Decimal | None:
    """Return a project's planned margin, by its price and cost: as it is written it is rounded."""
    if project is None or project.budget is None or project.budget.cost is UNSET:
        return None
    price = project.budget.price.value
    return (price - project.budget.cost.value) / price if price else None


def request_id_of(wish: OrderWish, occasion: str) -> str:
    """Return the id of a request: what is asked for on one occasion is asked for once."""
    said = msgspec.json.encode([wish, occasion])
    return f"por_{hashlib.sha256(said).hexdigest()[:24]}"

"""The story's changes: what a change request and a late milestone would bring with them."""

from urllib.parse import quote

from msgspec import Struct

from experience_apis.finance.views import ReadinessPage, ReadinessView
from gateway.demo.comparison import Figure
from gateway.demo.facts import ChangeCase, MilestoneCase, StoryFacts
from gateway.demo.visitor import Tell, Unexpected, Visitor
from process_apis.change_requests.records import (
    ChangePlan,
    Consequence,
    ForecastMargins,
    MilestonePlan,
)
from process_apis.change_requests.v1 import MilestoneBody
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequest,
    ChangeRequestDraft,
    ModificationAccounting,
)
from system_apis.canonical.contracts import Contract
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page

CHANGES = "/process/change-requests/v1"
CONTRACTS = "/system/contracts/v1/contracts"
KEEPER = "integrator"


class Changes(Struct, frozen=True):
    """Asks what would follow, as finance does, and carries nothing out."""

    visitor: Visitor
    finance: str
    tell: Tell

    async def play(self, facts: StoryFacts) -> dict[str, Figure]:
        """Return what the firm's changes come to, those that its facts tell of."""
        told: dict[str, Figure] = {}
        if facts.milestone_change:
            told["milestone_change"] = moved(await self._move(facts.milestone_change))
        if facts.change_request:
            told["change_request"] = changed(await self._change(facts.change_request))
        return told

    async def _move(self, case: MilestoneCase) -> MilestonePlan:
        event = await self._event(case)
        body = MilestoneBody(
            planned_date=case.new_date, contractor_hours=case.contractor_hours_needed
        )
        path = f"{CHANGES}/milestones/{event.billing_event_id}/preview"
        plan = await self.visitor.send(self.finance, "POST", path, body, MilestonePlan)
        self.tell(f"[bold]{case.milestone}[/] of {case.project} would be on {case.new_date}")
        self._tell_all(plan.consequences)
        return plan

    async def _event(self, case: MilestoneCase) -> ReadinessView:
        path = "/experience/finance/v1/readiness"
        found = (await self.visitor.get(self.finance, path, ReadinessPage)).items
        for each in found:
            if (each.project_number, each.milestone) == (case.project, case.milestone):
                return each
        raise Unexpected(f"no billing event bills {case.milestone} of {case.project}")

    async def _change(self, case: ChangeCase) -> ChangePlan:
        request = await self._record(case)
        path = f"{CHANGES}/change-requests/{request.id}/preview"
        plan = await self.visitor.send(self.finance, "POST", path, None, ChangePlan)
        self.tell(f"[bold]{case.id}[/] would change {case.project}")
        self._tell_all(plan.consequences)
        return plan

    async def _record(self, case: ChangeCase) -> ChangeRequest:
        """Write the change down where contracts are kept; the client asks for it."""
        contracts = await self.visitor.every(self.finance, CONTRACTS, Page[Contract])
        contract = next(each for each in contracts if each.project_number == case.project)
        planned = contract.planned_cost
        before = planned.value if isinstance(planned, Money) else case.eac_after
        draft = ChangeRequestDraft(
            number=case.id,
            reason=ChangeReason.SCOPE,
            requested_by=contract.project_manager or "client",
            deltas=ChangeDeltas(
                price=Money.of(case.price_delta, contract.currency),
                cost=Money.of(case.eac_after - before, contract.currency),
            ),
            modification_accounting=_accounting(case),
        )
        path = f"{CONTRACTS}/{quote(contract.id)}/change-requests"
        key = f"change-{case.id}"
        return await self.visitor.send(KEEPER, "POST", path, draft, ChangeRequest, key=key)

    def _tell_all(self, found: tuple[Consequence, ...]) -> None:
        for each in found:
            who = f"; {', '.join(each.approvers)} must approve" if each.approvers else ""
            amount = f" ({each.amount})" if each.amount else ""
            self.tell(f"  {each.domain}: {each.effect}{amount}{who}")


def _accounting(case: ChangeCase) -> ModificationAccounting:
    """Return how a change is accounted for (606-10-25-12 and 25-13)."""
    if not case.distinct:
        return ModificationAccounting.CUMULATIVE_CATCH_UP
    if case.at_standalone_price:
        return ModificationAccounting.SEPARATE_CONTRACT
    return ModificationAccounting.PROSPECTIVE


def moved(plan: MilestonePlan) -> dict[str, Figure]:
    """Return what a milestone's move comes to, as figures."""
    figures = plan.figures
    told: dict[str, Figure] = {
        "net": figures.net.amount,
        "gross": figures.gross.amount,
        "due_before": figures.due_before.isoformat(),
        "due_after": figures.due_after.isoformat(),
        "cash_crosses_fiscal_year": figures.cash_crosses_fiscal_year,
        "revenue_to_date_change_input_method": figures.revenue_to_date_change.amount,
        "working_days_added": figures.working_days_added,
        "over_allocated": [
            {
                "employee": each.employee,
                "percent": f"{each.percent:f}",
                "from": each.start.isoformat(),
            }
            for each in figures.over_allocated
        ],
        "client_notice_business_days": figures.client_notice_business_days,
    }
    for order in figures.orders:
        share = order.change_pct
        told |= {
            "po_hours_added": f"{order.hours_added:f}",
            "po_amount_added": order.amount_added.amount,
            "po_change_pct": None if share is None else str(share),
            "po_needs_reapproval": order.needs_reapproval,
        }
    return told


def changed(plan: ChangePlan) -> dict[str, Figure]:
    """Return what a change request comes to, as figures."""
    figures, forecast = plan.figures, plan.figures.forecast
    done = figures.percent_complete_after
    told: dict[str, Figure] = {
        "project": plan.project_number,
        "price_after": figures.price_after.amount if figures.price_after else None,
        "percent_complete_after": str(done) if done else None,
        "cumulative_revenue_after": figures.cumulative_revenue_after.amount,
        "catch_up": figures.catch_up.amount,
        "contract_liability_after": figures.contract_liability_after.amount,
        "invoice_plan_after": [
            {"id": each.id, "amount": each.amount.amount} for each in figures.invoice_plan_after
        ],
    }
    if isinstance(forecast, ForecastMargins):
        share = forecast.margin_pct_after
        told |= {
            "forecast_margin_before": forecast.margin_before.amount,
            "forecast_margin_after": forecast.margin_after.amount,
            "forecast_margin_pct_after": None if share is None else str(share),
        }
    return told

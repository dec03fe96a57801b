"""The story's month end: finance has the revenue recognized, and closes the month."""

from datetime import date
from urllib.parse import quote

from msgspec import Struct

from experience_apis.delivery.projects import ProjectView
from experience_apis.finance.v1 import ResultsPage
from experience_apis.worklist.v1 import Worklist
from gateway.demo.comparison import Figure
from gateway.demo.visitor import Tell, Visitor, until
from process_apis.revenue.closing import PeriodView
from process_apis.revenue.group import GroupFigures
from process_apis.revenue.records import AccountingPeriod, Costs, ProjectStanding
from process_apis.revenue.v1 import CloseBody, PositionList, RecognitionBody
from process_apis.runs import Run
from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.money import Money

REVENUE = "/process/revenue/v1"
DESPITE = "what waits is settled in the next month"


class MonthEnd(Struct, frozen=True):
    """Has every project's revenue booked, and every company's month closed."""

    visitor: Visitor
    finance: str
    tell: Tell

    async def play(self, projects: list[ProjectView], month_end: date) -> ResultsPage:
        """Return what the projects came to in the month, once it is closed."""
        month = f"{month_end:%Y-%m}"
        self.tell(f"[bold]{month}[/]: revenue is recognized, and the month closed")
        for each in projects:
            await self.visitor.send(
                self.finance,
                "POST",
                f"{REVENUE}/recognitions",
                RecognitionBody(each.project_number, month),
                Run,
                key=f"recognize-{each.project_number}-{month}",
            )

        async def booked() -> bool:
            path = f"{REVENUE}/positions?month={month}"
            found = await self.visitor.get(self.finance, path, PositionList)
            return len(found.items) + await self._stopped() >= len(projects)

        await until(booked, f"the revenue of {month}")
        for entity in sorted({each.legal_entity for each in projects}):
            await self._close(entity, month)
        path = f"/experience/finance/v1/results?month={month}"
        return await self.visitor.get(self.finance, path, ResultsPage)

    async def _stopped(self) -> int:
        """Return how many projects' revenue a person has to look at."""
        work = await self.visitor.get(self.finance, "/experience/worklist/v1/", Worklist)
        stopped = [each for each in work.items if each.kind == "exception"]
        return len([each for each in stopped if " stopped revenue at " in each.title])

    async def _close(self, entity: str, month: str) -> None:
        asked = f"{REVENUE}/close?legal_entity={quote(entity)}&month={month}"
        seen = await self.visitor.get(self.finance, asked, PeriodView)
        for each in seen.waiting:
            self.tell(f"  {entity}: {each.count} {each.code}; {each.owner}: {each.remedy}")
        body = CloseBody(entity, month, DESPITE if seen.waiting else None)
        key, path = f"close-{entity}-{month}", f"{REVENUE}/closings"
        closed = await self.visitor.send(
            self.finance, "POST", path, body, AccountingPeriod, key=key
        )
        self.tell(f"  {entity}: {closed.month} is {closed.status}")


def group_figures(group: GroupFigures) -> dict[str, Figure]:
    """Return what the firm's projects came to together."""
    costs = group.costs
    told: dict[str, Figure] = {
        "currency": group.currency,
        "revenue": _amount(group.revenue),
        "fee_revenue": _amount(group.fee_revenue),
        "list_value": _amount(group.list_value),
        "realization": _said(group.realization),
        "leakage": _amount(group.leakage),
        "leakage_rate": _said(group.leakage_rate),
        "backlog_at_closing": _amount(group.backlog_at_closing),
    }
    if costs:
        told |= {
            "cost": _amount(costs.cost),
            "margin": _amount(costs.margin),
            "margin_pct": _said(costs.margin_pct),
        }
    return told


def earned(standing: ProjectStanding, model: str) -> dict[str, Figure]:
    """Return what a project earned, cost and has to come."""
    told: dict[str, Figure] = {
        "revenue": standing.revenue.amount,
        "realization": _said(standing.realization),
        "contract_liability": standing.contract_liability.amount,
        "contract_asset": standing.contract_asset.amount,
        "backlog": _amount(standing.backlog),
    }
    costs = standing.costs
    if isinstance(costs, Costs):
        told |= {
            "labor_cost": _amount(costs.labor_cost),
            "total_cost": _amount(costs.total_cost),
            "margin": _amount(costs.margin),
            "margin_pct": _said(costs.margin_pct),
        }
    if model == BillingModel.FIXED_FEE:
        told["revenue_if_output_method"] = _amount(standing.revenue_if_output_method)
        if isinstance(costs, Costs):
            told["planned_margin"] = _said(costs.planned_margin)
        if standing.percent_complete is not None:
            told["percent_complete"] = str(standing.percent_complete)
    return told


def _amount(amount: Money | None) -> str | None:
    return None if amount is None else amount.amount


def _said(share: object) -> str | None:
    return None if share is None else str(share)

"""The chapter of those who check: everything that must hold does, and every number adds up."""

import asyncio
from urllib.parse import quote

from msgspec import Struct

from experience_apis.executive.reasons import FigureName
from experience_apis.finance.v1 import ResultsPage
from experience_apis.finance.views import InvoiceView
from gateway.demo.visitor import Tell, Visitor
from gateway.firm import Period
from process_apis.explanations.tree import Explanation, does_not_add_up
from process_apis.verification.records import VerificationReport
from system_apis.canonical.record import Page

VERIFICATION = "/process/verification/v1/reports"
EXPLANATIONS = "/experience/finance/v1/explanations"
LOOKS = 5


class Checkers(Struct, frozen=True):
    """Who looks, over HTTP: an operator, finance, and whoever leads the firm."""

    visitor: Visitor
    operator: str
    finance: str
    leader: str
    tell: Tell

    async def prove(self, month: Period) -> list[str]:
        """Return what does not hold, and what does not add up."""
        report = await self._verified()
        broken = [
            f"{verdict.invariant.id} {verdict.invariant.name}: {each.subject}: {each.reason}"
            for verdict in report.verdicts
            for each in verdict.breaks
        ]
        explained = [
            *await self._invoices(),
            *await self._revenue(month),
            *await self._key_figures(month),
        ]
        nodes = sum(len(each.nodes) for each in explained)
        held = sum(each.holds for each in report.verdicts)
        self.tell(
            f"[bold]Looked at[/]: {held} of {len(report.verdicts)} things that must hold do"
            f" (`strata verify`); {len(explained)} numbers are explained in {nodes} lines, down to"
            " hours and terms (`strata why`)"
        )
        return broken + [
            f"{each.subject}: {node.what} is not what its parts make up"
            for each in explained
            for node in does_not_add_up(each.nodes)
        ]

    async def _verified(self) -> VerificationReport:
        """Return what is found once nothing is under way any more, or what is found at last."""
        for _ in range(LOOKS - 1):
            report = await self.visitor.get(self.operator, VERIFICATION, VerificationReport)
            if report.holds:
                return report
            await asyncio.sleep(1)
        return await self.visitor.get(self.operator, VERIFICATION, VerificationReport)

    async def _invoices(self) -> list[Explanation]:
        path = "/experience/finance/v1/invoices"
        found = await self.visitor.every(self.finance, path, Page[InvoiceView])
        paths = [f"{EXPLANATIONS}/invoices/{quote(each.id)}" for each in found]
        return [await self.visitor.get(self.finance, path, Explanation) for path in paths]

    async def _revenue(self, month: Period) -> list[Explanation]:
        asked = f"month={month.start:%Y-%m}"
        page = await self.visitor.get(
            self.finance, f"/experience/finance/v1/results?{asked}", ResultsPage
        )
        paths = [f"{EXPLANATIONS}/revenue/{quote(e.project_number)}?{asked}" for e in page.items]
        return [await self.visitor.get(self.finance, path, Explanation) for path in paths]

    async def _key_figures(self, month: Period) -> list[Explanation]:
        days = f"start={month.start}&end={month.end}"
        paths = [
            f"/experience/executive/v1/explanations?figure={each}&{days}" for each in FigureName
        ]
        return [await self.visitor.get(self.leader, path, Explanation) for path in paths]

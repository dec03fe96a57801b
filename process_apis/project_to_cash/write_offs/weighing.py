"""Weighing: what a billing event would be invoiced at now, and what is in doubt about it."""

from datetime import date

from msgspec import Struct

from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.readiness.blockers import blockers
from process_apis.project_to_cash.records import BillingEvent, Blocker
from process_apis.project_to_cash.rules import Prepared, prepare


class Weighed(Struct, frozen=True):
    """A billing event's invoice as it would be, and what keeps it back."""

    prepared: Prepared
    found: tuple[Blocker, ...]


class Weighing(Struct, frozen=True):
    """Reads for write-offs what a check reads, and writes nothing."""

    checks: Checks

    async def weigh(self, event: BillingEvent) -> Weighed:
        """Return what an event comes to on what the systems say now."""
        facts = await self.checks.gather(event)
        erp = self.checks.systems.erp(event.legal_entity, on=event.planned_date)
        prepared = prepare(facts, erp.posting_terms)
        return Weighed(prepared, tuple(blockers(facts, prepared.draft, prepared.over_cap)))

    async def is_open(self, legal_entity: str, on: date) -> bool:
        """Whether the books of a company's day are open."""
        erp = self.checks.systems.erp(legal_entity, on=on)
        period = await erp.fiscal_period(legal_entity=legal_entity, on=on)
        return period is not None and period.is_open
